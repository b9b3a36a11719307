"""The docstrings under a class's fields: said once, shown in schemas, column comments and help."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Final

_known: Final[dict[type, dict[str, str]]] = {}


def field_docstrings(cls: type) -> dict[str, str]:
    """Return field name → the string literal that follows the field, bases included.

    Empty where Python has no source at hand. Read only when asked: parsing takes a millisecond.
    """
    if cls not in _known:
        _known[cls] = _parse(cls)
    return _known[cls]


def _parse(cls: type) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError, SyntaxError):
            continue
        body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
        for statement, following in pairwise(body):
            match statement, following:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(doc))),
                ) if not name.startswith("_"):
                    found[name] = " ".join(doc.split())
                case _:
                    pass
    return found

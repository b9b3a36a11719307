"""What pydantic finds wrong, in plain words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import BaseModel
from pydantic_core import ErrorDetails


def explain(detail: ErrorDetails, model: type[BaseModel], also: Sequence[str] = ()) -> str:
    """Say in plain words what is wrong with a field, and what may have been meant.

    `also` are names that may be given besides the fields of the model.
    """
    context = detail.get("ctx", {})
    given = detail["input"]
    match detail["type"]:
        case "missing":
            said = "this field is missing"
        case "extra_forbidden":
            known = list(model.model_fields) if len(detail["loc"]) == 1 else []
            hint = meant(str(detail["loc"][-1]), [*known, *also])
            said = f"there is no such field{hint}"
        case "literal_error":
            options = re.findall("'([^']*)'", str(context.get("expected", "")))
            said = f"{given!r} is none of {', '.join(options)}{meant(str(given), options)}"
        case "string_pattern_mismatch":
            pattern = str(context.get("pattern", ""))
            form = next((f for start, f in _FORMS.items() if pattern.startswith(start)), pattern)
            said = f"{given!r} does not have the form that is wanted here: {form}"
        case "tuple_type" | "list_type":
            said = f"a list is wanted: [{given}]"
        case "string_type":
            several = "; for several parties say `parties`" if detail["loc"] == ("party",) else ""
            said = f"one text is wanted here{several}"
        case "dict_type":
            said = "words by language are wanted: {en: …, ar: …}"
        case "int_parsing" | "int_type":
            said = f"a whole number is wanted, and {given!r} is none"
        case "value_error":
            said = str(context.get("error", detail["msg"]))
        case _:
            said = detail["msg"]
    return said


def meant(given: str, known: Iterable[str]) -> str:
    """Ask after the name that may have been meant, as the end of a sentence; "" if none is near."""
    near = difflib.get_close_matches(given, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


_FORMS: Final = {
    "^[a-z0": "lower-case letters, digits, dots, dashes and underscores",
    "^[a-z]": "a language tag such as en, ar or fr",
    "^[0-9a": "an event id, or a SHA-256, in hexadecimal",
    "^(grou": "meeting:… or group:…",
}

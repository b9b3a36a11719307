"""`FIELD=VALUE`, as a person types it, as the value of a field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.errors import BadInput, InvalidRecord
from ledger.events import Event
from ledger.fields import takes_text
from ledger.records.tree import parse


def settings(model: type[Event], given: Iterable[str], taken: Iterable[str]) -> dict[str, Any]:
    """Return the values of fields given as `FIELD=VALUE`, and None for the fields taken away.

    A value is YAML, read as in a record file; where a field holds one text, it is that text as it
    stands. Raises `UnknownField`, or `BadInput` for what cannot be read.
    """
    changes: dict[str, Any] = {}
    for setting in given:
        field, equals, text = setting.partition("=")
        if not equals:
            raise BadInput(f"{setting!r} sets nothing: write FIELD=VALUE")
        _add(changes, field, _value(model, field, text.strip()))
    for field in taken:
        takes_text(model, field)
        _add(changes, field, None)
    if not changes:
        raise BadInput("nothing is to change: give --set FIELD=VALUE or --unset FIELD")
    return changes


def _add(changes: dict[str, Any], field: str, value: Any) -> None:
    if field in changes:
        raise BadInput(f"{field} is named twice")
    changes[field] = value


def _value(model: type[Event], field: str, text: str) -> Any:
    one_text = takes_text(model, field)
    value: Any = text
    if not one_text or text[:1] in ("'", '"'):
        try:
            value = parse(text.encode(), field).plain()
        except InvalidRecord as error:
            if not one_text:
                wrong = "; ".join(problem.message for problem in error.problems)
                raise BadInput(f"{field}: {wrong}") from error
    if value is None or value == "":
        raise BadInput(f"{field}: no value is given; to take away what is there, --unset {field}")
    return value

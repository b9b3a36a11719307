"""Rows of any view as JSON: the one form in which programs get them, from whichever edge."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from ledger.projection import Joined, Row, Words, columns
from ledger.replay.query import Known
from ledger.replay.tables import SPAN


def column_names(row: type[Row], joined: type[Joined] | None = None) -> list[str]:
    """Return the names under which a row's values are given to programs, in order.

    `joined` are the columns that other views add, where they were asked.
    """
    own = [field.name for field in columns(row)]
    added = [] if joined is None else [field.name for field in columns(joined)]
    return [*own, *SPAN, "because", "known_from", "known_to", "certainty", *added]


def as_json(known: Known[Any]) -> dict[str, Any]:
    """Return a row as JSON: its columns, its span, what it rests on, when it was known."""
    row: Row = known.row
    values = {field.name: _json(getattr(row, field.name)) for field in columns(type(row))}
    values.update({name: _json(getattr(row.span, name)) for name in SPAN})
    values["because"] = list(row.because)
    values.update(known_from=known.known_from, known_to=known.known_to)
    if known.certainty is not None:
        values["certainty"] = known.certainty
    if known.joined is not None:
        for field in columns(type(known.joined)):
            values[field.name] = _json(getattr(known.joined, field.name))
    return values


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Words):
        return value.as_json()
    return list(cast(tuple[str, ...], value)) if isinstance(value, tuple) else value

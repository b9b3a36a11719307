"""How a view is asked on the command line, and what every answer notes besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ledger.cli import output


def column_of(field: str) -> str:
    """Return a column as the library names it; a dash before it stays."""
    return field[:1] + field[1:].replace("-", "_")


def fields_of(filters: Sequence[str]) -> dict[str, Any]:
    """Read `--field value` and `--field=value` pairs."""
    fields: dict[str, str] = {}
    waiting = list(filters)
    while waiting:
        option = waiting.pop(0)
        if not option.startswith("--") or len(option) < len("--x"):
            raise click.UsageError(f"{option!r} is not understood here: filter by --FIELD VALUE")
        name, given, value = option[2:].partition("=")
        if not given:
            if not waiting:
                raise click.UsageError(f"{option} needs a value")
            value = waiting.pop(0)
        column = column_of(name)
        if column in fields:
            raise click.UsageError(f"{option} is given twice: one value a column")
        fields[column] = value
    return fields


def limits(known_at: int, asked: int, stopped: str | None) -> None:
    """Note where an answer knows less than was asked."""
    if known_at < asked:
        output.note(f"answered as known at position {known_at:,}, the last there is")
    if stopped:
        output.note(f"the view goes no further: it was stopped by {stopped}")

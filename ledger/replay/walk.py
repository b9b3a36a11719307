"""A walk: an answer in pages, in a total order, all as known where its first page was."""

from __future__ import annotations

import binascii
import difflib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Column, ColumnElement, Date, and_, literal, or_, tuple_

from ledger.errors import BadInput, UnknownColumn
from ledger.replay.tables import SPAN, Columns, Holds, ViewTables

_SEAL: Final = 12
"""How many bytes of a hash tell one question from another."""


class UnusableOrder(BadInput):
    """Rows cannot be sorted by a column that holds more than one value."""

    def __init__(self, view: str, name: str, holds: str) -> None:
        self.view = view
        self.name = name
        super().__init__(f"{view}.{name} is {holds}: sort by a column that holds one value")


class UnusableLimit(BadInput):
    """No page has so many rows."""

    def __init__(self, limit: object) -> None:
        self.limit = limit
        super().__init__(f"a page cannot have {limit!r} rows: give a whole number from 1 on")


class UnusableCursor(BadInput):
    """A cursor does not go on with the question that is asked. `reason` says why."""

    def __init__(self, view: str, reason: str) -> None:
        self.view = view
        self.reason = reason
        super().__init__(
            f"this cursor leads nowhere in view {view!r}: {reason}. Repeat the question that gave "
            "it, and only that, or begin again without a cursor"
        )


def limited(limit: int | None) -> int | None:
    """Return how many rows a page may have; `UnusableLimit` if that is no such number."""
    if limit is not None and (isinstance(limit, bool) or not 0 < limit < 2**31):
        raise UnusableLimit(limit)
    return limit


class _Term(NamedTuple):
    """One column of an order."""

    column: Column[Any]
    falls: bool


class Order:
    """A total order of rows: some columns, then the key; what is not stated comes last.

    Without columns it is the order that the row's class declares. Raises `UnknownColumn` or
    `UnusableOrder`.
    """

    def __init__(self, tables: ViewTables, names: Sequence[str]) -> None:
        table = tables.rows
        asked: Sequence[str] = names or tables.projection.row.sorted_by
        self._terms = [_Term(table.c[sorting(tables, n)], n.startswith("-")) for n in asked]
        self._end = [*tables.key_columns, table.c.known_from, table.c.ordinal]

    @property
    def clauses(self) -> list[ColumnElement[Any]]:
        """What rows are sorted by."""
        terms = [(t.column.desc() if t.falls else t.column.asc()).nulls_last() for t in self._terms]
        return [*terms, *self._end]

    @property
    def _columns(self) -> list[Column[Any]]:
        return [*(term.column for term in self._terms), *self._end]

    def place(self, stored: Mapping[str, Any]) -> list[Any]:
        """Return where a row stands: its values in the columns of the order."""
        return [stored[column.name] for column in self._columns]

    def after(self, place: Sequence[Any]) -> ColumnElement[bool]:
        """Return what makes a row come after a place, which was read from JSON."""
        values = [
            date.fromisoformat(value) if value is not None and isinstance(c.type, Date) else value
            for c, value in zip(self._columns, place, strict=True)
        ]
        return _after(self._terms, self._end, values)


def sorting(columns: Columns, name: str) -> str:
    """Return the column that a term of an order names; raises as `Order` does."""
    column, view = name.removeprefix("-"), columns.view
    kind = columns.kinds.get(column)
    if kind is not None and kind.holds is not Holds.ONE:
        raise UnusableOrder(view, column, kind.holds.value)
    if kind is None and column not in SPAN:
        ones = [name for name, kind in columns.kinds.items() if kind.holds is Holds.ONE]
        known = [*ones, *SPAN]
        near = difflib.get_close_matches(column, known, n=1)
        raise UnknownColumn(view, column, known, near[0] if near else None)
    return column


def _after(
    terms: Sequence[_Term], end: Sequence[Column[Any]], values: Sequence[Any]
) -> ColumnElement[bool]:
    if not terms:
        places = [literal(value, column.type) for column, value in zip(end, values, strict=True)]
        return tuple_(*end) > tuple_(*places)
    column, falls = terms[0]
    later = _after(terms[1:], end, values[1:])
    if values[0] is None:
        return and_(column.is_(None), later)
    value = literal(values[0], column.type)
    beyond = column < value if falls else column > value
    return or_(beyond, column.is_(None), and_(column == value, later))


@dataclass(frozen=True, slots=True)
class From:
    """Where a page begins: after a row, in a state of knowledge."""

    known_at: int
    place: list[Any]


class Walk:
    """The pages of one question."""

    def __init__(self, tables: ViewTables, said: object) -> None:
        self._view = tables.projection.name
        self._question = [self._view, tables.projection.version, said]

    def cursor(self, known_at: int, place: list[Any]) -> str:
        """Return what leads to the rows after a place: opaque, and of this question alone."""
        led = orjson.dumps([known_at, place])
        return urlsafe_b64encode(self._seal(led) + led).decode().rstrip("=")

    def read(self, cursor: str) -> From:
        """Return where a cursor leads to; `UnusableCursor` if it is of another question."""
        try:
            packed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            seal, led = packed[:_SEAL], packed[_SEAL:]
            known_at, place = orjson.loads(led)
        except (ValueError, TypeError, binascii.Error) as error:
            raise UnusableCursor(self._view, "it is none, or not all of one") from error
        if seal != self._seal(led):
            raise UnusableCursor(self._view, "another question gave it")
        return From(known_at, place)

    def _seal(self, led: bytes) -> bytes:
        """Return what only this question and this place have; it guards against slips alone."""
        said = json.dumps(self._question, default=str, sort_keys=True).encode()
        return sha256(said + led).digest()[:_SEAL]

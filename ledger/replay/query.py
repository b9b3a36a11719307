"""Ask a view: which rows held on a day, as known at a position.

Both times are conditions on indexed columns; nothing is ever replayed to answer.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Generic, Literal, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    true,
)

from ledger.errors import UnknownColumn, UnusableFilter
from ledger.projection import Row
from ledger.replay.tables import Holds, ViewTables, as_json
from ledger.times import parse_day

R = TypeVar("R", bound=Row)
Certainty = Literal["certain", "possible"]


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """A row, and between which positions it was known."""

    row: R
    certainty: Certainty | None
    """Whether it surely held on the day asked about; None where no day was."""
    known_from: int
    known_to: int | None
    """The first position at which it was no longer known; None while it is."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """What a view says, and of which state of the world and the ledger."""

    view: str
    as_of: date | None
    """The day asked about; None: all days."""
    known_at: int
    """The position whose knowledge this is."""
    asked: int
    """The position that was asked about; past `known_at` if the view has not read so far."""
    stopped: str | None
    """The event that keeps the view from reading on, and why."""
    known: list[Known[R]]
    possible: int
    """How many more rows are possible on that day, and not in the answer."""

    @property
    def rows(self) -> list[R]:
        """The rows alone."""
        return [known.row for known in self.known]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a view."""

    as_of: date | None = None
    known_at: int | None = None
    """A position; None: the newest."""
    possible: bool = False
    """Whether rows that only possibly held on the day are wanted too."""
    fields: Mapping[str, Any] | None = None
    """Column → value that it must have; a column of several values must contain it."""


def ask(
    connection: Connection, tables: ViewTables, question: Question, known_at: int
) -> tuple[list[Known[Any]], int]:
    """Return the rows that answer a question, and how many more are possible.

    Raises `UnknownColumn`, or `UnusableFilter` for a value that the column cannot have.
    """
    table = tables.rows
    wanted = [
        table.c.known_from <= known_at,
        or_(table.c.known_to.is_(None), table.c.known_to > known_at),
        *(_equals(tables, name, value) for name, value in (question.fields or {}).items()),
    ]
    certain, possible = _on(tables, question.as_of)
    query = _ordered(
        select(table, case((certain, 1), else_=0).label("certain")).where(
            *wanted, possible if question.possible else and_(certain, possible)
        ),
        tables,
    )
    known = [
        Known(
            row=tables.load(dict(stored)),
            certainty=(
                None if question.as_of is None else ("certain" if stored["certain"] else "possible")
            ),
            known_from=stored["known_from"],
            known_to=stored["known_to"],
        )
        for stored in connection.execute(query).mappings()
    ]
    if question.as_of is None or question.possible:
        return known, 0
    counting = select(func.count()).select_from(table).where(*wanted, possible)
    return known, (connection.scalar(counting) or 0) - len(known)


def _on(tables: ViewTables, day: date | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return what makes a row certain, and what makes it possible, on a day."""
    if day is None:
        return true(), true()
    c = tables.rows.c
    certain = and_(c.began_latest <= day, or_(c.ended_earliest.is_(None), c.ended_earliest > day))
    possible = and_(
        or_(c.began_earliest.is_(None), c.began_earliest <= day),
        or_(c.ended_latest.is_(None), c.ended_latest > day),
    )
    return certain, possible


def _ordered(query: Select[*tuple[Any, ...]], tables: ViewTables) -> Select[*tuple[Any, ...]]:
    table = tables.rows
    return query.order_by(*tables.key_columns, table.c.known_from, table.c.ordinal)


def _equals(tables: ViewTables, name: str, value: Any) -> ColumnElement[bool]:
    view = tables.projection.name
    kind = tables.kinds.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, tables.kinds, n=1)
        raise UnknownColumn(view, name, list(tables.kinds), near[0] if near else None)
    column = tables.rows.c[name]
    if value is None:
        return column.is_(None)
    said = _text(view, name, value)
    if kind.holds is Holds.WORDS:
        raise UnusableFilter(
            view, name, value, "words by language, which are read and not compared"
        )
    if kind.holds is Holds.MANY:
        return _contains(column, as_json([said])[1:-1])
    matches: ColumnElement[bool] = column == _fitting(view, name, column.type, value, said)
    return matches


def _contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a JSON list has a text, given in its quotes; a quote inside a text is escaped."""
    # Not LIKE: SQLite's takes capitals and small letters for the same.
    return or_(*(func.replace(column, before + text, "") != column for before in ("[", ",")))


def _fitting(view: str, name: str, sql: Any, value: Any, said: str) -> Any:
    """Return a value as its column has it; a text is read as what the column holds."""
    if isinstance(sql, Date):
        if not isinstance(value, str | date):
            raise UnusableFilter(view, name, value, "a day")
        return parse_day(value) if isinstance(value, str) else value
    if isinstance(sql, Boolean):
        if said.lower() not in ("true", "false", "yes", "no"):
            raise UnusableFilter(view, name, value, "yes or no")
        return said.lower() in ("true", "yes")
    if isinstance(sql, Integer):
        if not _WHOLE_NUMBER.fullmatch(said) or not -(2**63) <= int(said) < 2**63:
            raise UnusableFilter(view, name, value, "a whole number of 64 bits")
        return int(said)
    return said


def _text(view: str, name: str, value: Any) -> str:
    """Return a value as text, if a database can have such a text."""
    try:
        said = str(value)
        said.encode()
    except ValueError as error:  # a lone surrogate; a number of more digits than Python writes
        shown = value if isinstance(value, str) else type(value).__name__
        raise UnusableFilter(view, name, shown, "a text that can be written") from error
    if "\0" in said:
        raise UnusableFilter(view, name, value, "a text without NUL characters")
    return said


_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")

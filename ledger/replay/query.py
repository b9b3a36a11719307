"""Ask a view: which rows held on a day, as known at a position.

Both times are conditions on indexed columns; nothing is ever replayed to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from ledger.log import read
from ledger.log.database import Database
from ledger.projection import Joined, Row
from ledger.replay import filters, walk
from ledger.replay.tables import Stored, ViewTables
from ledger.times import KnownAt

R = TypeVar("R", bound=Row)
Certainty = Literal["certain", "possible"]


@dataclass(frozen=True, slots=True)
class Known(Generic[R]):
    """A row, and between which positions it was known."""

    row: R
    certainty: Certainty | None
    """Whether it surely held on the day asked about; None where no day was."""
    known_from: int | None
    """None of a row that follows from other views: they say since when."""
    known_to: int | None
    """The first position at which it was no longer known; None while it is."""
    joined: Joined | None = None
    """What other views say of it; None where they were not asked."""


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
    """How many more rows are possible on that day, and not asked for."""
    cursor: str | None
    """What gives the next rows, with the same question; None where there are no more."""
    policy: str = "any"
    """Whose word was taken: `any`, `strict`, `prefer=LANGUAGE`."""

    @property
    def rows(self) -> list[R]:
        """The rows alone."""
        return [known.row for known in self.known]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a view."""

    as_of: date | None = None
    known_at: KnownAt | None = None
    """A position or a time; None: now."""
    possible: bool = False
    """Whether rows that only possibly held on the day are wanted too."""
    fields: Mapping[str, Any] | None = None
    """Column → value that it must have, or values of which it must have one.

    A column of several values must contain it.
    """
    order_by: tuple[str, ...] = ()
    """Columns, `-` before those that fall; the key comes after them."""
    limit: int | None = None
    """How many rows are wanted at most; None: all."""
    cursor: str | None = None
    """What the answer before gave, to go on from there."""


class Page(NamedTuple):
    """What answers a question, or the next part of it."""

    known: list[Known[Any]]
    possible: int
    """How many more rows are possible on the day, and not asked for."""
    cursor: str | None


class Asked:
    """A question put to the tables of a view: checked, and ready to be answered.

    Raises `UnknownColumn`, `UnusableFilter`, `UnusableOrder`, `UnusableLimit` or `UnusableCursor`.
    """

    def __init__(self, database: Database, tables: ViewTables, question: Question) -> None:
        self.tables = tables
        fields = filters.asked(tables, question.fields or {})
        self._having = filters.having(database, tables, fields)
        of_key = {
            name: value for name, value in fields.items() if name in tables.projection.row.key
        }
        self.of_key = filters.having(database, tables, of_key)
        """What is asked of the key alone."""
        self._question = question
        self._order = walk.Order(tables, question.order_by)
        self._limit = walk.limited(question.limit)
        said = (question.as_of, question.known_at, question.possible, fields, question.order_by)
        self._walk = walk.Walk(tables, said)
        self._from = self._walk.read(question.cursor) if question.cursor is not None else None
        certain, self._possible = filters.held(tables, question.as_of)
        self._wanted = self._possible if question.possible else and_(certain, self._possible)
        self._certain = case((certain, 1), else_=0)

    def position(self, connection: Connection) -> int:
        """Return the position that is asked about; on a later page, that of the first."""
        if self._from is not None:
            return self._from.known_at
        return position_of(connection, self._question.known_at)

    def answer(self, connection: Connection, known_at: int) -> Page:
        """Return what is known at a position."""
        then = filters.known(self.tables, known_at)
        where = [then] if self._from is None else [then, self._order.after(self._from.place)]
        limit = None if self._limit is None else self._limit + 1
        stored = self.versions(connection, *where, limit=limit)
        page = stored[: self._limit]
        cursor = None
        if len(page) < len(stored):
            cursor = self._walk.cursor(known_at, self._order.place(page[-1]))
        return Page(list(map(self.known, page)), self._more(connection, then), cursor)

    def versions(
        self, connection: Connection, *where: ColumnElement[bool], limit: int | None = None
    ) -> list[Stored]:
        """Return the stored versions of rows that answer, of those for which conditions hold."""
        query = (
            select(self.tables.rows, self._certain.label("certain"))
            .where(*where, *self._having, self._wanted)
            .order_by(*self._order.clauses)
            .limit(limit)
        )
        return [dict(row) for row in connection.execute(query).mappings()]

    def known(self, stored: Stored) -> Known[Any]:
        """Return a stored version of a row that answers."""
        certainty: Certainty = "certain" if stored["certain"] else "possible"
        return Known(
            row=self.tables.load(stored),
            certainty=None if self._question.as_of is None else certainty,
            known_from=stored["known_from"],
            known_to=stored["known_to"],
        )

    def _more(self, connection: Connection, then: ColumnElement[bool]) -> int:
        """Return how many rows are possible, and neither certain nor asked for."""
        if self._question.as_of is None or self._question.possible:
            return 0
        where = (then, *self._having, self._possible, self._certain == 0)
        counting = select(func.count()).select_from(self.tables.rows).where(*where)
        return connection.scalar(counting) or 0


def position_of(connection: Connection, known_at: KnownAt | None) -> int:
    """Return the position that a moment means; the last one where none is given."""
    if known_at is None:
        return read.head(connection).size
    return known_at if isinstance(known_at, int) else read.position_at(connection, known_at)

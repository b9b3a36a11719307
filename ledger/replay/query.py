"""Ask a view: which rows held on a day, as known at a position.

Both times are conditions on indexed columns; nothing is ever replayed to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import Connection, case, func, select

from ledger.log import read
from ledger.log.database import Database
from ledger.projection import Joined, Row
from ledger.replay import filters, walk
from ledger.replay.tables import ViewTables
from ledger.times import KnownAt

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


class Asked:
    """A question put to the tables of a view: checked, and ready to be answered.

    Raises `UnknownColumn`, `UnusableFilter`, `UnusableOrder`, `UnusableLimit` or `UnusableCursor`.
    """

    def __init__(self, database: Database, tables: ViewTables, question: Question) -> None:
        self._tables = tables
        self._question = question
        fields = filters.asked(tables, question.fields or {})
        self._having = filters.having(database, tables, fields)
        self._order = walk.Order(tables, question.order_by)
        self._limit = walk.limited(question.limit)
        said = (question.as_of, question.known_at, question.possible, fields, question.order_by)
        self._walk = walk.Walk(tables, said)
        self._from = self._walk.read(question.cursor) if question.cursor is not None else None

    def position(self, connection: Connection) -> int:
        """Return the position that is asked about; on a later page, that of the first."""
        if self._from is not None:
            return self._from.known_at
        known_at = self._question.known_at
        if known_at is None:
            return read.head(connection).size
        return known_at if isinstance(known_at, int) else read.position_at(connection, known_at)

    def answer(
        self, connection: Connection, known_at: int
    ) -> tuple[list[Known[Any]], int, str | None]:
        """Return the rows, how many more are possible, and the cursor of those that follow."""
        tables, question = self._tables, self._question
        certain, possible = filters.held(tables, question.as_of)
        is_certain = case((certain, 1), else_=0)
        wanted = [filters.known(tables, known_at), *self._having, possible]
        query = (
            select(tables.rows, is_certain.label("certain"))
            .where(*wanted, *(() if question.possible else (certain,)))
            .order_by(*self._order.clauses)
        )
        if self._from is not None:
            query = query.where(self._order.after(self._from.place))
        if self._limit is not None:
            query = query.limit(self._limit + 1)
        stored = [dict(row) for row in connection.execute(query).mappings()]
        page = stored if self._limit is None else stored[: self._limit]
        cursor = None
        if len(page) < len(stored):
            cursor = self._walk.cursor(known_at, self._order.place(page[-1]))
        more = 0
        if question.as_of is not None and not question.possible:
            counting = select(func.count()).select_from(tables.rows).where(*wanted, is_certain == 0)
            more = connection.scalar(counting) or 0
        return [known_row(tables, row, question.as_of) for row in page], more, cursor


def known_row(tables: ViewTables, stored: Mapping[str, Any], as_of: date | None) -> Known[Any]:
    """Return a stored row version; `certain` is among its columns where a day was asked about."""
    certainty: Certainty = "certain" if stored.get("certain") else "possible"
    return Known(
        row=tables.load(stored),
        certainty=None if as_of is None else certainty,
        known_from=stored["known_from"],
        known_to=stored["known_to"],
    )

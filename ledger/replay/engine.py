"""The engine: one projection kept up to the log, built anew beside what is read, compared.

One transaction holds a page's rows and the view's mark, so each event counts exactly once, in
whatever pages it arrives.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Select, case, inspect, select, text

from ledger.codec.declare import declaration_of
from ledger.errors import ViewGone
from ledger.log import read
from ledger.log.database import Database
from ledger.log.directives import DIRECTIVES
from ledger.projection import Key, Projection
from ledger.replay import progress, query
from ledger.replay.page import Page, Poisoned
from ledger.replay.progress import Mark
from ledger.replay.query import Answer, Question
from ledger.replay.tables import BUILDING, LIVE, ViewTables

PAGE: Final = read.PAGE


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a view has read, and whether it goes on."""

    view: str
    position: int
    """The last position applied."""
    head: int
    """The last position of the log."""
    stopped: str | None = None
    """The event that stopped it and why; None while it goes on."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a catch-up or a rebuild is, for whoever watches it."""

    view: str
    position: int
    until: int
    seconds: float
    """Since it began."""


Report: TypeAlias = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Drift:
    """A row version that is stored and should not be, or should be and is not."""

    view: str
    key: Key
    known_from: int
    stored: bool
    """True: the table has it, and the log does not give it. False: the other way round."""


def unwatched(_step: Step) -> None:
    """Take a report and say nothing."""


class Engine:
    """Keeps one projection's view in one database."""

    def __init__(self, database: Database, projection: Projection[Any, Any]) -> None:
        self.database = database
        self.projection = projection
        types = {declaration_of(kind).name for kind in projection.handles}
        self._selection = read.selection(types=types | DIRECTIVES)
        self._known_tables: dict[tuple[str, int], ViewTables] = {}

    def progress(self) -> Progress:
        """Return how far the view has read."""
        name = self.projection.name
        with self.database.reading() as connection:
            mark = self._live_mark(connection)
            head = read.head(connection).size
        if mark is None:
            return Progress(name, 0, head)
        return Progress(name, mark.position, head, _why_stopped(mark))

    def catch_up(self, report: Report = unwatched, *, page: int = PAGE) -> Progress:
        """Apply what the log has and the view has not; build the view where there is none yet.

        A view that another version of its projection made, or whose table is gone, is built anew.
        A poison event stops the view in front of it, and is tried again at the next call.
        """
        with self.database.reading() as connection:
            mark = self._live_mark(connection)
            current = mark is not None and mark.position >= read.head(connection).size
        if mark is None:
            self.rebuild(report, page=page)
        elif not current:
            self._run(LIVE, None, report, page)
        return self.progress()

    def ask(self, question: Question) -> Answer[Any]:
        """Answer from what the view has read, and say how far that is."""
        with self.database.reading() as connection:
            mark = self._need(connection, LIVE)
            asked = read.head(connection).size if question.known_at is None else question.known_at
            known_at = min(asked, mark.position)
            tables = self._tables(LIVE, mark.generation)
            known, possible = query.ask(connection, tables, question, known_at)
        return Answer(
            view=self.projection.name,
            as_of=question.as_of,
            known_at=known_at,
            asked=asked,
            stopped=_why_stopped(mark),
            known=known,
            possible=possible,
        )

    def rebuild(self, report: Report = unwatched, *, page: int = PAGE) -> list[Drift]:
        """Build the view anew beside the one that is read, compare, and put it in its place.

        Returns how the old rows differed. A build that was cut off is taken up where it stood.
        """
        self._build(report, page, until=None)
        with self.database.writing() as connection:
            drift = list(self._compare(connection))
            self._swap(connection)
        self._run(LIVE, None, report, page)
        return drift

    def check(self, report: Report = unwatched, *, page: int = PAGE) -> list[Drift]:
        """Build the view anew beside the one that is read, compare, and leave that as it is."""
        with self.database.reading() as connection:
            mark = self._live_mark(connection)
        if mark is None:
            self.rebuild(report, page=page)
            return []
        self._build(report, page, until=mark.position)
        with self.database.writing() as connection:
            drift = list(self._compare(connection))
            self._drop(connection, BUILDING)
        return drift

    def _build(self, report: Report, page: int, until: int | None) -> None:
        with self.database.writing() as connection:
            old = progress.find(connection, self._tables(LIVE).name)
            generation = old.generation + 1 if old is not None else 1
            begun = self._mark(connection, BUILDING)
            reach = read.head(connection).size if until is None else until
            if begun is None or begun.generation != generation or begun.position > reach:
                self._drop(connection, BUILDING)
                tables = self._tables(BUILDING, generation)
                tables.rows.create(connection)
                tables.inbox.create(connection)
                fresh = Mark(tables.name, self.projection.version, generation, position=0)
                progress.put(connection, fresh)
        self._run(BUILDING, until, report, page)

    def _run(self, prefix: str, until: int | None, report: Report, page: int) -> None:
        """Apply pages up to a position; by default to the end of the log, wherever it has got."""
        started = time.monotonic()
        position, end = 0, 1
        while position < end:
            position, end = self._turn(prefix, until, page)
            report(Step(self.projection.name, position, end, time.monotonic() - started))

    def _turn(self, prefix: str, until: int | None, page: int) -> tuple[int, int]:
        """Apply one page; return the position reached, and the one to reach."""
        try:
            with self.database.writing() as connection:
                return self._apply(connection, prefix, until, page)
        except Poisoned as poison:
            event, error = poison.event, poison.error
            with self.database.writing() as connection:
                position, _ = self._apply(connection, prefix, event.position - 1, page)
                mark = self._need(connection, prefix)
                reason = f"{event.type}: {type(error).__name__}: {error}"
                progress.put(
                    connection, replace(mark, stopped_at=event.position, stopped_by=reason)
                )
            return position, position

    def _apply(
        self, connection: Connection, prefix: str, until: int | None, page: int
    ) -> tuple[int, int]:
        mark = self._need(connection, prefix)
        end = read.head(connection).size if until is None else until
        events = read.page(connection, self._selection, after=mark.position, until=end, size=page)
        Page(connection, self._tables(prefix, mark.generation), events).apply()
        position = events[-1].position if len(events) == page else max(mark.position, end)
        progress.put(connection, mark.moved(position))
        return position, end

    def _compare(self, connection: Connection) -> Iterator[Drift]:
        """Yield the row versions that only one of the two tables has, as far as both have read."""
        live, building = self._tables(LIVE), self._tables(BUILDING)
        marks = self._live_mark(connection), self._mark(connection, BUILDING)
        if marks[0] is None or marks[1] is None:
            return
        both = min(marks[0].position, marks[1].position)
        here, there = (_known_by(both, tables) for tables in (live, building))
        for one, other, stored in ((here, there, True), (there, here, False)):
            for found in connection.execute(one.except_(other)).mappings():
                key = live.key_of(dict(found))
                yield Drift(self.projection.name, key, found["known_from"], stored=stored)

    def _swap(self, connection: Connection) -> None:
        live, building = self._tables(LIVE), self._tables(BUILDING)
        mark = self._need(connection, BUILDING)
        for old, new in ((live.rows, building.rows), (live.inbox, building.inbox)):
            old.drop(connection, checkfirst=True)
            connection.execute(text(f"ALTER TABLE {new.name} RENAME TO {old.name}"))
        progress.forget(connection, mark.table)
        progress.put(connection, replace(mark, table=live.name))

    def _drop(self, connection: Connection, prefix: str) -> None:
        tables = self._tables(prefix)
        tables.rows.drop(connection, checkfirst=True)
        tables.inbox.drop(connection, checkfirst=True)
        progress.forget(connection, tables.name)

    def _tables(self, prefix: str, generation: int = 1) -> ViewTables:
        fresh = ViewTables(self.projection, prefix, generation)
        return self._known_tables.setdefault((prefix, generation), fresh)

    def _live_mark(self, connection: Connection) -> Mark | None:
        return self._mark(connection, LIVE)

    def _mark(self, connection: Connection, prefix: str) -> Mark | None:
        """Return the mark of a table that this version made and that is there; None otherwise."""
        tables = self._tables(prefix)
        mark = progress.find(connection, tables.name)
        if mark is None or mark.version != self.projection.version:
            return None
        inspector = inspect(connection)
        both = inspector.has_table(tables.rows.name) and inspector.has_table(tables.inbox.name)
        return mark if both else None

    def _need(self, connection: Connection, prefix: str) -> Mark:
        mark = self._mark(connection, prefix)
        if mark is None:
            # Somebody dropped the table between two pages; nothing of this page was written.
            raise ViewGone(self.projection.name)
        return mark


def _why_stopped(mark: Mark) -> str | None:
    return f"event {mark.stopped_at}, {mark.stopped_by}" if mark.stopped_at else None


def _known_by(position: int, tables: ViewTables) -> Select[*tuple[Any, ...]]:
    """Select the row versions as they were at a position."""
    table = tables.rows
    closed = case((table.c.known_to <= position, table.c.known_to))
    others = [column for column in table.columns if column.name != "known_to"]
    return select(*others, closed.label("known_to")).where(table.c.known_from <= position)

"""The engine: one projection kept up to the log, built anew beside what is read, compared.

One transaction holds a page's rows and the view's mark, so each event counts exactly once, in
whatever pages it arrives.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, Select, case, inspect, select, text

from ledger.codec.declare import declaration_of
from ledger.errors import ReadOnly, ViewGone, ViewOfNewerProgram
from ledger.log import read
from ledger.log.database import Database
from ledger.log.directives import DIRECTIVES
from ledger.projection import Key, Projection
from ledger.replay import progress
from ledger.replay.keys import States
from ledger.replay.page import Page, Poisoned
from ledger.replay.progress import Mark
from ledger.replay.query import Answer, Asked, Question
from ledger.replay.tables import BUILDING, CHECKING, LIVE, ViewTables, key_of_inbox

PAGE: Final = read.PAGE
_ATTEMPTS: Final = 5


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
    built: bool = True
    """Whether there is a view to read."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a catch-up or a rebuild is, for whoever watches it."""

    view: str
    position: int
    until: int
    begun: int
    """The position at which it began."""
    seconds: float
    """Since it began."""


Report: TypeAlias = Callable[[Step], None]
"""Called between two pages; what it raises ends the work there, and no page is half done."""


class Fault(StrEnum):
    """In what way a view is not what the log gives."""

    UNFOUNDED = "stored, and not in the log"
    MISSING = "in the log, and not stored"
    FORGOTTEN = "a fact that bears on it is not in its inbox, or one that does not is"
    GONE = "its table is gone, or was made by another version"
    STOPPED = "an event stops it"


@dataclass(frozen=True, slots=True)
class Drift:
    """Something in a view that is not what the log gives."""

    view: str
    key: Key
    """The key of the row; empty where it is about the whole view."""
    position: int
    """From where the row was known; the event that bears on it, or stops the view."""
    fault: Fault


def unwatched(_step: Step) -> None:
    """Take a report and say nothing."""


class Engine:
    """Keeps one projection's view in one database."""

    def __init__(self, database: Database, projection: Projection[Any, Any]) -> None:
        self.database = database
        self.projection = projection
        types = {declaration_of(kind).name for kind in projection.handles}
        self._selection = read.selection(types=types | DIRECTIVES)
        self._known_tables: dict[str, ViewTables] = {}
        self._kept: dict[str, tuple[_Place, States]] = {}
        self._turns = threading.Lock()

    def progress(self) -> Progress:
        """Return how far the view has read."""
        name = self.projection.name
        with self.database.reading() as connection:
            mark = self._live_mark(connection)
            head = read.head(connection).size
        if mark is None:
            return Progress(name, 0, head, built=False)
        return Progress(name, mark.position, head, _why_stopped(mark))

    def catch_up(self, report: Report = unwatched, *, page: int = PAGE) -> Progress:
        """Apply what the log has and the view has not; build the view where there is none yet.

        A view that another version of its projection made, or whose table is gone, is built anew.
        A poison event stops the view in front of it, and is tried again at the next call. Raises
        `ReadOnly` where there is something to write and the database takes no changes.
        """
        with self.database.reading() as connection:
            mark = self._live_mark(connection)
            current = mark is not None and mark.position >= read.head(connection).size
        if mark is None:
            self.rebuild(report, page=page)
        elif not current:
            self._run(LIVE, None, report, page)
        return self.progress()

    def freshen(self) -> None:
        """Catch up before a question, where that can be; else a view stays as far as it has read.

        Raises `ReadOnly` where there is no view yet, and none can be built.
        """
        before = self.progress()
        try:
            self.catch_up()
        except ReadOnly:
            if not before.built:
                raise

    def ask(self, question: Question) -> Answer[Any]:
        """Answer from what the view has read, and say how far that is."""
        tables = self._tables(LIVE)
        question_put = Asked(self.database, tables, question)
        with self.database.reading() as connection:
            tables.hold(connection)
            mark = self._need(connection, LIVE)
            asked = question_put.position(connection)
            known_at = max(0, min(asked, mark.position))
            known, possible, cursor = question_put.answer(connection, known_at)
        return Answer(
            view=self.projection.name,
            as_of=question.as_of,
            known_at=known_at,
            asked=asked,
            stopped=_why_stopped(mark),
            known=known,
            possible=possible,
            cursor=cursor,
        )

    def rebuild(self, report: Report = unwatched, *, page: int = PAGE) -> list[Drift]:
        """Build the view anew beside the one that is read, compare, and put it in its place.

        Returns how the old rows differed. A build that was cut off is taken up where it stood. A
        build that an event stops before the old view's position takes no place: the old one stays.
        """
        drift: list[Drift] = []
        try:
            self._build(BUILDING, report, page, until=None)
            with self._writing() as connection:
                drift += self._compare(connection, BUILDING)
                if not self._swap(connection):
                    return drift
        except ViewGone:
            # Another process built the same view at the same time, and was the first to finish.
            drift = []
        self._run(LIVE, None, report, page)
        return drift

    def check(self, report: Report = unwatched, *, page: int = PAGE) -> list[Drift]:
        """Build the view anew beside the one that is read, compare, and leave that as it is."""
        with self.database.reading() as connection:
            if self._live_mark(connection) is None:
                built = progress.find(connection, self._tables(LIVE).name)
                gone = Drift(self.projection.name, (), built.position if built else 0, Fault.GONE)
                return [] if built is None else [gone]
        for _ in range(_ATTEMPTS):
            try:
                return self._check(report, page)
            except ViewGone:
                # Another check of the same view was the first to finish, and took its table away.
                continue
        raise ViewGone(self.projection.name)

    def abandon(self) -> None:
        """Drop what is being built, so that no erased text stays in it."""
        with self._writing() as connection:
            self._drop(connection, BUILDING)
            self._drop(connection, CHECKING)

    def _check(self, report: Report, page: int) -> list[Drift]:
        with self.database.reading() as connection:
            until = self._need(connection, LIVE).position
        self._build(CHECKING, report, page, until=until)
        with self._writing() as connection:
            drift = list(self._compare(connection, CHECKING))
            self._drop(connection, CHECKING)
        return drift

    def _build(self, prefix: str, report: Report, page: int, until: int | None) -> None:
        with self._writing() as connection:
            old = progress.find(connection, self._tables(LIVE).name)
            generation = old.generation + 1 if old is not None else 1
            begun = self._mark(connection, prefix)
            reach = read.head(connection).size if until is None else until
            if begun is None or begun.generation != generation or begun.position > reach:
                self._drop(connection, prefix)
                tables = self._tables(prefix)
                tables.create(connection)
                fresh = Mark(tables.name, self.projection.version, generation, position=0)
                progress.put(connection, fresh)
        self._run(prefix, until, report, page)

    def _run(self, prefix: str, until: int | None, report: Report, page: int) -> None:
        """Apply pages up to a position; by default to the end of the log, wherever it has got."""
        started, begun = time.monotonic(), None
        position, end = 0, 1
        while position < end:
            with self._turns:
                before, position, end = self._turn(prefix, until, page)
            begun = before if begun is None else begun
            seconds = time.monotonic() - started
            report(Step(self.projection.name, position, end, begun, seconds))
        if prefix != LIVE:
            self._kept.pop(prefix, None)

    def _turn(self, prefix: str, until: int | None, page: int) -> tuple[int, int, int]:
        """Apply one page; return the position before, the one reached, and the one to reach."""
        try:
            with self._writing() as connection:
                return self._apply(connection, prefix, until, page)
        except Poisoned as poison:
            event, error = poison.event, poison.error
            with self._writing() as connection:
                before, position, _ = self._apply(connection, prefix, event.position - 1, page)
                mark = self._need(connection, prefix)
                reason = f"{event.type}: {type(error).__name__}: {error}"
                progress.put(
                    connection, replace(mark, stopped_at=event.position, stopped_by=reason)
                )
            return before, position, position

    def _apply(
        self, connection: Connection, prefix: str, until: int | None, page: int
    ) -> tuple[int, int, int]:
        mark = self._need(connection, prefix)
        end = read.head(connection).size if until is None else until
        events = read.page(connection, self._selection, after=mark.position, until=end, size=page)
        # What is kept is of use only where the view and the log are found as they were left.
        kept = self._kept.pop(prefix, None)
        found = _Place(mark.generation, mark.position, read.leaf(connection, mark.position))
        states = kept[1] if kept is not None and kept[0] == found else States()
        Page(self.database, connection, self._tables(prefix), events, states).apply()
        position = events[-1].position if len(events) == page else max(mark.position, end)
        progress.put(connection, mark.moved(position))
        left = _Place(mark.generation, position, read.leaf(connection, position))
        self._kept[prefix] = left, states
        return mark.position, position, end

    def _compare(self, connection: Connection, prefix: str) -> Iterator[Drift]:
        """Yield what is different in the view that is read, as far as both have read."""
        fresh = self._need(connection, prefix)
        if fresh.stopped_at is not None:
            yield Drift(self.projection.name, (), fresh.stopped_at, Fault.STOPPED)
        mark = self._live_mark(connection)
        if mark is None:
            return
        both = min(mark.position, fresh.position)
        live, building = self._tables(LIVE), self._tables(prefix)
        here, there = (_known_by(both, tables) for tables in (live, building))
        for one, other, fault in ((here, there, Fault.UNFOUNDED), (there, here, Fault.MISSING)):
            for row in connection.execute(one.except_(other)).mappings():
                yield Drift(self.projection.name, live.key_of(dict(row)), row["known_from"], fault)
        if mark.position != fresh.position:
            # A correction that only one has read may have brought an older fact to another key.
            return
        here, there = (select(tables.inbox) for tables in (live, building))
        for one, other in ((here, there), (there, here)):
            for key, root in connection.execute(one.except_(other)):
                yield Drift(self.projection.name, key_of_inbox(key), root, Fault.FORGOTTEN)

    def _swap(self, connection: Connection) -> bool:
        """Put what was built in the place of what is read, unless that has got further."""
        live, building = self._tables(LIVE), self._tables(BUILDING)
        mark, old = self._need(connection, BUILDING), self._live_mark(connection)
        if old is not None and mark.stopped_at is not None and mark.position < old.position:
            stop = replace(old, stopped_at=mark.stopped_at, stopped_by=mark.stopped_by)
            progress.put(connection, stop)
            return False
        for before, now in ((live.rows, building.rows), (live.inbox, building.inbox)):
            before.drop(connection, checkfirst=True)
            connection.execute(text(f"ALTER TABLE {now.name} RENAME TO {before.name}"))
        progress.forget(connection, mark.table)
        progress.put(connection, replace(mark, table=live.name))
        return True

    def _drop(self, connection: Connection, prefix: str) -> None:
        tables = self._tables(prefix)
        tables.rows.drop(connection, checkfirst=True)
        tables.inbox.drop(connection, checkfirst=True)
        progress.forget(connection, tables.name)

    def _writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that alone may write to this view, whichever of its tables."""
        return self.database.writing(self._tables(LIVE).name)

    def _tables(self, prefix: str) -> ViewTables:
        if prefix not in self._known_tables:
            self._known_tables[prefix] = ViewTables(self.projection, prefix)
        return self._known_tables[prefix]

    def _live_mark(self, connection: Connection) -> Mark | None:
        return self._mark(connection, LIVE)

    def _mark(self, connection: Connection, prefix: str) -> Mark | None:
        """Return the mark of a table that this version made and that is there; None otherwise."""
        tables = self._tables(prefix)
        mark = progress.find(connection, tables.name)
        if mark is None:
            return None
        if prefix == LIVE and mark.version > self.projection.version:
            # To build it anew would undo the newer program's work, which would undo ours.
            raise ViewOfNewerProgram(self.projection.name, mark.version, self.projection.version)
        if mark.version != self.projection.version:
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


class _Place(NamedTuple):
    """Where a view stands, and on which log."""

    generation: int
    position: int
    leaf: bytes | None


def _why_stopped(mark: Mark) -> str | None:
    return f"event {mark.stopped_at}, {mark.stopped_by}" if mark.stopped_at else None


def _known_by(position: int, tables: ViewTables) -> Select[*tuple[Any, ...]]:
    """Select the row versions as they were at a position."""
    table = tables.rows
    closed = case((table.c.known_to <= position, table.c.known_to))
    others = [column for column in table.columns if column.name != "known_to"]
    return select(*others, closed.label("known_to")).where(table.c.known_from <= position)

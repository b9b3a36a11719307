"""The tables of one view, and how far each has read: pages are applied, each of them once.

One transaction holds a page's rows and the table's mark, so each event counts exactly once, in
whatever pages it arrives and whoever applies them.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, inspect

from ledger.codec.declare import declaration_of
from ledger.errors import ViewGone, ViewOfNewerProgram
from ledger.log import read
from ledger.log.database import Database
from ledger.log.directives import DIRECTIVES
from ledger.projection import Projection
from ledger.replay import progress, skips
from ledger.replay.keys import States
from ledger.replay.page import Page, Poisoned
from ledger.replay.progress import Mark
from ledger.replay.tables import LIVE, PARTIAL, ViewTables

PAGE: Final = read.PAGE
_PARTIAL: Final = re.compile(
    f"(?P<prefix>view|build|check)_(?P<name>.+)(?P<part>{PARTIAL}[0-9a-f]+)"
)


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


class Turn(NamedTuple):
    """What became of one page."""

    begun: int
    """The position before it."""
    position: int
    """The position that was reached."""
    end: int
    """The position to reach; that which was reached, where an event stops the view."""


class Keeper:
    """Keeps the tables of one projection's view in one database, by default that of the log."""

    def __init__(
        self,
        database: Database,
        projection: Projection[Any, Any],
        *,
        log: Database | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self.database = database
        self._log = log
        self.projection = projection
        self._hidden = hidden
        types = {declaration_of(kind).name for kind in projection.handles}
        self._selection = read.selection(types=types | DIRECTIVES, hidden=hidden)
        self._tables: dict[str, ViewTables] = {}
        self._kept: dict[str, tuple[_Place, States]] = {}
        self._turns = threading.Lock()

    @property
    def name(self) -> str:
        """The stored name of the view."""
        return self.projection.name

    def tables(self, prefix: str) -> ViewTables:
        """Return what is read, what is being built, or what is being compared."""
        if prefix not in self._tables:
            self._tables[prefix] = ViewTables(self.projection, prefix, self._hidden)
        return self._tables[prefix]

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that alone may write to this view, whichever of its tables."""
        return self.database.writing(self.tables(LIVE).name)

    def mark(self, connection: Connection, prefix: str = LIVE) -> Mark | None:
        """Return the mark of a table that this version made and that is there; None otherwise.

        Raises `ViewOfNewerProgram`.
        """
        tables = self.tables(prefix)
        mark = progress.find(connection, tables.name)
        if mark is None:
            return None
        if prefix == LIVE and mark.version > self.projection.version:
            # To build it anew would undo the newer program's work, which would undo ours.
            raise ViewOfNewerProgram(self.name, mark.version, self.projection.version)
        if mark.version != self.projection.version:
            return None
        inspector = inspect(connection)
        both = inspector.has_table(tables.rows.name) and inspector.has_table(tables.inbox.name)
        return mark if both else None

    def need(
        self, connection: Connection, prefix: str = LIVE, generation: int | None = None
    ) -> Mark:
        """Return the mark of a table, made at some generation; raises `ViewGone`."""
        mark = self.mark(connection, prefix)
        if mark is None or generation not in (None, mark.generation):
            # Somebody dropped the table between two pages; nothing of this page was written.
            raise ViewGone(self.name)
        return mark

    def is_sound(self, connection: Connection, mark: Mark) -> bool:
        """Say whether a table's rows were made without what is to be skipped, and nothing else."""
        return mark.honours(skips.positions(connection, self.name))

    def drop(self, connection: Connection, prefix: str) -> None:
        """Drop a table, its inbox and its mark, where they are there."""
        self.tables(prefix).drop(connection)
        progress.forget(connection, self.tables(prefix).name)

    def drop_partial(self, connection: Connection) -> None:
        """Drop the tables that are made of a part of the log; the next question makes them anew."""
        for table in progress.tables(connection):
            found = _PARTIAL.fullmatch(table)
            if found is not None and found["name"] == self.name:
                inbox = f"{found['prefix']}_inbox_{found['name']}{found['part']}"
                for one in (table, inbox):
                    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {one}")
                progress.forget(connection, table)

    def run(self, prefix: str, until: int | None, report: Report, page: int) -> None:
        """Apply pages up to a position; by default to the end of the log, wherever it has got."""
        started, begun = time.monotonic(), None
        position, end = 0, 1
        while position < end:
            with self._turns:
                before, position, end = self._page(prefix, until, page)
            begun = before if begun is None else begun
            report(Step(self.name, position, end, begun, time.monotonic() - started))
        if prefix != LIVE:
            self._kept.pop(prefix, None)

    def turn(self, connection: Connection, prefix: str, until: int | None, page: int) -> Turn:
        """Apply one page in an open transaction; what cannot be taken stops the view before it."""
        try:
            with connection.begin_nested():
                return self._apply(connection, prefix, until, page)
        except Poisoned as poison:
            event, error = poison.event, poison.error
        begun, position, _ = self._apply(connection, prefix, event.position - 1, page)
        reason = f"{event.type}: {type(error).__name__}: {error}"
        mark = self.need(connection, prefix)
        progress.put(connection, replace(mark, stopped_at=event.position, stopped_by=reason))
        return Turn(begun, position, position)

    def join(self, connection: Connection, before: int) -> bool:
        """Bring the view up in the transaction of an append, if it stands where the log did before.

        Says whether nothing is left to do. Whatever goes wrong is taken back to a savepoint; an
        event that the view cannot take stops it, and a view that is stopped is left alone.
        """
        # Nobody is waited for: whoever is at the view may be waiting for this transaction.
        if not self._turns.acquire(blocking=False):
            return False
        try:
            if not self.database.takes(connection, self.tables(LIVE).name):
                return False
            with connection.begin_nested():
                mark = self.mark(connection)
                if mark is not None and mark.stopped_at is not None:
                    return True
                if mark is None or mark.position != before:
                    return False
                position, end = 0, 1
                while position < end:
                    _, position, end = self.turn(connection, LIVE, None, PAGE)
        except Exception:  # noqa: BLE001 - no append fails for a view, which can catch up
            self.let_go()
            return False
        finally:
            self._turns.release()
        return True

    def let_go(self) -> None:
        """Forget what is kept between pages: it may be of a transaction that was taken back."""
        self._kept.clear()

    def _page(self, prefix: str, until: int | None, page: int) -> Turn:
        """Fold a page while others write, and write what comes of it, in a transaction of its own.

        If somebody was at the view meanwhile, or an event cannot be taken, it is all done again in
        that transaction.
        """
        try:
            with self.database.reading() as connection:
                folded = self._fold(connection, prefix, until, page)
        except Poisoned:
            folded = None
        with self.writing() as connection:
            if folded is not None and folded.base == self._base(connection, prefix):
                return self._write(connection, prefix, folded)
            self._kept.pop(prefix, None)
            return self.turn(connection, prefix, until, page)

    def _apply(self, connection: Connection, prefix: str, until: int | None, page: int) -> Turn:
        return self._write(connection, prefix, self._fold(connection, prefix, until, page))

    def _fold(self, connection: Connection, prefix: str, until: int | None, page: int) -> _Folded:
        base = self._base(connection, prefix)
        with self._beside(connection) as log:
            return self._fold_upon(base, log, connection, prefix, until=until, page=page)

    def _fold_upon(
        self,
        base: _Base,
        log: Connection,
        connection: Connection,
        prefix: str,
        *,
        until: int | None,
        page: int,
    ) -> _Folded:
        mark, skipped = base
        if not mark.honours(skipped):
            # A person said meanwhile that what it read is to be passed by, or not to be.
            raise ViewGone(self.name)
        end = read.head(log).size if until is None else until
        # What stopped it is tried alone first: as long as it cannot be taken, that is cheap.
        tried = mark.stopped_at if (mark.stopped_at or 0) > mark.position else None
        reach = end if tried is None else min(end, tried)
        events = read.page(log, self._selection, after=mark.position, until=reach, size=page)
        # What is kept is of use only where the view and the log are found as they were left.
        kept = self._kept.pop(prefix, None)
        found = _Place(mark.generation, mark.position, read.leaf(log, mark.position))
        states = kept[1] if kept is not None and kept[0] == found else States()
        page_of = (self.database, connection, self.tables(prefix), events, states)
        changes = Page(*page_of, log=log, skips=skipped)
        changes.fold()
        position = events[-1].position if len(events) == page else max(mark.position, reach)
        left = _Place(mark.generation, position, read.leaf(log, position))
        return _Folded(base, changes, states, left, Turn(mark.position, position, end))

    def _write(self, connection: Connection, prefix: str, folded: _Folded) -> Turn:
        mark, skipped = folded.base
        folded.changes.write(connection)
        progress.put(connection, mark.moved(folded.turn.position, skipped))
        self._kept[prefix] = folded.left, folded.states
        return folded.turn

    def _base(self, connection: Connection, prefix: str) -> _Base:
        """Return what a page is folded upon, and is to be found again when it is written."""
        with self._beside(connection) as log:
            return _Base(self.need(connection, prefix), skips.positions(log, self.name))

    def _beside(self, connection: Connection) -> AbstractContextManager[Connection]:
        """Open the log, where it is not in the database of the view."""
        return nullcontext(connection) if self._log is None else self._log.reading()


class _Base(NamedTuple):
    """How a table stands, and what it is to skip."""

    mark: Mark
    skipped: tuple[int, ...]


class _Folded(NamedTuple):
    """A page that was folded, and is to be written."""

    base: _Base
    changes: Page
    states: States
    left: _Place
    turn: Turn


class _Place(NamedTuple):
    """Where a view stands, and on which log."""

    generation: int
    position: int
    leaf: bytes | None

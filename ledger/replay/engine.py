"""The engine: one projection kept up to the log, built anew beside what is read, compared.

How pages are applied is in `keeper`, how a view is replaced in `rebuild`.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from ledger.errors import CannotSkip, NotSkipped, ReadOnly, ViewGone
from ledger.log import read
from ledger.log.database import Database
from ledger.log.directives import ERASED
from ledger.projection import Projection
from ledger.replay import progress, rebuild, skips
from ledger.replay.comparison import Drift, Fault
from ledger.replay.keeper import PAGE, Keeper, Report, Step
from ledger.replay.progress import Mark
from ledger.replay.query import Answer, Asked, Question
from ledger.replay.skips import Skip
from ledger.replay.tables import BUILDING, CHECKING, LIVE

__all__ = ["PAGE", "Drift", "Engine", "Fault", "Progress", "Report", "Step", "unwatched"]

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
    skipped: tuple[Skip, ...] = ()
    """The events that it passes by because a person said so."""


class Reading(NamedTuple):
    """One state of a view and of its log."""

    connection: Connection
    position: int
    """The last position that the view has applied."""
    stopped: str | None
    """The event that stopped it and why."""

    def within(self, position: int) -> int:
        """Return a position, or the nearest one that the view can answer for."""
        return max(0, min(position, self.position))


def unwatched(_step: Step) -> None:
    """Take a report and say nothing."""


class Engine:
    """Keeps one projection's view in one database: that of the log, unless another is given."""

    def __init__(
        self,
        database: Database,
        projection: Projection[Any, Any],
        *,
        log: Database | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self.database = database
        self.projection = projection
        self.keeper = Keeper(database, projection, log=log, hidden=hidden)
        self._tried = -1

    def progress(self) -> Progress:
        """Return how far the view has read."""
        return self._look().progress(self.projection.name)

    def catch_up(self, report: Report = unwatched, *, page: int = PAGE) -> Progress:
        """Apply what the log has and the view has not; build the view where there is none yet.

        A view that another version of its projection made, whose table is gone, or that skipped
        other events than it should, is built anew. A poison event stops the view in front of it,
        and is tried again at the next call. Raises `ReadOnly` where there is something to write and
        the database takes no changes.
        """
        for _ in range(_ATTEMPTS):
            state = self._look()
            try:
                if not state.sound:
                    self.rebuild(report, page=page)
                elif not state.current:
                    self.keeper.run(LIVE, None, report, page)
            except ViewGone:
                # Somebody dropped it, or said what is to be skipped, between two pages.
                continue
            return self.progress()
        raise ViewGone(self.projection.name)

    def freshen(self, *wanted: int | None) -> None:
        """Catch up before a question, where that can be; else a view stays as far as it has read.

        A question about positions that the view has read needs nothing; None stands for now. An
        event that stops the view is tried again only once the log has grown. Raises `ReadOnly`
        where there is no view yet, and none can be built.
        """
        state = self._look()
        mark, head = state.mark, state.head
        if mark is not None:
            read_all = all(p is not None and p <= mark.position for p in wanted or (None,))
            tried = mark.stopped_at is not None and self._tried == head
            if read_all or tried or (state.sound and state.current):
                return
        try:
            self.catch_up()
        except ReadOnly:
            if mark is None:
                raise
        self._tried = head

    def _look(self) -> _State:
        with self.database.reading() as connection:
            return _State(
                self.keeper.mark(connection),
                read.head(connection).size,
                skips.of(connection, self.projection.name),
            )

    def ask(self, question: Question) -> Answer[Any]:
        """Answer from what the view has read, and say how far that is."""
        put = self.put(question)
        with self.reading() as view:
            asked = put.position(view.connection)
            known_at = view.within(asked)
            known, possible, cursor = put.answer(view.connection, known_at)
        return Answer(
            view=self.projection.name,
            as_of=question.as_of,
            known_at=known_at,
            asked=asked,
            stopped=view.stopped,
            known=known,
            possible=possible,
            cursor=cursor,
        )

    def put(self, question: Question) -> Asked:
        """Return a question as it is put to the view; raises what `Asked` does."""
        return Asked(self.database, self.keeper.tables(LIVE), question)

    @contextmanager
    def reading(self) -> Generator[Reading]:
        """Open one state of the view and of the log; `ViewGone` where there is no view."""
        with self.database.reading() as connection:
            self.keeper.tables(LIVE).hold(connection)
            mark = self.keeper.need(connection)
            yield Reading(connection, mark.position, _why_stopped(mark))

    def prepare(self, until: int, report: Report = unwatched, *, page: int = PAGE) -> None:
        """Build the view as a log of the first events has it, and put it nowhere yet."""
        rebuild.prepare(self.keeper, BUILDING, report, page, until=until)

    def place(self) -> Progress:
        """Put what was prepared where no view is, and return how far it has read."""
        mark = rebuild.place(self.keeper)
        return Progress(self.projection.name, mark.position, mark.position, _why_stopped(mark))

    def rebuild(self, report: Report = unwatched, *, page: int = PAGE) -> list[Drift]:
        """Build the view anew beside the one that is read, compare, and put it in its place.

        Returns how the old rows differed. A build that was cut off is taken up where it stood. A
        build that an event stops before the old view's position takes no place: the old one stays.
        """
        return rebuild.rebuild(self.keeper, report, page)

    def check(self, report: Report = unwatched, *, page: int = PAGE) -> list[Drift]:
        """Build the view anew beside the one that is read, compare, and leave that as it is."""
        with self.database.reading() as connection:
            if self.keeper.mark(connection) is None:
                built = progress.find(connection, self.keeper.tables(LIVE).name)
                gone = Drift(self.projection.name, (), built.position if built else 0, Fault.GONE)
                return [] if built is None else [gone]
        for _ in range(_ATTEMPTS):
            try:
                return rebuild.check(self.keeper, report, page)
            except ViewGone:
                # Another check of the same view was the first to finish, and took its table away.
                continue
        raise ViewGone(self.projection.name)

    def abandon(self) -> None:
        """Drop what is being built, so that no erased text stays in it."""
        with self.keeper.writing() as connection:
            self.keeper.drop(connection, BUILDING)
            self.keeper.drop(connection, CHECKING)
            self.keeper.drop_partial(connection)

    def skip(self, skip: Skip) -> None:
        """Pass by the event that stops the view, when it goes on and in every rebuild.

        A correction of the event is not passed by with it. Raises `CannotSkip` for any other event,
        and for an erasure, which no view may fail to obey.
        """
        name = self.projection.name
        with self.keeper.writing() as connection:
            if skip.position in skips.positions(connection, name):
                return
            mark = self.keeper.mark(connection)
            stops = mark.stopped_at if mark is not None else None
            if stops != skip.position:
                stands = "nothing stops it" if stops is None else f"event {stops} stops it"
                raise CannotSkip(name, skip.position, f"{stands}, and only what does is skipped")
            event = read.one(connection, skip.position)
            if event is not None and event.type == ERASED:
                todo = "or what was erased would stay: mend the projection"
                raise CannotSkip(name, skip.position, f"an erasure has to be obeyed, {todo}")
            skips.put(connection, name, skip)

    def unskip(self, position: int) -> None:
        """Skip an event no longer, so that the view is built anew; raises `NotSkipped`."""
        name = self.projection.name
        with self.keeper.writing() as connection:
            there = skips.positions(connection, name)
            if not skips.forget(connection, name, position):
                raise NotSkipped(name, position, there)


class _State(NamedTuple):
    """How a view stands beside the log, and what it is to skip."""

    mark: Mark | None
    head: int
    skipped: tuple[Skip, ...]

    @property
    def sound(self) -> bool:
        """Whether there is a view, made without what is to be skipped, and nothing else."""
        return self.mark is not None and self.mark.honours(skip.position for skip in self.skipped)

    @property
    def current(self) -> bool:
        """Whether it has read all there is."""
        return self.mark is not None and self.mark.position >= self.head

    def progress(self, view: str) -> Progress:
        """Return what others are to know of it."""
        if self.mark is None:
            return Progress(view, 0, self.head, built=False, skipped=self.skipped)
        stopped = _why_stopped(self.mark)
        return Progress(view, self.mark.position, self.head, stopped, skipped=self.skipped)


def _why_stopped(mark: Mark) -> str | None:
    return f"event {mark.stopped_at}, {mark.stopped_by}" if mark.stopped_at else None

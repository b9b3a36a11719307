"""`Ledger`: the one object that a caller holds.

    with Ledger.open("proceedings.db") as ledger:
        ledger.record(event, source=report.at(3))
        ledger.view("attendance").rows(meeting="lakes-1")

Two verbs, record and view. One idea a keyword: `as_of` asks about the world, `known_at` about the
ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar, overload

from ledger.believed import Believed, beliefs, believed
from ledger.checkpoints import Checkpoint
from ledger.computed import ComputedView
from ledger.distribution import Distributions
from ledger.editing import Correcting, Correction, Retracting, Retraction
from ledger.erasing import Erasing, Erasure, erased_in
from ledger.events import Distribution, Event, PersonalDataErased, Source
from ledger.evidence import Evidence
from ledger.installed import (
    AnyProjection,
    installed_projections,
    installed_queries,
    query_called,
)
from ledger.log import (
    ANY_VERSION,
    Conditions,
    Database,
    Decision,
    ExpectedVersion,
    Head,
    Log,
    NewEvent,
    Placed,
    Receipt,
    RecordedEvent,
    Snapshot,
    StoredEvent,
    Watch,
    uncounted,
)
from ledger.log.append import carrying, with_ids
from ledger.log.backup import backup, restore
from ledger.log.conditions import decided
from ledger.log.place import place
from ledger.log.stored import snapshot
from ledger.projection import Projection, Query, Row
from ledger.replay.alongside import alongside
from ledger.replay.engine import PAGE, Drift, Progress, Report, unwatched
from ledger.replay.engines import Engines
from ledger.replay.skips import Skip
from ledger.replay.worker import keep_up
from ledger.replaying import replay_into
from ledger.times import Clock, KnownAt, system_clock, timestamp
from ledger.views import View

R = TypeVar("R", bound=Row)


_AGAIN: Final = "Erased before; a backup brought it back."


class Ledger(Evidence):
    """A record of proceedings in one database: append to it, read it, view it.

    Open one with `Ledger.open`; it closes at the end of a `with` block.
    """

    def __init__(
        self,
        database: Database,
        *,
        actor: str,
        clock: Clock,
        project: Collection[str] = (),
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._actor = actor
        self._clock = clock
        super().__init__(Log(database, clock=clock, hidden=hidden))
        self._engines = Engines(database, hidden=hidden)
        self._distributions = Distributions(self._log)
        self._seen: dict[Distribution, Ledger] = {}
        self._projected = self._engines.named(project) if project else []
        for engine in self._projected:
            engine.catch_up()

    @classmethod
    def open(
        cls,
        address: str | Path,
        *,
        create: bool = True,
        actor: str = "unnamed",
        clock: Clock = system_clock,
        project: Collection[str] = (),
    ) -> Self:
        """Open the ledger at an address: a file, or a URL such as `sqlite:///proceedings.db`.

        `create` makes one where there is none. `actor` is an opaque id of who records, kept with
        each event. `project` names views that are brought up now, and in the transaction of each
        append: they are never behind it, unless an event stops them. Raises `NoLedger`,
        `SchemaMismatch`, `Unreachable` or `UnknownView`.
        """
        database = Database.open(address, create=create)
        try:
            return cls(database, actor=actor, clock=clock, project=project)
        except BaseException:
            database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the database back."""
        self._database.close()

    def seen_by(self, reader: Distribution) -> Ledger:
        """Return the ledger as somebody sees it who may read documents up to a distribution.

        What they may not see is not there: see `ledger.distribution`. It is for reading, and for
        one question: ask again for the next, since a document may be registered meanwhile.
        """
        hidden = self._distributions.hidden_from(reader)
        if not hidden:
            return self
        seen = self._seen.get(reader)
        if seen is None or seen.hidden != hidden:
            seen = self._seen[reader] = Ledger(
                self._database, actor=self._actor, clock=self._clock, hidden=hidden
            )
        return seen

    @property
    def hidden(self) -> Collection[str]:
        """The subjects of which no event is there, for who sees a part; see `seen_by`."""
        return self._log.hidden

    @property
    def head(self) -> int:
        """The position of the newest event; 0 in an empty ledger."""
        return self._log.head().size

    @property
    def state(self) -> Head:
        """Where the log ends: its size, its root, when its newest batch was recorded."""
        return self._log.head()

    def record(
        self,
        event: Event,
        *,
        source: Source | None = None,
        event_id: str | None = None,
        expected_version: ExpectedVersion = ANY_VERSION,
        condition: Conditions = (),
        actor: str | None = None,
    ) -> Receipt:
        """Append one event, said by a source, and return its receipt."""
        if source is not None:
            event = event.model_copy(update={"source": source})
        new = NewEvent(event) if event_id is None else NewEvent(event, event_id)
        return self.append(
            [new], expected_version=expected_version, condition=condition, actor=actor
        )[0]

    def append(
        self,
        events: Iterable[Event | NewEvent],
        *,
        expected_version: ExpectedVersion = ANY_VERSION,
        condition: Conditions = (),
        actor: str | None = None,
        rehearse: bool = False,
    ) -> list[Receipt]:
        """Append a batch, whole or not at all; `ledger.log.Log.append` says what it may raise.

        A rehearsal says what would happen, and leaves no trace.
        """
        who = self._actor if actor is None else actor
        batch = with_ids(events)
        with alongside([] if rehearse else self._projected) as then:
            receipts = self._log.append(
                batch,
                actor=who,
                expected_version=expected_version,
                condition=condition,
                rehearse=rehearse,
                then=then,
            )
        if not rehearse and any(isinstance(new.event, PersonalDataErased) for new in batch):
            with carrying(batch):
                self._engines.forget()
        return receipts

    def read(
        self,
        *,
        after: int = 0,
        until: int | None = None,
        types: Collection[str] | None = None,
        stream: str | None = None,
        subject: str | None = None,
        limit: int | None = None,
    ) -> Iterator[RecordedEvent]:
        """Yield recorded events in order, in bounded memory; at most `limit` of them.

        `after` and `until` are positions (`after < position <= until`); `types` are stored names;
        `subject` is of the form `party:pk`.
        """
        return self._log.read(
            after=after, until=until, types=types, stream=stream, subject=subject, limit=limit
        )

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open one state of the log, to move its stored events elsewhere, in a `with` block.

        A ledger in memory can be asked nothing else meanwhile: it is one connection.
        """
        return snapshot(self._database)

    def place(
        self, events: Iterable[StoredEvent], *, check: Callable[[Snapshot], None] | None = None
    ) -> Placed:
        """Put the stored events of a log into this ledger, as they are; see `ledger.log.place`.

        All that are not there yet, or nothing; raises `MisplacedEvent` or `OtherLog`. `check` sees
        the log before it is committed, and may raise.
        """
        placed = place(self._database, events, check=check)
        if placed.erased:
            self._engines.forget()
        return placed

    def expect_schema(self) -> None:
        """Raise `SchemaMismatch` if the database was taken to another migration meanwhile."""
        self._database.expect_ledger(create=False)

    def backup(self, file: str | Path, watch: Watch = uncounted) -> Head:
        """Write one state of the ledger into a new file that is a ledger itself, and check it.

        Raises `AlreadyThere` or `AlteredLog`; then there is no new file.
        """
        return backup(self._database, Path(file), watch)

    @classmethod
    def restore(
        cls,
        file: str | Path,
        address: str | Path,
        watch: Watch = uncounted,
        *,
        erasures_from: str | Path | None = None,
        actor: str = "unnamed",
    ) -> Head:
        """Make the ledger at an address from a backup, check it, and return where it ends.

        What was erased since is back, unless `erasures_from` names a ledger that grew from the one
        that was backed up: then what that one has erased is erased here too, by events of `actor`.

        Raises `AlreadyThere`, `NoLedger` or `AlteredLog`; then nothing is restored. `OtherHistory`,
        where the other ledger did not grow from this one: then it is restored, and nothing erased.
        """
        if erasures_from is None:
            return restore(Path(file), address, watch)
        with cls.open(erasures_from, create=False) as newer:
            head = restore(Path(file), address, watch)
            newer.expect_grown_from(Checkpoint(str(address), head.size, head.root))
            gone = erased_in(newer._log)  # noqa: SLF001 - another of its kind
        with cls.open(address, create=False, actor=actor) as made:
            with made.snapshot() as log:
                there = log.said(gone)
            made.erase(*there, reason=_AGAIN)
            return made.state

    def follow(
        self,
        *,
        after: int = 0,
        types: Collection[str] | None = None,
        stream: str | None = None,
        subject: str | None = None,
        silence: float | None = None,
    ) -> Iterator[RecordedEvent]:
        """Yield what `read` yields, and then each event as it is recorded, by any process.

        Ends when the log has not grown for `silence` seconds; without, it goes on. Raises
        `PastTheHead` where the log does not reach to `after`.
        """
        return self._log.follow(
            after=after, types=types, stream=stream, subject=subject, silence=silence
        )

    def heads(self, *, after: int = 0, stop: threading.Event | None = None) -> Iterator[int]:
        """Yield the position of the newest event, and again whenever the log has grown.

        Ends soon after `stop` is set. Raises `Interrupted` when the database stays away.
        """
        return self._log.heads(after=after, stop=stop)

    def decide(
        self,
        decision: Callable[[], Decision],
        *,
        actor: str | None = None,
        attempts: int = 5,
        rehearse: bool = False,
    ) -> list[Receipt]:
        """Read, decide and append, and do it again if something came in between.

        `decision` reads what it needs and returns the events and the conditions under which they
        may be appended; it is called again, up to `attempts` times in all, when one of them fails.
        Raises the last `WrongExpectedVersion` or `ConditionFailed`.
        """
        return decided(
            decision,
            lambda it: self.append(
                it.events,
                expected_version=it.expected_version,
                condition=it.condition,
                actor=actor,
                rehearse=rehearse,
            ),
            attempts=attempts,
        )

    def believed(self, name: int | str) -> Believed:
        """Return what is believed of a fact now, and by which events; see `ledger.believed`.

        `name` is the position or id of the fact or of a directive about it. Raises `UnknownEvent`.
        """
        return believed(self._log, name)

    def beliefs(self, event_ids: Iterable[str]) -> dict[str, Believed]:
        """Return what is believed of many facts, by id; those that are not there are left out."""
        return beliefs(self._log, event_ids)

    def correct(
        self,
        name: int | str,
        content: Mapping[str, Any] | Event,
        *,
        reason: str | None = None,
        source: Source | None = None,
        actor: str | None = None,
        rehearse: bool = False,
    ) -> Correction:
        """Put other content in the place of what is believed of a fact; `source` says why.

        `content` is a whole event, or what changes: values by field (`source.paragraph`), None for
        nothing. `name` is the position or id of the fact or of a correction of it. Where nothing
        would change, nothing is appended. Raises what `ledger.editing.Correcting.decide` does.
        """
        edit = Correcting(self._log, name, content, reason=reason, source=source)
        return edit.done(self.decide(edit.decide, actor=actor, rehearse=rehearse))

    def retract(
        self,
        name: int | str,
        *,
        reason: str | None = None,
        source: Source | None = None,
        actor: str | None = None,
        rehearse: bool = False,
    ) -> Retraction:
        """End belief in a fact or a correction; of a retraction, restore what it retracted.

        What is retracted already is left alone. Raises `UnknownEvent` or `WrongTarget`.
        """
        edit = Retracting(self._log, name, reason=reason, source=source)
        return edit.done(self.decide(edit.decide, actor=actor, rehearse=rehearse))

    def erase(
        self,
        *names: int | str,
        reason: str | None = None,
        source: Source | None = None,
        actor: str | None = None,
        rehearse: bool = False,
    ) -> list[Erasure]:
        """Erase the private texts of events, by position or id, from every file of the ledger.

        The facts stay, and every hash, checkpoint and proof. It cannot be undone; copies that were
        made before keep the texts. Raises `UnknownEvent` or `WrongTarget`.
        """
        edit = Erasing(self._log, names, reason=reason, source=source)
        return edit.done(self.decide(edit.decide, actor=actor, rehearse=rehearse))

    def event(self, name: int | str) -> RecordedEvent:
        """Return one event, by position or by event id; `UnknownEvent` if there is none."""
        return self._log.event(name)

    def position_at(self, known_at: KnownAt | str) -> int:
        """Return the position whose knowledge `known_at` means: a position, a time or a text."""
        return self._log.position_at(known_at)

    @property
    def views(self) -> Mapping[str, AnyProjection]:
        """The installed views, by name."""
        return installed_projections()

    @property
    def queries(self) -> Mapping[str, Query[Any]]:
        """The installed views that have no table, by name."""
        return installed_queries()

    def computed(self, name: str) -> ComputedView[Any]:
        """Return a view that follows from others, by name; `UnknownView` if there is none."""
        return ComputedView(self._log, query_called(name), self.view)

    @overload
    def view(self, view: type[Projection[R, Any]]) -> View[R]: ...
    @overload
    def view(self, view: str) -> View[Any]: ...
    def view(self, view: str | type[Projection[Any, Any]]) -> View[Any]:
        """Return a view, by projection or by stored name; `UnknownView` if there is none."""
        engine = self._engines.engine(view if isinstance(view, str) else view())
        return View(self._log, engine, self.view)

    def project(self, *views: str, report: Report = unwatched, page: int = PAGE) -> list[Progress]:
        """Bring views up to the log (all installed ones if none is named)."""
        return [engine.catch_up(report, page=page) for engine in self._engines.named(views)]

    def keep_up(
        self,
        *views: str,
        silence: float | None = None,
        stop: threading.Event | None = None,
        report: Report = unwatched,
    ) -> Iterator[Progress]:
        """Bring views up to the log, and again whenever it grows; yield how far each has got.

        Ends after `silence` seconds in which the log did not grow; without, when `stop` is set. Any
        number of processes may do so at once. Raises `Interrupted` when the database stays away.
        """
        engines = self._engines.named(views)
        wanted = stop or threading.Event()
        return keep_up(self._database, engines, silence=silence, stop=wanted, report=report)

    def rebuild(self, *views: str, report: Report = unwatched) -> list[Drift]:
        """Build views anew from the log; return how the old rows differed."""
        return [drift for engine in self._engines.named(views) for drift in engine.rebuild(report)]

    def check(self, *views: str, report: Report = unwatched) -> list[Drift]:
        """Build views anew beside what is stored, and return how that differs; change nothing."""
        return [drift for engine in self._engines.named(views) for drift in engine.check(report)]

    def replay_into(
        self,
        address: str | Path,
        *views: str,
        until: KnownAt | str | None = None,
        report: Report = unwatched,
    ) -> list[Progress]:
        """Build views in another database, as a log of the events until then has them.

        All of the installed ones if none is named, all events if `until` is None; see
        `ledger.replaying.replay_into`. This ledger is only read.
        """
        chosen = [engine.projection for engine in self._engines.named(views)]
        last = self.head if until is None else min(self.position_at(until), self.head)
        return replay_into(self._database, address, chosen, last, report)

    def skip(self, view: str, position: int, *, reason: str, actor: str | None = None) -> Progress:
        """Let a view pass by the event that stops it, on purpose, and go on.

        It is kept with the ledger, not with the log: other views take the event, and every rebuild
        of this one skips it. Raises `CannotSkip` for an event that does not stop the view.
        """
        who = self._actor if actor is None else actor
        return self._engines.skip(view, Skip(position, reason, who, timestamp(self._clock())))

    def unskip(self, view: str, position: int) -> Progress:
        """Let a view skip an event no longer: it is built anew. Raises `NotSkipped`."""
        return self._engines.unskip(view, position)

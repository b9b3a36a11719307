"""The log: append, read, follow. The only code that touches the log's tables.

`Log` is one database's log; the modules beside it hold one verb each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator

from sqlalchemy import Connection

from ledger.errors import Interrupted, PastTheHead, UnknownEvent
from ledger.events import Event
from ledger.log import append, follow, read
from ledger.log.conditions import Condition, Conditions, Decision
from ledger.log.database import Database
from ledger.log.directives import Target
from ledger.log.manners import Writer
from ledger.log.patience import patiently
from ledger.log.place import Placed
from ledger.log.read import Selection
from ledger.log.recorded import (
    ANY_VERSION,
    NO_STREAM,
    ExpectedVersion,
    Head,
    NewEvent,
    Receipt,
    RecordedEvent,
)
from ledger.log.stored import Snapshot, StoredEvent, Watch, uncounted
from ledger.log.verify import Verdict
from ledger.times import Clock, KnownAt, parse_known_at, system_clock

__all__ = [
    "ANY_VERSION",
    "NO_STREAM",
    "Condition",
    "Conditions",
    "Database",
    "Decision",
    "ExpectedVersion",
    "Head",
    "Log",
    "NewEvent",
    "Placed",
    "Receipt",
    "RecordedEvent",
    "Snapshot",
    "StoredEvent",
    "Verdict",
    "Watch",
    "uncounted",
]

_BRIEF = 20
"""Up to how many events a batch is sent in one exchange; more are worth the driver's bulk load."""


class Log:
    """The events of one database, in the order in which they were recorded."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = system_clock,
        hidden: Collection[str] = (),
    ) -> None:
        self.database = database
        self._clock = clock
        self.hidden = hidden
        """Subjects: an event that speaks of one of them is not there for whoever reads."""

    def append(
        self,
        events: Iterable[Event | NewEvent],
        *,
        actor: str,
        expected_version: ExpectedVersion = ANY_VERSION,
        condition: Conditions = (),
        rehearse: bool = False,
        then: Callable[[Connection, int], None] | None = None,
    ) -> list[Receipt]:
        """Append a batch, whole or not at all, and return a receipt for each event, in order.

        An event whose id is there already with the same content is not appended again: its first
        receipt is returned. `expected_version` is what the writer believes of the streams that the
        batch writes to; `condition`, what must not have been recorded since the writer looked. With
        `rehearse` all is done and taken back: the receipts say what would be. `then` is called in
        the same transaction, once the head has moved on from a position, which it is given; it is
        called again if the transaction is.

        A database that is busy, or goes away, even at the commit, is tried again for some seconds:
        an event id is recorded once however often it is sent. After that comes `Interrupted`; the
        batch may then be recorded or not. The error carries it, with its event ids: to append
        `error.events` again, under the same conditions, is safe.

        Raises `EventIdTaken`, `WrongExpectedVersion`, `ConditionFailed`, `UnknownTarget`,
        `WrongTarget`, `OutsideDomain` or `TooLarge`; then nothing was appended.
        """
        batch = append.with_ids(events)
        conditions = [condition] if isinstance(condition, Condition) else list(condition)
        # Whether a condition holds is asked with queries, which a brief exchange has no room for.
        brief = len(batch) <= _BRIEF and not conditions and not rehearse and then is None

        def write(writer: Writer, allowed: Callable[[], None]) -> list[Receipt]:
            return append.write(
                writer,
                prepared,
                actor=actor,
                expected=expected_version,
                allowed=allowed,
                clock=self._clock,
            )

        def once() -> list[Receipt]:
            if brief:
                with self.database.appending_briefly() as writer:
                    return write(writer, _unasked)
            with self.database.appending(keep=not rehearse) as (connection, writer):
                receipts = write(writer, lambda: _expect(connection, conditions))
                if then is not None:
                    self._go_on(connection, receipts, then)
                return receipts

        with append.carrying(batch):
            prepared = patiently(lambda: append.prepare(batch, self._target))
            return patiently(once) if prepared else []

    def _go_on(
        self,
        connection: Connection,
        receipts: Iterable[Receipt],
        then: Callable[[Connection, int], None],
    ) -> None:
        new = [receipt.position for receipt in receipts if receipt.appended]
        if not new:
            return
        then(connection, min(new) - 1)
        if read.head(connection).size != max(new):
            # A database may take a whole transaction back where one statement found no room.
            raise Interrupted(self.database.address, "the transaction was lost on the way")

    def head(self) -> Head:
        """Return where the log ends."""
        with self.database.reading() as connection:
            return read.head(connection)

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

        `after` and `until` are positions (`after < position <= until`); `types` stored names;
        `subject` is of the form `party:pk`.
        """
        query = self._selection(types, stream, subject)
        return read.pages(self.database, query, after=after, until=until, limit=limit)

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

        Ends when the log has not grown for `silence` seconds; without, it goes on. Begin again with
        `after` at the last position that was dealt with, and nothing is missed or comes twice. An
        outage of half a minute is waited through; after that comes `Interrupted`.

        Raises `PastTheHead` where the log does not reach to `after`.
        """
        query = patiently(lambda: self._selection(types, stream, subject))
        size = patiently(self.head).size
        if after > size:
            raise PastTheHead(after, size)
        return follow.follow(self.database, query, after=after, silence=silence)

    def heads(self, *, after: int = 0, stop: threading.Event | None = None) -> Iterator[int]:
        """Yield the position of the newest event, and again whenever the log has grown.

        For whoever tells others that there is something to read. Ends soon after `stop` is set. A
        database that goes away is waited for, for a while; then `Interrupted`.
        """
        return follow.heads(self.database, after=after, stop=stop)

    def event(self, name: int | str) -> RecordedEvent:
        """Return one event, by position or by event id; `UnknownEvent` if there is none."""
        private = self.database.sees_private
        with self.database.reading() as connection:
            found = read.one(connection, name, private=private, hidden=self.hidden)
        if found is None:
            raise UnknownEvent(name)
        return found

    def at(self, positions: Collection[int]) -> dict[int, RecordedEvent]:
        """Return the events at some positions, by position; those that are missing are not here."""
        selection = read.selection(private=self.database.sees_private)
        with self.database.reading() as connection:
            found = read.chosen(self.database, connection, selection, positions)
        return {recorded.position: recorded for recorded in found}

    def position_at(self, known_at: KnownAt | str) -> int:
        """Return the position whose knowledge `known_at` means: a position, a time or a text.

        Of a time it is the last one recorded by then; 0 if none was. Raises `InvalidMoment`.
        """
        moment = parse_known_at(known_at) if isinstance(known_at, str) else known_at
        if isinstance(moment, int):
            return moment
        with self.database.reading() as connection:
            return read.position_at(connection, moment)

    def _selection(
        self, types: Collection[str] | None, stream: str | None, subject: str | None
    ) -> Selection:
        return read.selection(
            types=types,
            stream=stream,
            subjects=() if subject is None else (subject,),
            private=self.database.sees_private,
            hidden=self.hidden,
        )

    def _target(self, event_id: str) -> Target | None:
        with self.database.reading() as connection:
            return append.find_target(connection, event_id)


def _expect(connection: Connection, conditions: Iterable[Condition]) -> None:
    for condition in conditions:
        condition.expect(connection)


def _unasked() -> None:
    """Allow an append that stands under no condition."""

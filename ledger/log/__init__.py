"""The log: append, read. The only code that touches the log's tables.

`Log` is one database's log; the modules beside it hold one verb each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from ledger.errors import UnknownEvent
from ledger.events import Event
from ledger.log import append, read
from ledger.log.database import Database
from ledger.log.directives import Target
from ledger.log.recorded import (
    ANY_VERSION,
    NO_STREAM,
    ExpectedVersion,
    Head,
    NewEvent,
    Receipt,
    RecordedEvent,
)
from ledger.times import Clock, system_clock

__all__ = [
    "ANY_VERSION",
    "NO_STREAM",
    "Database",
    "ExpectedVersion",
    "Head",
    "Log",
    "NewEvent",
    "Receipt",
    "RecordedEvent",
]


class Log:
    """The events of one database, in the order in which they were recorded."""

    def __init__(self, database: Database, *, clock: Clock = system_clock) -> None:
        self.database = database
        self._clock = clock

    def append(
        self,
        events: Iterable[Event | NewEvent],
        *,
        actor: str,
        expected_version: ExpectedVersion = ANY_VERSION,
        rehearse: bool = False,
    ) -> list[Receipt]:
        """Append a batch, whole or not at all, and return a receipt for each event, in order.

        An event whose id is there already with the same content is not appended again: its first
        receipt is returned. `expected_version` is what the writer believes of the streams that the
        batch writes to. With `rehearse` all is done and taken back: the receipts say what would be.

        Raises `EventIdTaken`, `WrongExpectedVersion`, `UnknownTarget`, `WrongTarget`,
        `OutsideDomain` or `TooLarge`; then nothing was appended.
        """
        prepared = append.prepare(
            (e if isinstance(e, NewEvent) else NewEvent(e) for e in events), self._target
        )
        if not prepared:
            return []
        with self.database.writing(keep=not rehearse) as connection:
            return append.write(
                connection, prepared, actor=actor, expected=expected_version, clock=self._clock
            )

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
    ) -> Iterator[RecordedEvent]:
        """Yield recorded events in order, in bounded memory.

        `after` and `until` are positions (`after < position <= until`); `types` stored names;
        `subject` is of the form `party:pk`.
        """
        query = read.selection(types=types, stream=stream, subject=subject)
        return read.pages(self.database, query, after=after, until=until)

    def event(self, name: int | str) -> RecordedEvent:
        """Return one event, by position or by event id; `UnknownEvent` if there is none."""
        with self.database.reading() as connection:
            found = read.one(connection, name)
        if found is None:
            raise UnknownEvent(name)
        return found

    def position_at(self, moment: datetime) -> int:
        """Return the last position recorded at or before a moment; 0 if none was."""
        with self.database.reading() as connection:
            return read.position_at(connection, moment)

    def _target(self, event_id: str) -> Target | None:
        with self.database.reading() as connection:
            return append.find_target(connection, event_id)

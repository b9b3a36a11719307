"""Place: stored events put at the end of a log as they are, and the log is the same log.

Same positions, times, salts and hashes, so the same root. All of it is one transaction: a log that
is half moved, or that somebody else appended to meanwhile, would be another log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from ledger.errors import AlreadyThere
from ledger.log.audit import Audit, targets
from ledger.log.database import Database
from ledger.log.manners import Rows, Writer
from ledger.log.read import PAGE
from ledger.log.recorded import Head
from ledger.log.stored import COLUMNS, Snapshot, StoredEvent
from ledger.mismatch import AlteredLog, Mismatch, MisplacedEvent, OtherLog
from ledger.schema.tables import log_events

_BYTES: Final = 16 << 20
"""How many bytes of bodies and private parts are in memory at once, and those of one event."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a log that was placed."""

    head: Head
    """Where the log ends now."""
    new: int
    """How many of the events were not there before."""
    erased: int
    """How many of the new events erase a private part."""


def place(
    database: Database,
    events: Iterable[StoredEvent],
    *,
    anew: bool = False,
    check: Callable[[Snapshot], None] | None = None,
) -> Placed:
    """Put a log's events, from its first, into a log: all that are not there yet, or nothing.

    Those that are there must be the same. An erasure that is placed erases here too. `anew` says
    that none may be there; `check` sees the log before it is committed, and may raise.

    Raises `MisplacedEvent` for what is not as it was recorded, `OtherLog` where the log has another
    event in its place, `AlreadyThere` where none may be; then nothing was written.
    """
    with database.appending() as (connection, writer):
        size = writer.look((), ()).size
        if anew and size:
            events_there = "1 event" if size == 1 else f"{size:,} events"
            raise AlreadyThere(database.address, f"there is a ledger of {events_there}")
        here = Snapshot(database, connection)
        placing = _Placing(here, writer)
        for chunk in _chunks(events, until=size):
            placing.add(chunk)
        placing.finish()
        now = Snapshot(database, connection)
        if check is not None:
            check(now)
        placed = Placed(now.head, now.head.size - size, placing.erased)
    if placed.erased:
        database.leave_no_trace()
    return placed


def _chunks(events: Iterable[StoredEvent], *, until: int) -> Iterator[list[StoredEvent]]:
    """Cut events into what is dealt with at once; one cut falls after position `until`."""
    chunk: list[StoredEvent] = []
    held = 0
    for event in events:
        chunk.append(event)
        held += len(event.body) + len(event.private or "")
        if len(chunk) == PAGE or held > _BYTES or event.position == until:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


class _Placing:
    """A log that events are being put into."""

    def __init__(self, here: Snapshot, writer: Writer) -> None:
        self.erased = 0
        self._here = here
        self._writer = writer
        self._audit = Audit()

    def add(self, chunk: Sequence[StoredEvent]) -> None:
        """Put the next events where they belong, or see that they are there."""
        _expect_none(self._audit.look(chunk, self._here.said))
        if chunk[-1].position <= self._here.head.size:
            self._compare(chunk)
        else:
            self._write(chunk)

    def finish(self) -> None:
        """See that nothing is lacking, now that all events are there."""
        _expect_none(self._audit.finish())

    def _compare(self, chunk: Sequence[StoredEvent]) -> None:
        """See that the log has these same events."""
        e, here = log_events.c, self._here
        query = select(e.position, e.leaf_hash).where(
            e.position.between(chunk[0].position, chunk[-1].position)
        )
        recorded: dict[int, bytes] = dict(here.connection.execute(query).all())
        for event in chunk:
            leaf = recorded.get(event.position)
            if leaf != event.leaf_hash:
                expected, found = event.leaf_hash.hex(), leaf.hex() if leaf else "none"
                raise OtherLog(here.address, event.position, expected=expected, found=found)
        tree = self._audit.frontier
        if tree.size == here.head.size and tree.root != here.head.root:
            wrong = Mismatch(None, "root", tree.root.hex(), here.head.root.hex())
            raise AlteredLog(here.address, [wrong])

    def _write(self, chunk: Sequence[StoredEvent]) -> None:
        """Write these events, which the log does not have."""
        ids = [event.event_id for event in chunk]
        streams = list({event.stream for event in chunk})
        found = self._writer.look(ids, streams)
        taken = {row[1] for row in found.recorded}
        versions = Counter(found.versions)
        for event in chunk:
            if event.event_id in taken:
                again = f"{event.event_id} again"
                _expect_none([Mismatch(event.position, "event_id", "a new id", again)])
            taken.add(event.event_id)
            versions[event.stream] += 1
            if event.version != (next_one := versions[event.stream]):
                _expect_none(
                    [Mismatch(event.position, "version", str(next_one), str(event.version))]
                )
        erased = targets(chunk)
        tree = self._audit.frontier
        self._writer.write(
            Rows(
                events=[event[:COLUMNS] for event in chunk],
                private=[
                    (event.position, event.private_salt, event.private)
                    for event in chunk
                    if event.private is not None
                ],
                subjects=[(name, event.position) for event in chunk for name in event.subjects],
                nodes=self._audit.completed,
                head=(tree.size, tree.root, tree.to_bytes(), chunk[-1].recorded_at),
                erased=erased,
            )
        )
        self.erased += len(erased)


def _expect_none(mismatches: Sequence[Mismatch]) -> None:
    if mismatches:
        raise MisplacedEvent(mismatches[0])

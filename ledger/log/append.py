"""Append: a batch, all of it or nothing, in places without gaps.

Everything that can be done before the head is locked is done before: validating, canonicalising,
salting and hashing, finding the targets of directives. Under the lock the batch is compared with
what is there, numbered, inserted set-wise, and the head moved.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import urandom

import orjson
from sqlalchemy import Connection, select

from ledger.codec.stored import ERASED, Encoded, decode, encode, header
from ledger.errors import (
    AmbiguousExpectation,
    EventIdTaken,
    Interrupted,
    InvalidEventId,
    LedgerError,
    UnknownEventType,
    UnreadableEvent,
    WrongExpectedVersion,
)
from ledger.events import Directive, Event, PersonalDataErased
from ledger.events.base import is_event_id
from ledger.integrity import HASH_SIZE, Frontier, leaf_hash, salted_hash
from ledger.log.directives import DIRECTIVES, Lookup, Target, aim, subjects
from ledger.log.manners import Rows, Values, Writer
from ledger.log.recorded import ExpectedVersion, NewEvent, Receipt
from ledger.schema.tables import log_events, log_subjects
from ledger.times import Clock, timestamp


@dataclass(slots=True)
class Prepared:
    """An event ready to be given a place."""

    event_id: str
    causation: str | None
    encoded: Encoded
    stream: str
    subjects: tuple[str, ...]
    names: str | None
    """The event that a directive names."""
    erases: bool
    body_salt: bytes
    private_salt: bytes
    body_hash: bytes
    private_hash: bytes | None


def with_ids(events: Iterable[Event | NewEvent]) -> list[NewEvent]:
    """Return a batch in which each event has an id, drawn where it had none."""
    return [event if isinstance(event, NewEvent) else NewEvent(event) for event in events]


@contextmanager
def carrying(batch: Sequence[NewEvent]) -> Generator[None]:
    """Hand the batch, with its ids, to whoever is told that its answer was lost."""
    try:
        yield
    except Interrupted as error:
        error.events = tuple(batch)
        raise


def prepare(events: Iterable[NewEvent], lookup: Lookup) -> list[Prepared]:
    """Encode and hash a batch; directives find their targets in the log or earlier in it."""
    batch: dict[str, Prepared] = {}
    prepared: list[Prepared] = []

    def look(event_id: str) -> Target | None:
        found = batch.get(event_id)
        return target_of(found) if found is not None else lookup(event_id)

    given = list(events)
    salts = _salts(2 * len(given))
    for new in given:
        try:
            ready = _prepare(new, look, next(salts), next(salts))
            earlier = batch.setdefault(new.event_id, ready)
            if earlier is not ready and not _same(earlier.encoded, ready.encoded):
                raise EventIdTaken(new.event_id, type_name=ready.encoded.type, position=None)
        except LedgerError as error:
            error.event_id = new.event_id
            raise
        prepared.append(ready)
    return prepared


def _prepare(new: NewEvent, lookup: Lookup, body_salt: bytes, private_salt: bytes) -> Prepared:
    if not is_event_id(new.event_id):
        raise InvalidEventId(new.event_id)
    event = new.event
    if isinstance(event, Directive):
        event, about = aim(event, lookup)
        encoded = encode(event)
        stream, names = about.stream, event.target
        spoken_of = subjects(event, encoded.subjects, about)
    else:
        encoded = encode(event)
        stream, names = encoded.stream or "", None
        spoken_of = encoded.subjects
    private = encoded.private
    return Prepared(
        event_id=new.event_id,
        causation=new.causation,
        encoded=encoded,
        stream=stream,
        subjects=spoken_of,
        names=names,
        erases=isinstance(event, PersonalDataErased),
        body_salt=body_salt,
        private_salt=private_salt,
        body_hash=salted_hash(body_salt, encoded.body),
        private_hash=salted_hash(private_salt, private) if private is not None else None,
    )


def _salts(number: int) -> Iterator[bytes]:
    """Draw random salts, all at once: each draw is a call of the system."""
    drawn = urandom(number * HASH_SIZE)
    return (drawn[at : at + HASH_SIZE] for at in range(0, len(drawn), HASH_SIZE))


def target_of(prepared: Prepared) -> Target:
    """Return an event of the same batch as something that a directive can name."""
    return Target(
        prepared.event_id,
        prepared.encoded.type,
        prepared.stream,
        prepared.subjects,
        prepared.names,
    )


def write(
    writer: Writer,
    batch: Sequence[Prepared],
    *,
    actor: str,
    expected: ExpectedVersion,
    allowed: Callable[[], None],
    clock: Clock,
) -> list[Receipt]:
    """Give a prepared batch its places; the caller's transaction ends what is begun here.

    `allowed` raises `ConditionFailed` if something came in between; it is asked once the head is
    held, and only if there is something to append. Raises `EventIdTaken` and
    `WrongExpectedVersion`; then nothing was written.
    """
    given = {prepared.event_id: prepared for prepared in batch}
    streams = {prepared.stream for prepared in batch}
    if isinstance(expected, Mapping):
        streams |= expected.keys()
    found = writer.look(list(given), list(streams))
    receipts = _already_there(given, found.recorded)
    fresh = [prepared for prepared in given.values() if prepared.event_id not in receipts]
    if fresh:
        versions = {**dict.fromkeys(streams, 0), **found.versions}
        for stream, version in _expectation(expected, {p.stream for p in fresh}).items():
            if versions[stream] != version:
                raise WrongExpectedVersion(stream, expected=version, found=versions[stream])
        allowed()
        recorded_at = max(timestamp(clock()), found.last_recorded_at or "")
        gathered = _Gathered(found.size + 1, recorded_at, actor)
        for prepared in fresh:
            versions[prepared.stream] += 1
            receipts[prepared.event_id] = gathered.add(prepared, versions[prepared.stream])
        writer.write(gathered.rows(Frontier.from_bytes(found.size, found.frontier)))
    return [receipts[prepared.event_id] for prepared in batch]


class _Gathered:
    """A batch with its places: the rows that are to be written."""

    def __init__(self, first: int, recorded_at: str, actor: str) -> None:
        self._first = first
        self._recorded_at = recorded_at
        self._actor = actor
        self._rows = Rows()
        self._leaves: list[bytes] = []
        self._erased: list[str] = []

    def add(self, prepared: Prepared, version: int) -> Receipt:
        position = self._first + len(self._leaves)
        encoded = prepared.encoded
        leaf = leaf_hash(
            header(
                position=position,
                batch=self._first,
                event_id=prepared.event_id,
                stream=prepared.stream,
                version=version,
                type_name=encoded.type,
                schema_version=encoded.schema_version,
                recorded_at=self._recorded_at,
                valid=encoded.valid,
                actor=self._actor,
                causation=prepared.causation,
                body_hash=prepared.body_hash,
                private_hash=prepared.private_hash,
            )
        )
        self._leaves.append(leaf)
        # In the order of the columns of `log_events`.
        self._rows.events.append(
            (
                position,
                self._first,
                prepared.event_id,
                prepared.stream,
                version,
                encoded.type,
                encoded.schema_version,
                self._recorded_at,
                encoded.valid,
                self._actor,
                prepared.causation,
                encoded.body.decode(),
                prepared.body_salt,
                prepared.body_hash,
                prepared.private_hash,
                leaf,
            )
        )
        if encoded.private is not None:
            private = (position, prepared.private_salt, encoded.private.decode())
            self._rows.private.append(private)
        self._rows.subjects.extend([(subject, position) for subject in prepared.subjects])
        if prepared.erases and prepared.names is not None:
            self._erased.append(prepared.names)
        return Receipt(
            position, prepared.event_id, prepared.stream, version, self._recorded_at, appended=True
        )

    def rows(self, before: Frontier) -> Rows:
        """Return all rows, and the head that they lead to from where the log ended."""
        after, self._rows.nodes = before.extend(self._leaves)
        self._rows.head = (after.size, after.root, after.to_bytes(), self._recorded_at)
        self._rows.erased = self._erased
        return self._rows


def _already_there(given: Mapping[str, Prepared], recorded: Iterable[Values]) -> dict[str, Receipt]:
    """Return the receipts of what was recorded before; `EventIdTaken` for other content."""
    receipts: dict[str, Receipt] = {}
    for position, event_id, stream, version, at, type_name, body, private_hash, private in recorded:
        encoded = given[event_id].encoded
        gone = private_hash is not None and private is None
        same = (
            type_name == encoded.type
            and body == encoded.body.decode()
            and (gone or (private or "") == (encoded.private or b"").decode())
        )
        if not same:
            raise EventIdTaken(event_id, type_name=type_name, position=position)
        receipts[event_id] = Receipt(position, event_id, stream, version, at, appended=False)
    return receipts


def _expectation(expected: ExpectedVersion, streams: set[str]) -> Mapping[str, int]:
    """Return the version that the writer expects, by stream."""
    if expected is None:
        return {}
    if not isinstance(expected, int):
        return expected
    if len(streams) != 1:
        raise AmbiguousExpectation(sorted(streams))
    return dict.fromkeys(streams, expected)


def _same(one: Encoded, other: Encoded) -> bool:
    return (one.type, one.body, one.private) == (other.type, other.body, other.private)


def find_target(connection: Connection, event_id: str) -> Target | None:
    """Find a recorded event as something that a directive can name."""
    e = log_events.c
    row = connection.execute(
        select(e.position, e.type, e.schema_version, e.stream, e.body).where(e.event_id == event_id)
    ).one_or_none()
    if row is None:
        return None
    names: str | None = None
    if row.type in DIRECTIVES:
        names = orjson.loads(row.body)["target"]
    spoken_of = _spoken_of(connection, row.type, row.schema_version, row.body)
    if spoken_of is None:
        # The index is in the order of subjects, so this reads all of it.
        indexed = select(log_subjects.c.subject).where(log_subjects.c.position == row.position)
        spoken_of = tuple(connection.scalars(indexed))
    return Target(event_id, row.type, row.stream, spoken_of, names)


def _spoken_of(
    connection: Connection, type_name: str, schema_version: int, body: str
) -> tuple[str, ...] | None:
    """Return what an event was indexed under; None where this program no longer writes such."""
    try:
        event = decode(type_name, schema_version, body.encode(), None, missing=ERASED)
    except (UnknownEventType, UnreadableEvent):
        return None
    encoded = encode(event)
    if encoded.schema_version != schema_version:
        return None
    if not isinstance(event, Directive):
        return encoded.subjects
    target = find_target(connection, event.target)
    return None if target is None else subjects(event, encoded.subjects, target)

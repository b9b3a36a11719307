"""Append: a batch, all of it or nothing, in places without gaps.

Everything that can be done before the head is locked is done before: validating, canonicalising,
salting and hashing, finding the targets of directives. Under the lock the batch is compared with
what is there, numbered, inserted set-wise, and the head moved.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, func, select, update

from ledger.codec.stored import Encoded, encode, header
from ledger.errors import (
    AmbiguousExpectation,
    EventIdTaken,
    InvalidEventId,
    LedgerError,
    WrongExpectedVersion,
)
from ledger.events import Directive, PersonalDataErased
from ledger.events.base import is_event_id
from ledger.integrity import Frontier, leaf_hash, salted_hash
from ledger.log.directives import DIRECTIVES, Lookup, Target, aim, subjects
from ledger.log.recorded import ExpectedVersion, NewEvent, Receipt
from ledger.schema.tables import log_events, log_head, log_nodes, log_private, log_subjects
from ledger.times import Clock, timestamp

_SALT_BYTES = 32
_CHUNK = 500


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


def prepare(events: Iterable[NewEvent], lookup: Lookup) -> list[Prepared]:
    """Encode and hash a batch; directives find their targets in the log or earlier in it."""
    batch: dict[str, Prepared] = {}
    prepared: list[Prepared] = []

    def look(event_id: str) -> Target | None:
        found = batch.get(event_id)
        return target_of(found) if found is not None else lookup(event_id)

    for new in events:
        try:
            ready = _prepare(new, look)
            earlier = batch.setdefault(new.event_id, ready)
            if earlier is not ready and not _same(earlier.encoded, ready.encoded):
                raise EventIdTaken(new.event_id, type_name=ready.encoded.type, position=None)
        except LedgerError as error:
            error.event_id = new.event_id
            raise
        prepared.append(ready)
    return prepared


def _prepare(new: NewEvent, lookup: Lookup) -> Prepared:
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
    body_salt, private_salt = _salt(), _salt()
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
    connection: Connection,
    batch: Sequence[Prepared],
    *,
    actor: str,
    expected: ExpectedVersion,
    clock: Clock,
) -> list[Receipt]:
    """Give a prepared batch its places; the caller's transaction holds the right to write.

    Raises `EventIdTaken` and `WrongExpectedVersion`; then nothing was written.
    """
    head = connection.execute(select(log_head).with_for_update()).one()
    receipts = _already_there(connection, batch)
    fresh: dict[str, Prepared] = {}
    for prepared in batch:
        if prepared.event_id not in receipts:
            fresh.setdefault(prepared.event_id, prepared)
    if fresh:
        streams = {prepared.stream for prepared in fresh.values()}
        expectation = _expectation(expected, streams)
        versions = _versions(connection, streams | expectation.keys())
        for stream, version in expectation.items():
            if versions[stream] != version:
                raise WrongExpectedVersion(stream, expected=version, found=versions[stream])
        recorded_at = max(timestamp(clock()), head.last_recorded_at or "")
        rows = _Rows(head.size + 1, recorded_at, actor)
        for prepared in fresh.values():
            versions[prepared.stream] += 1
            receipts[prepared.event_id] = rows.add(prepared, versions[prepared.stream])
        rows.insert(connection)
        _move_head(connection, head, rows)
        _erase(connection, [p for p in fresh.values() if p.erases])
    return [receipts[prepared.event_id] for prepared in batch]


class _Rows:
    """The rows of a batch, gathered, to be inserted table by table."""

    def __init__(self, first: int, recorded_at: str, actor: str) -> None:
        self.first = first
        self.recorded_at = recorded_at
        self._actor = actor
        self._events: list[dict[str, Any]] = []
        self._private: list[dict[str, Any]] = []
        self._subjects: list[dict[str, Any]] = []
        self.leaves: list[bytes] = []

    def add(self, prepared: Prepared, version: int) -> Receipt:
        position = self.first + len(self._events)
        encoded = prepared.encoded
        leaf = leaf_hash(
            header(
                position=position,
                batch=self.first,
                event_id=prepared.event_id,
                stream=prepared.stream,
                version=version,
                type_name=encoded.type,
                schema_version=encoded.schema_version,
                recorded_at=self.recorded_at,
                valid=encoded.valid,
                actor=self._actor,
                causation=prepared.causation,
                body_hash=prepared.body_hash,
                private_hash=prepared.private_hash,
            )
        )
        self.leaves.append(leaf)
        self._events.append(
            {
                "position": position,
                "batch": self.first,
                "event_id": prepared.event_id,
                "stream": prepared.stream,
                "version": version,
                "type": encoded.type,
                "schema_version": encoded.schema_version,
                "recorded_at": self.recorded_at,
                "valid": encoded.valid,
                "actor": self._actor,
                "causation": prepared.causation,
                "body": encoded.body.decode(),
                "body_salt": prepared.body_salt,
                "body_hash": prepared.body_hash,
                "private_hash": prepared.private_hash,
                "leaf_hash": leaf,
            }
        )
        if encoded.private is not None:
            self._private.append(
                {
                    "position": position,
                    "salt": prepared.private_salt,
                    "body": encoded.private.decode(),
                }
            )
        self._subjects.extend({"subject": s, "position": position} for s in prepared.subjects)
        return Receipt(
            position, prepared.event_id, prepared.stream, version, self.recorded_at, appended=True
        )

    def insert(self, connection: Connection) -> None:
        connection.execute(log_events.insert(), self._events)
        if self._private:
            connection.execute(log_private.insert(), self._private)
        if self._subjects:
            connection.execute(log_subjects.insert(), self._subjects)


def _move_head(connection: Connection, head: Any, rows: _Rows) -> None:
    frontier, nodes = Frontier.from_bytes(head.size, head.frontier).extend(rows.leaves)
    if nodes:
        connection.execute(log_nodes.insert(), [node._asdict() for node in nodes])
    connection.execute(
        update(log_head).values(
            size=frontier.size,
            root=frontier.root,
            frontier=frontier.to_bytes(),
            last_recorded_at=rows.recorded_at,
        )
    )


def _erase(connection: Connection, erasures: Sequence[Prepared]) -> None:
    """Remove the private parts that erasures name, in the transaction that records them."""
    if erasures:
        named = select(log_events.c.position).where(log_events.c.event_id == bindparam("target"))
        connection.execute(
            log_private.delete().where(log_private.c.position == named.scalar_subquery()),
            [{"target": erasure.names} for erasure in erasures],
        )


def _already_there(connection: Connection, batch: Sequence[Prepared]) -> dict[str, Receipt]:
    """Return the receipts of what was recorded before; `EventIdTaken` for other content."""
    receipts: dict[str, Receipt] = {}
    given = {prepared.event_id: prepared for prepared in batch}
    ids = list(given)
    e, p = log_events.c, log_private.c
    columns = (e.position, e.event_id, e.stream, e.version, e.recorded_at, e.type, e.schema_version)
    stored = (
        select(*columns, e.body, e.private_hash, p.body.label("private"))
        .select_from(log_events.outerjoin(log_private))
        .where(e.event_id.in_(bindparam("ids", expanding=True)))
    )
    for start in range(0, len(ids), _CHUNK):
        for row in connection.execute(stored, {"ids": ids[start : start + _CHUNK]}):
            encoded = given[row.event_id].encoded
            gone = row.private_hash is not None and row.private is None
            same = (
                row.type == encoded.type
                and row.body == encoded.body.decode()
                and (gone or (row.private or "") == (encoded.private or b"").decode())
            )
            if not same:
                raise EventIdTaken(row.event_id, type_name=row.type, position=row.position)
            receipts[row.event_id] = Receipt(
                row.position, row.event_id, row.stream, row.version, row.recorded_at, appended=False
            )
    return receipts


def _versions(connection: Connection, streams: set[str]) -> dict[str, int]:
    """Return the version at which each stream stands; 0 for one that does not exist."""
    e = log_events.c
    found = dict.fromkeys(sorted(streams), 0)
    names = list(found)
    for start in range(0, len(names), _CHUNK):
        query = (
            select(e.stream, func.max(e.version))
            .where(e.stream.in_(names[start : start + _CHUNK]))
            .group_by(e.stream)
        )
        found.update((stream, version) for stream, version in connection.execute(query))
    return found


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


def _salt() -> bytes:
    return secrets.token_bytes(_SALT_BYTES)


def find_target(connection: Connection, event_id: str) -> Target | None:
    """Find a recorded event as something that a directive can name."""
    e = log_events.c
    row = connection.execute(
        select(e.position, e.type, e.stream, e.body).where(e.event_id == event_id)
    ).one_or_none()
    if row is None:
        return None
    spoken_of = connection.scalars(
        select(log_subjects.c.subject).where(log_subjects.c.position == row.position)
    ).all()
    names: Any = None
    if row.type in DIRECTIVES:
        names = orjson.loads(row.body)["target"]
    return Target(event_id, row.type, row.stream, tuple(spoken_of), names)

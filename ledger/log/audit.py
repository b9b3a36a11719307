"""Audit: a log followed from its first event, and all that is not as it was recorded.

Everything is computed again from the bytes: hashes, the tree over them, what events speak of. Two
things the bytes cannot show, and whoever audits asks the database for them: that the versions of a
stream have no gap, and that what was erased is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import orjson

from ledger.codec.declare import declaration
from ledger.codec.meaning import Meaning, subjects_in
from ledger.codec.stored import header
from ledger.errors import OutsideDomain, UnknownEventType
from ledger.events.base import is_event_id
from ledger.integrity import HASH_SIZE, Frontier, Node, leaf_hash, salted_hash
from ledger.log.directives import DIRECTIVES, ERASED
from ledger.log.stored import Said, StoredEvent
from ledger.mismatch import Mismatch

Find: TypeAlias = Callable[[Collection[str]], Mapping[str, Said]]
"""Finds what events say, by event id, that were looked at before."""

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Audit:
    """Looks at the events of a log, in order and from the first, some at a time."""

    def __init__(self) -> None:
        self.frontier = Frontier.empty()
        """The tree over all events that were looked at."""
        self.completed: list[Node] = []
        """The nodes that the events of the last look completed."""
        self.recorded_at: str | None = None
        """When the newest batch was recorded."""
        self._position = 0
        self._batch: int = 0
        self._lacking: dict[str, int] = {}

    def look(self, events: Sequence[StoredEvent], find: Find) -> list[Mismatch]:
        """Look at the next events, and return what is not as it was recorded."""
        found: list[Mismatch] = []
        leaves: list[bytes] = []
        for event in events:
            found.extend(self._place(event))
            found.extend(_hashes(event))
            # One of another length is a mismatch already, and no tree could have it.
            leaves.append(event.leaf_hash.ljust(HASH_SIZE, b"\0")[:HASH_SIZE])
            if event.private_hash is not None and event.private is None:
                self._lacking[event.event_id] = event.position
        for target in targets(events):
            self._lacking.pop(target, None)
        found.extend(_subjects(events, find))
        self.frontier, self.completed = self.frontier.extend(leaves)
        return found

    def finish(self) -> list[Mismatch]:
        """Return what events lack, now that no more will come that could say why."""
        return [
            Mismatch(position, "private", "what private_hash is of, or an erasure", "nothing")
            for position in self._lacking.values()
        ]

    def _place(self, event: StoredEvent) -> Iterator[Mismatch]:
        """Compare where and when an event stands with the one before it."""
        position, batch, at = event.position, event.batch, event.recorded_at
        if position != self._position + 1:
            yield Mismatch(position, "position", str(self._position + 1), str(position))
        if batch not in (self._batch, position) or not batch:
            yield Mismatch(position, "batch", f"{self._batch} or {position}", str(batch))
        before = self.recorded_at or ""
        if _MOMENT.fullmatch(at) is None:
            yield Mismatch(position, "recorded_at", "a moment in UTC", repr(at[:40]))
        elif at < before or (batch == self._batch and at != before):
            yield Mismatch(position, "recorded_at", f"{before}, as before, or later", at)
        if not is_event_id(event.event_id):
            yield Mismatch(position, "event_id", "a UUID in lower case", repr(event.event_id[:40]))
        self._position, self._batch, self.recorded_at = position, batch, at


def targets(events: Iterable[StoredEvent]) -> list[str]:
    """Return the events whose private parts are erased by some of these."""
    return [_target(event.body) for event in events if event.type == ERASED]


def _hashes(event: StoredEvent) -> Iterator[Mismatch]:
    """Compute an event's hashes again, from the parts up to its leaf in the tree."""
    position = event.position
    try:
        computed = salted_hash(event.body_salt, event.body.encode())
        if computed != event.body_hash:
            yield _of_bytes(position, "body_hash", computed, event.body_hash)
        if event.private is not None and event.private_salt is not None:
            computed = salted_hash(event.private_salt, event.private.encode())
            if computed != event.private_hash:
                yield _of_bytes(position, "private_hash", computed, event.private_hash)
        computed = leaf_hash(
            header(
                position=position,
                batch=event.batch,
                event_id=event.event_id,
                stream=event.stream,
                version=event.version,
                type_name=event.type,
                schema_version=event.schema_version,
                recorded_at=event.recorded_at,
                valid=event.valid,
                actor=event.actor,
                causation=event.causation,
                body_hash=event.body_hash,
                private_hash=event.private_hash,
            )
        )
        if computed != event.leaf_hash:
            yield _of_bytes(position, "leaf_hash", computed, event.leaf_hash)
    except OutsideDomain as error:
        yield Mismatch(position, error.path.lstrip("/"), "what a header can hold", error.reason)
    except (ValueError, AttributeError, TypeError) as error:
        yield Mismatch(position, "header", "what can be hashed", str(error))


def _of_bytes(position: int, field: str, expected: bytes, found: bytes | None) -> Mismatch:
    return Mismatch(position, field, expected.hex(), found.hex() if found else "nothing")


# ------------------------------------------------------------------------------------ subjects


def _subjects(events: Sequence[StoredEvent], find: Find) -> Iterator[Mismatch]:
    """Find out again what events speak of. Hashes do not hold it, and directives live by it."""
    # Of two events with one id, which is refused elsewhere, the first is meant.
    said = {e.event_id: _said(e) for e in reversed(events)}
    asked = {_target(one.body) for one in said.values() if one.type in DIRECTIVES} - said.keys()
    known = dict(said)
    while asked:
        more = find(asked)
        known.update(more)
        named = {_target(one.body) for one in more.values() if one.type in DIRECTIVES}
        asked = named - known.keys()
    for event in events:
        expected = _spoken_of(_said(event), known)
        if isinstance(expected, str):
            yield Mismatch(event.position, "target", "an earlier event", expected or "none")
        elif expected is not None and event.subjects != (wanted := tuple(sorted(expected))):
            missing = " ".join(s for s in wanted if s not in event.subjects)
            added = " ".join(s for s in event.subjects if s not in expected)
            yield Mismatch(
                event.position, "subjects", missing or "no more", added or "fewer, or not in order"
            )


def _said(event: StoredEvent) -> Said:
    return Said(event.position, event.type, event.schema_version, event.body)


def _spoken_of(said: Said, known: Mapping[str, Said]) -> set[str] | str | None:
    """Return what an event speaks of: itself, and through the events that it names.

    None where this program cannot tell, for a type or a version of it that it does not know well; a
    text where a directive names no earlier event: the id that it names.
    """
    found: set[str] = set()
    erases = False
    while True:
        try:
            own = _own(said.type, said.schema_version, orjson.loads(said.body))
        except (UnknownEventType, ValueError, TypeError, LookupError, AttributeError):
            return None
        if own is None:
            return None
        found |= {subject for subject in own if not (erases and subject.startswith("event:"))}
        if said.type not in DIRECTIVES:
            return found
        erases = erases or said.type == ERASED
        named = _target(said.body)
        target = known.get(named)
        if target is None or target.position >= said.position:
            return named
        said = target


def _own(type_name: str, schema_version: int, data: Any) -> set[str] | None:
    declared = declaration(type_name)
    return _named(data, declared.meaning) if schema_version == declared.version else None


def _named(data: dict[str, Any], meaning: Meaning) -> set[str] | None:
    found = set(subjects_in(data, meaning))
    for name in meaning.events:
        if (held := data.get(name)) is not None:
            inner = _own(held["type"], held["schema_version"], held["event"])
            if inner is None:
                return None
            found |= inner
    return found


def _target(body: str) -> str:
    """Return the event that a directive's body names; "" where it names none."""
    try:
        named = cast(dict[str, Any], orjson.loads(body)).get("target")
    except (ValueError, AttributeError):
        return ""
    return named if isinstance(named, str) else ""

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
from ledger.codec.meaning import subjects_in
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
        self.misfits: list[StoredEvent] = []
        """The events whose leaves are not theirs."""
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
            self._place(event, found)
            if not _hashes(event, found):
                self.misfits.append(event)
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

    def _place(self, event: StoredEvent, found: list[Mismatch]) -> None:
        """Compare where and when an event stands with the one before it."""
        position, batch, at = event.position, event.batch, event.recorded_at
        before = self.recorded_at or ""

        def differs(field: str, expected: str, stored: str) -> None:
            found.append(Mismatch(position, field, expected, stored))

        if position != self._position + 1:
            differs("position", str(self._position + 1), str(position))
        if batch not in (self._batch, position) or not batch:
            differs("batch", f"{self._batch} or {position}", str(batch))
        if at != before:
            if _MOMENT.fullmatch(at) is None:
                differs("recorded_at", "a moment in UTC", repr(at[:40]))
            elif at < before or batch == self._batch:
                differs("recorded_at", f"{before}, as before, or later", at)
        if not is_event_id(event.event_id):
            differs("event_id", "a UUID in lower case", repr(event.event_id[:40]))
        self._position, self._batch, self.recorded_at = position, batch, at


def targets(events: Iterable[StoredEvent]) -> list[str]:
    """Return the events whose private parts are erased by some of these."""
    return [_target(event.body) for event in events if event.type == ERASED]


def _hashes(event: StoredEvent, found: list[Mismatch]) -> bool:
    """Compute an event's hashes again, from the parts up to its leaf in the tree.

    Returns False where the leaf is that of other columns.
    """
    position = event.position
    try:
        computed = salted_hash(event.body_salt, event.body.encode())
        if computed != event.body_hash:
            found.append(_of_bytes(position, "body_hash", computed, event.body_hash))
        if event.private is not None and event.private_salt is not None:
            computed = salted_hash(event.private_salt, event.private.encode())
            if computed != event.private_hash:
                found.append(_of_bytes(position, "private_hash", computed, event.private_hash))
        computed = leaf_hash(header_of(event))
        if computed != event.leaf_hash:
            found.append(_of_bytes(position, "leaf_hash", computed, event.leaf_hash))
            return False
    except OutsideDomain as error:
        path, wanted = error.path.lstrip("/"), "what a header can hold"
        found.append(Mismatch(position, path, wanted, error.reason))
    except (ValueError, AttributeError, TypeError) as error:
        found.append(Mismatch(position, "header", "what can be hashed", str(error)))
    return True


def header_of(event: StoredEvent, *, position: int | None = None) -> bytes:
    """Return an event's header, from its columns; the one it would have at another position."""
    return header(
        position=event.position if position is None else position,
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


def _of_bytes(position: int, field: str, expected: bytes, found: bytes | None) -> Mismatch:
    return Mismatch(position, field, expected.hex(), found.hex() if found else "nothing")


# ------------------------------------------------------------------------------------ subjects


def _subjects(events: Sequence[StoredEvent], find: Find) -> Iterator[Mismatch]:
    """Find out again what events speak of. Hashes do not hold it, and directives live by it."""
    known = _within_reach(events, find)
    for event in events:
        expected = _spoken_of(event, known)
        if isinstance(expected, str):
            yield Mismatch(event.position, "target", "an earlier event", expected or "none")
        elif expected is not None and event.subjects != (wanted := tuple(sorted(expected))):
            missing = " ".join(s for s in wanted if s not in event.subjects)
            added = " ".join(s for s in event.subjects if s not in expected)
            yield Mismatch(
                event.position, "subjects", missing or "no more", added or "fewer, or not in order"
            )


def _within_reach(events: Sequence[StoredEvent], find: Find) -> dict[str, Said]:
    """Return what the events say that some of these name, and those that they name."""
    asked = {_target(event.body) for event in events if event.type in DIRECTIVES}
    known: dict[str, Said] = {}
    if asked:
        # Of two events with one id, which is refused elsewhere, the first is meant.
        known = {event.event_id: _said(event) for event in reversed(events)}
        asked -= known.keys()
    while asked:
        more = find(asked)
        known.update(more)
        named = {_target(one.body) for one in more.values() if one.type in DIRECTIVES}
        asked = named - known.keys()
    return known


def _said(event: StoredEvent) -> Said:
    return Said(event.position, event.type, event.schema_version, event.body)


def _spoken_of(said: Said | StoredEvent, known: Mapping[str, Said]) -> set[str] | str | None:
    """Return what an event speaks of: itself, and through the events that it names.

    None where this program cannot tell, for a type or a version of it that it does not know well; a
    text where a directive names no earlier event: the id that it names.
    """
    found: set[str] = set()
    erases = False
    while True:
        own: set[str] = set()
        try:
            if not _gather(said.type, said.schema_version, orjson.loads(said.body), own):
                return None
        except (UnknownEventType, ValueError, TypeError, LookupError, AttributeError):
            return None
        if said.type not in DIRECTIVES:
            return found | own if found else own
        found |= {subject for subject in own if not (erases and subject.startswith("event:"))}
        erases = erases or said.type == ERASED
        named = _target(said.body)
        target = known.get(named)
        if target is None or target.position >= said.position:
            return named
        said = target


def _gather(type_name: str, schema_version: int, data: Any, found: set[str]) -> bool:
    """Add what an event's JSON names; False if it is not of the version that is known well."""
    declared = declaration(type_name)
    if schema_version != declared.version:
        return False
    found.update(subjects_in(data, declared.meaning))
    for name in declared.meaning.events:
        if (held := data.get(name)) is not None and not _gather(
            held["type"], held["schema_version"], held["event"], found
        ):
            return False
    return True


def _target(body: str) -> str:
    """Return the event that a directive's body names; "" where it names none."""
    try:
        named = cast(dict[str, Any], orjson.loads(body)).get("target")
    except (ValueError, AttributeError):
        return ""
    return named if isinstance(named, str) else ""

"""A page of events applied to one view: load the keys it touches, fold, write the difference.

Everything happens on the caller's connection, in one transaction with the view's progress, so each
event counts exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ledger.codec.declare import declaration_of
from ledger.errors import DamagedEvent
from ledger.events import PersonalDataErased
from ledger.log import read
from ledger.log.directives import DIRECTIVES
from ledger.log.recorded import RecordedEvent
from ledger.projection import Key
from ledger.replay.beliefs import Belief
from ledger.replay.keys import KeyState, RowVersion, keys_of
from ledger.replay.tables import ViewTables, inbox_key

T = TypeVar("T")
_CHUNK: Final = 250


class Poisoned(Exception):
    """An event that a projection could not take."""

    def __init__(self, event: RecordedEvent, error: Exception) -> None:
        self.event = event
        self.error = error
        super().__init__(str(error))


class Page:
    """Some events in order, all of them after what the view has applied."""

    def __init__(
        self, connection: Connection, tables: ViewTables, events: Sequence[RecordedEvent]
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._projection = tables.projection
        self._events = events
        self._handled = {declaration_of(kind).name for kind in tables.projection.handles}
        self._first = events[0].position if events else 0
        self._beliefs: dict[str, Belief] = {}
        """Root event id → the fact, as far as this page has gone."""
        self._roots: dict[str, RecordedEvent] = {}
        """Directive id → the root that it is about in the end."""
        self._states: dict[Key, KeyState] = {}
        self._arrived: dict[tuple[Key, int], None] = {}
        """Keys and roots that the inbox does not have yet."""

    def apply(self) -> None:
        """Apply the events and write what changed; `Poisoned` names an event that cannot be."""
        self._load(self._keys_ahead())
        for event in self._events:
            self._guarded(event, self._step)
        self._write()

    def _guarded(self, event: RecordedEvent, act: Callable[[RecordedEvent], T]) -> T:
        """Do something with an event; whatever goes wrong in it but the database is its fault."""
        try:
            return act(event)
        except SQLAlchemyError:
            raise
        except Exception as error:
            raise Poisoned(event, error) from error

    def _keys_ahead(self) -> Iterator[Key]:
        """Yield the keys of the page's facts, to be loaded at once, up to the first that fails."""
        for event in self._events:
            if event.type not in DIRECTIVES:
                try:
                    yield from self._keys_of_fact(event)
                except Exception:  # noqa: BLE001 - it fails again in its turn, and is named then
                    return

    def _keys_of_fact(self, fact: RecordedEvent) -> list[Key]:
        return list(keys_of(self._projection, [fact.event]))

    def _step(self, recorded: RecordedEvent) -> None:
        if recorded.type in DIRECTIVES:
            self._follow(recorded)
            return
        belief = self._beliefs.setdefault(recorded.event_id, Belief(recorded))
        keys = self._keys_of_fact(recorded)
        self._load(keys)
        for key in keys:
            self._touch(key, belief).refold(recorded.position)

    def _follow(self, recorded: RecordedEvent) -> None:
        """Apply a directive to every key that its fact bears on, bore on or will bear on."""
        root = self._root(recorded)
        if root.type not in self._handled:
            return
        belief = self._belief(root)
        belief.directives.append(recorded)
        keys = list(keys_of(self._projection, belief.contents()))
        self._load(keys)
        for key in keys:
            state = self._touch(key, belief)
            if isinstance(recorded.event, PersonalDataErased):
                state.rewrite()
            else:
                state.refold(recorded.position)

    def _touch(self, key: Key, belief: Belief) -> KeyState:
        state = self._states[key]
        if belief.root.event_id not in state.beliefs:
            state.beliefs[belief.root.event_id] = belief
            self._arrived[key, belief.root.position] = None
        return state

    def _root(self, directive: RecordedEvent) -> RecordedEvent:
        passed: list[str] = []
        recorded = directive
        while recorded.type in DIRECTIVES:
            passed.append(recorded.event_id)
            if (known := self._roots.get(recorded.event_id)) is not None:
                recorded = known
                break
            recorded = self._named(recorded)
        self._roots.update(dict.fromkeys(passed, recorded))
        return recorded

    def _named(self, directive: RecordedEvent) -> RecordedEvent:
        # Read from the body, for what it holds may be a type that only another view knows.
        found = read.one(self._connection, orjson.loads(directive.body)["target"])
        if found is None:
            raise DamagedEvent(
                directive.position, directive.type, "the event it names is not there"
            )
        return found

    def _belief(self, root: RecordedEvent) -> Belief:
        if root.event_id not in self._beliefs:
            self._believe([root])
        return self._beliefs[root.event_id]

    def _believe(self, roots: Iterable[RecordedEvent]) -> None:
        """Load the directives about some roots, from before this page."""
        fresh = {r.event_id: Belief(r) for r in roots if r.event_id not in self._beliefs}
        self._beliefs.update(fresh)
        for ids in _chunks(fresh):
            told = read.about(self._connection, ids, types=DIRECTIVES, before=self._first)
            for event_id, directive in told:
                fresh[event_id].directives.append(directive)

    def _load(self, keys: Iterable[Key]) -> None:
        """Load what is known of keys, as it was before this page."""
        new = [key for key in dict.fromkeys(keys) if key not in self._states]
        for key in new:
            self._states[key] = KeyState(self._tables, key)
        self._load_rows(new)
        self._load_facts(new)

    def _load_rows(self, keys: Sequence[Key]) -> None:
        table = self._tables.rows
        for some in _chunks(keys):
            query = select(table).where(self._tables.key.in_(some), table.c.known_to.is_(None))
            for stored in self._connection.execute(query).mappings():
                row = self._tables.load(dict(stored))
                version = RowVersion(row, stored["known_from"], stored["ordinal"], stored=True)
                self._states[self._tables.key_of(dict(stored))].open[row] = version

    def _load_facts(self, keys: Sequence[Key]) -> None:
        inbox = self._tables.inbox
        by_text = {inbox_key(key): key for key in keys}
        bearing: list[tuple[Key, int]] = []
        for some in _chunks(by_text):
            query = select(inbox.c.key, inbox.c.root).where(inbox.c.key.in_(some))
            bearing += [(by_text[text], root) for text, root in self._connection.execute(query)]
        positions = sorted({position for _, position in bearing})
        roots = {
            root.position: root
            for some in _chunks(positions)
            for root in read.at(self._connection, some)
        }
        self._believe(roots.values())
        for key, position in bearing:
            root = roots[position]
            self._states[key].beliefs[root.event_id] = self._beliefs[root.event_id]

    def _write(self) -> None:
        table, inbox = self._tables.rows, self._tables.inbox
        rewritten = [state.key for state in self._states.values() if state.rewritten]
        for some in _chunks(rewritten):
            self._connection.execute(delete(table).where(self._tables.key.in_(some)))
        changed = [version for state in self._states.values() for version in state.changed]
        closed = [self._place_of(version) for version in changed if version.stored]
        if closed:
            where = [table.c[n] == bindparam(f"at_{n}") for n in (*self._projection.row.key, *_AT)]
            self._connection.execute(
                update(table).where(*where).values(known_to=bindparam("closed_at")), closed
            )
        opened = [self._values_of(version) for version in changed if not version.stored]
        if opened:
            self._connection.execute(insert(table), opened)
        if self._arrived:
            arrived = [{"key": inbox_key(key), "root": root} for key, root in self._arrived]
            self._connection.execute(insert(inbox), arrived)

    def _place_of(self, version: RowVersion) -> dict[str, Any]:
        place = {f"at_{name}": getattr(version.row, name) for name in self._projection.row.key}
        return {
            **place,
            "at_known_from": version.known_from,
            "at_ordinal": version.ordinal,
            "closed_at": version.known_to,
        }

    def _values_of(self, version: RowVersion) -> dict[str, Any]:
        return {
            **version.values,
            "known_from": version.known_from,
            "known_to": version.known_to,
            "ordinal": version.ordinal,
        }


_AT: Final = ("known_from", "ordinal")


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut items so that no statement has more parameters than a database takes."""
    every = list(items)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]

"""A page of events applied to one view: load the keys it touches, fold, write the difference.

What is read and folded is written in one transaction with the view's progress, if that is where it
was, so each event counts exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from ledger.codec.declare import declaration_of
from ledger.errors import DamagedEvent
from ledger.log import read
from ledger.log.database import Database
from ledger.log.directives import DIRECTIVES, ERASED
from ledger.log.recorded import RecordedEvent
from ledger.projection import Key
from ledger.replay.beliefs import Belief
from ledger.replay.keys import KeyState, RowVersion, States, keys_of
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
        self,
        database: Database,
        connection: Connection,
        tables: ViewTables,
        events: Sequence[RecordedEvent],
        states: States,
        *,
        log: Connection,
        skips: Collection[int] = (),
    ) -> None:
        self._database = database
        self._connection = connection
        self._log = log
        self._tables = tables
        self._projection = tables.projection
        self._events = [event for event in events if event.position not in skips]
        self._states = states
        self._skips = skips
        self._handled = {declaration_of(kind).name for kind in tables.projection.handles}
        self._first = events[0].position if events else 0
        self._keys: dict[int, list[Key]] = {}
        """Position → the keys of a fact."""
        self._beliefs: dict[str, Belief] = {}
        """Root event id → the fact, as far as this page has gone."""
        self._roots: dict[str, RecordedEvent] = {}
        """Directive id → the root that it is about in the end."""
        self._touched: dict[Key, KeyState] = {}
        self._arrived: dict[tuple[Key, int], None] = {}
        """Keys and roots that the inbox does not have yet."""

    def fold(self) -> None:
        """Find out what the events change; `Poisoned` names an event that cannot be applied."""
        if any(event.type == ERASED for event in self._events):
            # What is kept may hold a text that is gone from the log.
            self._states.clear()
        self._load(self._keys_ahead())
        for event in self._events:
            self._guarded(event, self._step)

    def write(self, connection: Connection) -> None:
        """Write what changed."""
        self._write(connection)
        self._states.settle(self._touched)

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
        keys = self._keys.get(fact.position)
        if keys is None:
            keys = self._keys[fact.position] = list(keys_of(self._projection, [fact.event]))
        return keys

    def _step(self, recorded: RecordedEvent) -> None:
        if recorded.type in DIRECTIVES:
            self._follow(recorded)
            return
        keys = self._keys_of_fact(recorded)
        self._load(keys)
        belief = self._beliefs.get(recorded.event_id)
        if belief is None:
            belief = self._beliefs[recorded.event_id] = Belief(recorded)
        for key in keys:
            self._touch(key, belief).arrive(belief, recorded.position)

    def _follow(self, recorded: RecordedEvent) -> None:
        """Apply a directive to every key that its fact bears on, bore on or will bear on."""
        root = self._root(recorded)
        if root.type not in self._handled:
            return
        belief = self._belief(root)
        belief.add(recorded)
        keys = list(keys_of(self._projection, belief.contents()))
        self._load(keys)
        for key in keys:
            state = self._touch(key, belief)
            state.reconsider(belief, recorded.position)
            if recorded.type == ERASED:
                state.rewrite()

    def _touch(self, key: Key, belief: Belief) -> KeyState:
        state = self._touched[key] = self._states[key]
        if belief.root.event_id not in state.beliefs:
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
        found = read.one(self._log, orjson.loads(directive.body)["target"])
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
        fresh = {
            root.event_id: Belief(root, silent=root.position in self._skips)
            for root in roots
            if root.event_id not in self._beliefs
        }
        self._beliefs.update(fresh)
        for ids in _chunks(fresh):
            told = read.about(
                self._log,
                ids,
                types=DIRECTIVES,
                before=self._first,
                hidden=self._tables.hidden,
            )
            for event_id, directive in told:
                if directive.position not in self._skips:
                    fresh[event_id].add(directive)

    def _load(self, keys: Iterable[Key]) -> None:
        """Load what is known of keys, as it was before this page."""
        new = [key for key in dict.fromkeys(keys) if key not in self._states]
        for key in new:
            self._states[key] = KeyState(self._tables, key)
        facts = self._facts_of(new)
        rows = self._rows_of(list(facts))
        for key, beliefs in facts.items():
            self._states[key].load(beliefs, rows.get(key, ()))

    def _facts_of(self, keys: Sequence[Key]) -> dict[Key, list[Belief]]:
        """Return the facts that bear on keys; most keys of a page are new, and have none."""
        inbox = self._tables.inbox.c
        by_text = {inbox_key(key): key for key in keys}
        if not by_text:
            return {}
        query = select(inbox.key, inbox.root).where(self._database.among(inbox.key, by_text))
        bearing = [(by_text[text], root) for text, root in self._connection.execute(query)]
        positions = sorted({position for _, position in bearing})
        roots = {
            root.position: root for some in _chunks(positions) for root in read.at(self._log, some)
        }
        self._believe(roots.values())
        facts: dict[Key, list[Belief]] = {}
        for key, position in bearing:
            facts.setdefault(key, []).append(self._beliefs[roots[position].event_id])
        return facts

    def _rows_of(self, keys: Sequence[Key]) -> dict[Key, list[RowVersion]]:
        """Return the rows of keys that are known now."""
        table, width = self._tables.rows, len(self._projection.row.key)
        found: dict[Key, list[RowVersion]] = {}
        for some in _chunks(keys):
            query = select(table).where(self._tables.key.in_(some), table.c.known_to.is_(None))
            for *values, known_from, _known_to, ordinal in self._connection.execute(query):
                version = RowVersion(tuple(values), known_from, ordinal, stored=True)
                found.setdefault(tuple(values[:width]), []).append(version)
        return found

    def _write(self, connection: Connection) -> None:
        table, inbox = self._tables.rows, self._tables.inbox
        rewritten = [state.key for state in self._touched.values() if state.rewritten]
        for some in _chunks(rewritten):
            connection.execute(delete(table).where(self._tables.key.in_(some)))
        changed = [version for state in self._touched.values() for version in state.changed]
        closed = [self._place_of(version) for version in changed if version.stored]
        if closed:
            where = [table.c[n] == bindparam(f"at_{n}") for n in (*self._projection.row.key, *_AT)]
            connection.execute(
                update(table).where(*where).values(known_to=bindparam("closed_at")), closed
            )
        opened = [
            (*version.values, version.known_from, version.known_to, version.ordinal)
            for version in changed
            if not version.stored
        ]
        self._database.fill(connection, table, opened)
        arrived = [(inbox_key(key), root) for key, root in self._arrived]
        self._database.fill(connection, inbox, arrived)

    def _place_of(self, version: RowVersion) -> dict[str, Any]:
        key = zip(self._projection.row.key, version.values, strict=False)
        return {
            **{f"at_{name}": value for name, value in key},
            "at_known_from": version.known_from,
            "at_ordinal": version.ordinal,
            "closed_at": version.known_to,
        }


_AT: Final = ("known_from", "ordinal")


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut items so that no statement has more parameters than a database takes."""
    every = list(items)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]

"""One key's rows, as events arrive: folded, compared, versions opened and closed.

A fact that falls after all that are known of its key takes one step, where the projection knows
how; whatever else happens, the key's believed facts are folded again.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from ledger.events import Event
from ledger.log.manners import Values
from ledger.log.recorded import RecordedEvent
from ledger.projection import Fact, Key, Place, Projection, Row, place
from ledger.replay.beliefs import Belief, history
from ledger.replay.tables import ViewTables

_KEPT: Final = 20_000
"""How many facts and rows are kept from one page to the next."""


@dataclass(slots=True)
class RowVersion:
    """A row, known from one position to before another."""

    values: Values
    """The row as its table has it."""
    known_from: int
    ordinal: int
    """Its place among the rows of its key that were opened at the same position."""
    known_to: int | None = None
    stored: bool = False
    """Whether the table has it already."""


class KeyState:
    """What is known of one key, and what has changed since it was written."""

    __slots__ = (
        *("_facts", "_tail", "_walk", "beliefs", "changed", "key", "open", "rewritten", "tables"),
    )

    def __init__(self, tables: ViewTables, key: Key) -> None:
        self.tables = tables
        self.key = key
        self.beliefs: dict[str, Belief] = {}
        """Root event id → the fact; an entry may be stale once a correction moved the fact away."""
        self.open: dict[Values, RowVersion] = {}
        """The rows that are known."""
        self.changed: list[RowVersion] = []
        """Versions opened or closed, to be written."""
        self.rewritten = False
        """Whether every stored version is to be replaced."""
        self._facts: list[tuple[Place, Fact[Any]]] = []
        """The believed facts of this key, in their order."""
        self._walk: Any = None
        """Where a projection that takes steps stands, after the last of the facts."""
        self._tail: Mapping[Values, None] = {}
        """The rows that the next step may still change."""

    @property
    def weight(self) -> int:
        """How much is kept here: facts and rows."""
        return len(self.beliefs) + len(self.open)

    def load(self, beliefs: Iterable[Belief], rows: Iterable[RowVersion]) -> None:
        """Take up what was known of the key before."""
        self.beliefs = {belief.root.event_id: belief for belief in beliefs}
        self.open = {version.values: version for version in rows}
        self._arrange()
        if self.tables.projection.steps:
            self._all_rows()

    def arrive(self, belief: Belief, position: int) -> None:
        """Count in a fact that is new, and note what is different."""
        self.beliefs[belief.root.event_id] = belief
        fact = self._bearing(belief)
        if fact is None:
            return
        projection = self.tables.projection
        placed = (place(projection, fact), fact)
        if projection.steps and (not self._facts or self._facts[-1][0] <= placed[0]):
            self._facts.append(placed)
            before = self._tail
            self._note({**self._step(fact), **self._tail}, before, position)
        else:
            insort(self._facts, placed, key=itemgetter(0))
            self.refold(position)

    def reconsider(self, belief: Belief, position: int) -> None:
        """Count in what a directive says of a fact, and note what is different."""
        self.beliefs[belief.root.event_id] = belief
        self._arrange()
        self.refold(position)

    def refold(self, position: int) -> None:
        """Fold the believed facts as they are at a position, and note what is different."""
        self._note(self._all_rows(), tuple(self.open), position)

    def rewrite(self) -> None:
        """Make all versions again from the first event on: the only change to past knowledge."""
        fresh = KeyState(self.tables, self.key)
        for _ in retold(fresh, self.beliefs.values()):
            pass
        self.open, self.changed, self.rewritten = fresh.open, fresh.changed, True
        self._facts, self._walk, self._tail = fresh._facts, fresh._walk, fresh._tail

    def _arrange(self) -> None:
        projection = self.tables.projection
        facts = (self._bearing(belief) for belief in self.beliefs.values())
        placed = ((place(projection, fact), fact) for fact in facts if fact is not None)
        self._facts = sorted(placed, key=itemgetter(0))

    def _bearing(self, belief: Belief) -> Fact[Any] | None:
        """Return what is believed of a fact, if it bears on this key."""
        fact = belief.fact
        if fact is None:
            return None
        # The inbox has every key that a fact ever bore on; a correction may have moved it.
        moved = self.key not in self.tables.projection.key(fact.event)
        return None if moved else fact

    def _all_rows(self) -> dict[Values, None]:
        """Return the rows of all the believed facts."""
        projection = self.tables.projection
        if not projection.steps:
            return self._stored(projection.fold(self.key, [fact for _, fact in self._facts]))
        self._walk, self._tail = None, {}
        rows: dict[Values, None] = {}
        for _, fact in self._facts:
            rows.update(self._advance(fact))
        if self._facts:
            self._tail = self._stored(projection.tail(self.key, self._walk))
        return {**rows, **self._tail}

    def _step(self, fact: Fact[Any]) -> dict[Values, None]:
        finished = self._advance(fact)
        self._tail = self._stored(self.tables.projection.tail(self.key, self._walk))
        return finished

    def _advance(self, fact: Fact[Any]) -> dict[Values, None]:
        self._walk, finished = self.tables.projection.step(self.key, self._walk, fact)
        return self._stored(finished)

    def _stored(self, rows: Iterable[Row]) -> dict[Values, None]:
        """Return rows as their table has them, each once."""
        store, key = self.tables.store, self.key
        found: dict[Values, None] = {}
        for row in rows:
            values = store(row)
            if values[: len(key)] != key:
                raise ValueError(f"a fold of {key} gave a row of {values[: len(key)]}")
            found[values] = None
        return found

    def _note(
        self, rows: Mapping[Values, None], candidates: Iterable[Values], position: int
    ) -> None:
        """Close the versions that are no longer among the rows, and open those that are new."""
        for values in candidates:
            if values not in rows:
                version = self.open.pop(values)
                version.known_to = position
                if version.stored:
                    self.changed.append(version)
        ordinal = 0
        for values in rows:
            if values not in self.open:
                version = RowVersion(values, position, ordinal)
                ordinal += 1
                self.open[values] = version
                self.changed.append(version)


def retold(fresh: KeyState, beliefs: Iterable[Belief]) -> Iterator[tuple[RecordedEvent, Belief]]:
    """Tell a key of which nothing is known all that was said of some facts, event by event.

    Yields each event once it is counted in, with its fact as it is believed from then on.
    """
    for recorded, belief in history(beliefs):
        so_far = fresh.beliefs.get(belief.root.event_id)
        if so_far is None:
            so_far = belief.anew()
            fresh.arrive(so_far, recorded.position)
        else:
            so_far.add(recorded)
            fresh.reconsider(so_far, recorded.position)
        yield recorded, so_far


class States(OrderedDict[Key, KeyState]):
    """What is known of some keys at one position, the most lately touched last.

    It is worth keeping from page to page, for events about one thing come close to each other; what
    is kept is bounded.
    """

    def __init__(self) -> None:
        super().__init__()
        self._weights: dict[Key, int] = {}
        self._weight = 0

    def settle(self, touched: Mapping[Key, KeyState]) -> None:
        """Take what was changed for written, and let go of what was not asked for in a while."""
        for key, state in touched.items():
            for version in state.changed:
                version.stored = True
            state.changed, state.rewritten = [], False
            self.move_to_end(key)
            self._weight += state.weight - self._weights.get(key, 0)
            self._weights[key] = state.weight
        while self._weight > _KEPT and len(self) > 1:
            key, _ = self.popitem(last=False)
            self._weight -= self._weights.pop(key, 0)

    def clear(self) -> None:
        """Let go of everything."""
        super().clear()
        self._weights.clear()
        self._weight = 0


def keys_of(projection: Projection[Any, Any], contents: Iterable[Event]) -> Iterator[Key]:
    """Yield each key that some contents of a fact bear on."""
    keys = (key for event in contents for key in projection.key(event))
    yield from dict.fromkeys(keys)

"""One key's rows, as events arrive: folded again, compared, versions opened and closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.events import Event
from ledger.projection import Key, Projection, Row, in_order
from ledger.replay.beliefs import Belief, history
from ledger.replay.tables import ViewTables


@dataclass(slots=True)
class RowVersion:
    """A row, known from one position to before another."""

    row: Row
    known_from: int
    ordinal: int
    """Its place among the rows of its key that were opened at the same position."""
    known_to: int | None = None
    stored: bool = False
    """Whether the table has it already."""
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    """The row as column values, to be written."""


@dataclass(slots=True)
class KeyState:
    """What is known of one key, and what has changed since it was loaded."""

    tables: ViewTables
    key: Key
    beliefs: dict[str, Belief] = field(default_factory=dict[str, Belief])
    """Root event id → the fact; an entry may be stale once a correction moved the fact away."""
    open: dict[Row, RowVersion] = field(default_factory=dict[Row, RowVersion])
    changed: list[RowVersion] = field(default_factory=list[RowVersion])
    """Versions opened or closed here, to be written."""
    rewritten: bool = False
    """Whether every stored version is to be replaced."""

    def refold(self, position: int) -> None:
        """Fold the believed facts as they are at a position, and note what is different."""
        self._fold(self.beliefs.values(), position)

    def rewrite(self) -> None:
        """Make all versions again from the first event on: the only change to past knowledge."""
        self.open, self.changed = {}, []
        self.rewritten = True
        told: dict[str, Belief] = {}
        for recorded, belief in history(self.beliefs.values()):
            so_far = told.setdefault(belief.root.event_id, Belief(belief.root))
            if recorded is not belief.root:
                so_far.directives.append(recorded)
            self._fold(told.values(), recorded.position)

    def _fold(self, beliefs: Iterable[Belief], position: int) -> None:
        projection = self.tables.projection
        facts = [
            fact
            for belief in beliefs
            if (fact := belief.fact()) is not None
            # The inbox has every key that a fact ever bore on; a correction may have moved it.
            and self.key in projection.key(fact.event)
        ]
        rows: dict[Row, None] = dict.fromkeys(
            projection.fold(self.key, in_order(projection, facts))
        )
        for row in [row for row in self.open if row not in rows]:
            version = self.open.pop(row)
            version.known_to = position
            if version.stored:
                self.changed.append(version)
        opened = [row for row in rows if row not in self.open]
        for ordinal, row in enumerate(opened):
            values = self.tables.store(row)
            if self.tables.key_of(values) != self.key:
                raise ValueError(f"a fold of {self.key} gave a row of {self.tables.key_of(values)}")
            version = RowVersion(row, position, ordinal, values=values)
            self.open[row] = version
            self.changed.append(version)


def keys_of(projection: Projection[Any, Any], contents: Iterable[Event]) -> Iterator[Key]:
    """Yield each key that some contents of a fact bear on."""
    keys = (key for event in contents for key in projection.key(event))
    yield from dict.fromkeys(keys)

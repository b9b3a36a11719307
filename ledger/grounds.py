"""Grounds: the facts that bear on a key, and what was said of each since."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ledger.believed import Believed, beliefs
from ledger.changes import Change, differences
from ledger.events import Event
from ledger.installed import AnyProjection
from ledger.log import Log, RecordedEvent
from ledger.log.directives import ERASED
from ledger.projection import Key, Row
from ledger.replay.beliefs import Belief


@dataclass(frozen=True, slots=True)
class Revision:
    """A correction or a retraction, and what it did to what was believed of its fact."""

    event: RecordedEvent
    changes: tuple[Change, ...]
    """The content before and after, field by field, without what was erased."""
    believed: bool
    """Whether the fact was believed after it."""
    counts: bool
    """Whether it is still in force itself: no retraction of it is."""


@dataclass(frozen=True)
class Ground:
    """A fact that bears on a row: what it says, who says so, and what was said of it since."""

    fact: Believed
    """The fact, and its corrections and retractions as far as they were known."""
    erasures: tuple[RecordedEvent, ...]
    """What erased private texts of it, whenever that was."""

    @property
    def root(self) -> RecordedEvent:
        """The fact as it was recorded first; its source is the document that says so."""
        return self.fact.root

    @property
    def content(self) -> Event:
        """What it says, with corrections counted in; erased texts read `erased`."""
        return self.fact.content

    @property
    def retraction(self) -> RecordedEvent | None:
        """What ended belief in it; None while it is believed."""
        return self.fact.retraction

    @cached_property
    def revisions(self) -> tuple[Revision, ...]:
        """What corrected and retracted it, in order."""
        return tuple(_revisions(self.fact))


class Facts:
    """The facts that bear on some keys, as they were known at a position."""

    def __init__(
        self,
        log: Log,
        projection: AnyProjection,
        bearing: Mapping[Key, Sequence[int]],
        known_at: int,
        *,
        skips: Collection[int] = (),
    ) -> None:
        self._log = log
        self._projection = projection
        self._bearing = bearing
        self._known_at = known_at
        self._skips = skips
        positions = {root for roots in bearing.values() for root in roots if root <= known_at}
        ids = {position: event.event_id for position, event in log.at(positions).items()}
        told = beliefs(log, ids.values())
        self._grounds = {at: self._as_known(told[event_id]) for at, event_id in ids.items()}

    def of_row(self, key: Key, row: Row) -> Iterator[Ground]:
        """Yield the facts that a row rests on, in the order of the record."""
        return (e for e in self.of(key) if e.root.event_id in row.because)

    def set_aside(self, key: Key) -> Iterator[Ground]:
        """Yield the facts that bore on a key and do so no more."""
        for ground in self.of(key):
            belief = self.belief(ground)
            bears = belief.fact is not None and self._is_about(belief.fact.event, key)
            if not bears and any(self._is_about(said, key) for said in belief.contents()):
                yield ground

    def belief(self, ground: Ground) -> Belief:
        """Return a fact with all that was said of it, as the view takes it."""
        fact = ground.fact
        erasures = (e for e in ground.erasures if e.position <= self._known_at)
        told = sorted((*fact.directives, *erasures), key=lambda event: event.position)
        heard = (event for event in told if event.position not in self._skips)
        return Belief(fact.root, heard, silent=fact.root.position in self._skips)

    def of(self, key: Key) -> Iterator[Ground]:
        """Yield the facts that bear on a key, or bore or will bear on it, in order."""
        return (self._grounds[at] for at in self._bearing.get(key, ()) if at in self._grounds)

    def _is_about(self, content: Event, key: Key) -> bool:
        return key in self._projection.key(content)

    def _as_known(self, fact: Believed) -> Ground:
        then = tuple(d for d in fact.directives if d.position <= self._known_at)
        fact = replace(fact, directives=then)
        erased = [e.event_id for e in (fact.root, *then) if e.erased]
        erasures = (
            erasure
            for event_id in erased
            for erasure in self._log.read(types={ERASED}, subject=f"event:{event_id}")
        )
        return Ground(fact, tuple(erasures))


def _revisions(fact: Believed) -> Iterator[Revision]:
    before = replace(fact, directives=())
    for number, directive in enumerate(fact.directives, start=1):
        after = replace(fact, directives=fact.directives[:number])
        contents = (fact.spared(side.content) for side in (before, after))
        yield Revision(
            event=directive,
            changes=tuple(differences(*contents)),
            believed=after.retraction is None,
            counts=fact.is_live(directive),
        )
        before = after

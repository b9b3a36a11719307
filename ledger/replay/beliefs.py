"""What is believed of a fact, once the directives about it are counted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.codec.stored import encode
from ledger.events import Event, EventCorrected, EventRetracted
from ledger.log.recorded import RecordedEvent
from ledger.projection import Fact


@dataclass(slots=True)
class Belief:
    """A fact and the directives about it, in order of position."""

    root: RecordedEvent
    directives: list[RecordedEvent] = field(default_factory=list[RecordedEvent])

    def fact(self) -> Fact[Any] | None:
        """Return what is believed now; None if belief has ended.

        The live correction with the highest position wins; a root is believed while no live
        retraction names it.
        """
        live = self._live()
        if self.root.event_id not in live:
            return None
        for directive in reversed(self.directives):
            event = directive.event
            if isinstance(event, EventCorrected) and directive.event_id in live:
                used = (self.root.event_id, directive.event_id)
                replacement = event.replacement
                return Fact(self.root.event_id, replacement, used, encode(replacement).body)
        root = self.root
        return Fact(root.event_id, root.event, (root.event_id,), root.body.encode())

    def contents(self) -> Iterator[Event]:
        """Yield everything that was ever said of it: the root and each correction."""
        yield self.root.event
        for directive in self.directives:
            if isinstance(directive.event, EventCorrected):
                yield directive.event.replacement

    def _live(self) -> set[str]:
        """Return the ids of the root and the directives that no live retraction names."""
        ended: set[str] = set()
        live: set[str] = set()
        # A directive names only what was recorded before it: from the newest back, each verdict is
        # there when it is needed.
        for recorded in reversed((self.root, *self.directives)):
            if recorded.event_id in ended:
                continue
            live.add(recorded.event_id)
            if isinstance(recorded.event, EventRetracted):
                ended.add(recorded.event.target)
        return live


def history(beliefs: Iterable[Belief]) -> list[tuple[RecordedEvent, Belief]]:
    """Return every event about some facts, each with its fact, in order of position."""
    events = [(event, belief) for belief in beliefs for event in (belief.root, *belief.directives)]
    return sorted(events, key=lambda pair: pair[0].position)

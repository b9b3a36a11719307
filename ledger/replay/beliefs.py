"""What is believed of a fact, once the directives about it are counted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import Any, Final

from ledger.codec.stored import encode
from ledger.events import Event, EventCorrected, EventRetracted
from ledger.log.recorded import RecordedEvent
from ledger.projection import Fact


class _Untold(Enum):
    """Nobody has asked yet."""

    UNTOLD = auto()


_UNTOLD: Final = _Untold.UNTOLD


class Belief:
    """A fact and the directives about it, in order of position."""

    __slots__ = ("_directives", "_fact", "root", "silent")

    def __init__(
        self,
        root: RecordedEvent,
        directives: Iterable[RecordedEvent] = (),
        *,
        silent: bool = False,
    ) -> None:
        self.root = root
        self.silent = silent
        """Whether the view passes the root by, so that only a correction says anything of it."""
        self._directives = list(directives)
        self._fact: Fact[Any] | _Untold | None = _UNTOLD

    @property
    def directives(self) -> Sequence[RecordedEvent]:
        """The corrections, retractions and erasures about it."""
        return self._directives

    @property
    def fact(self) -> Fact[Any] | None:
        """What is believed now; None if belief has ended."""
        if isinstance(self._fact, _Untold):
            self._fact = self._believed() if self._directives else self._as_recorded()
        return self._fact

    def anew(self) -> Belief:
        """Return the fact as it was before anything was said of it."""
        return Belief(self.root, silent=self.silent)

    def add(self, directive: RecordedEvent) -> None:
        """Count in a directive, which comes after those that were."""
        self._directives.append(directive)
        self._fact = _UNTOLD

    def contents(self) -> Iterator[Event]:
        """Yield everything that was ever said of it to the view: the root and each correction."""
        if not self.silent:
            yield self.root.event
        for directive in self._directives:
            if isinstance(directive.event, EventCorrected):
                yield directive.event.replacement

    def _believed(self) -> Fact[Any] | None:
        """Return what is believed.

        The live correction with the highest position wins; a root is believed while no live
        retraction names it.
        """
        live = self._live()
        if self.root.event_id not in live:
            return None
        for directive in reversed(self._directives):
            event = directive.event
            if isinstance(event, EventCorrected) and directive.event_id in live:
                used = (self.root.event_id, directive.event_id)
                replacement = event.replacement
                return Fact(self.root.event_id, replacement, used, encode(replacement).body)
        return self._as_recorded()

    def _as_recorded(self) -> Fact[Any] | None:
        root = self.root
        if self.silent:
            return None
        return Fact(root.event_id, root.event, (root.event_id,), root.body.encode())

    def _live(self) -> set[str]:
        """Return the ids of the root and the directives that no live retraction names."""
        ended: set[str] = set()
        live: set[str] = set()
        # A directive names only what was recorded before it: from the newest back, each verdict is
        # there when it is needed.
        for recorded in reversed((self.root, *self._directives)):
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

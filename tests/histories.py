"""Hypothesis strategies for histories: what may be recorded in a small world, in any order.

Every history is valid by construction, its event ids follow from their place in it, and each is cut
into batches. What is said in it is drawn from `tests.contents`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from hypothesis import strategies as st

from ledger.events import (
    Directive,
    Event,
    EventCorrected,
    EventRetracted,
    InstrumentRegistered,
    PersonalDataErased,
)
from ledger.log import NewEvent
from tests.contents import Kind, contents
from tests.world import SMALL, World


@dataclass(frozen=True)
class History:
    """Events in order, in the batches in which they are recorded."""

    batches: tuple[tuple[NewEvent, ...], ...]

    @property
    def events(self) -> list[NewEvent]:
        """All events, in order."""
        return [new for batch in self.batches for new in batch]

    @property
    def erased(self) -> frozenset[str]:
        """The events whose private texts are erased in the end."""
        return frozenset(
            new.event.target for new in self.events if isinstance(new.event, PersonalDataErased)
        )

    def then(self, *more: NewEvent) -> "History":
        """Return the history with another batch after it."""
        return History((*self.batches, more))


# ------------------------------------------------------------------------------------ histories

_FACT: Final = "fact"
_STEPS: Final = (_FACT, _FACT, _FACT, "correct", "correct", "retract", "retract")


def facts(kinds: Sequence[Kind], world: World = SMALL) -> st.SearchStrategy[Event]:
    """Draw a fact of one of some kinds."""
    return st.sampled_from(kinds).flatmap(lambda kind: contents(world)[kind])


@st.composite
def histories(
    draw: st.DrawFn,
    kinds: Sequence[Kind],
    *,
    world: World = SMALL,
    erasures: bool = False,
    min_events: int = 1,
    max_events: int = 10,
) -> History:
    """Draw a history of facts of some kinds, a few others, and directives about all of them."""
    said: tuple[Kind, ...] = (*kinds, *kinds, InstrumentRegistered)
    steps = (*_STEPS, "erase", "erase") if erasures else _STEPS
    events: list[NewEvent] = []
    for number in range(draw(st.integers(min_events, max_events))):
        targets = {new.event_id: new.event for new in events}
        draw_event = _step(draw(st.sampled_from(steps)), targets, world)
        event = draw(draw_event if draw_event is not None else facts(said, world))
        events.append(NewEvent(event, world.name(number)))
    return draw(in_batches(events))


@st.composite
def in_batches(draw: st.DrawFn, events: Sequence[NewEvent]) -> History:
    """Draw a way to cut events into batches."""
    inner = range(1, len(events))
    cuts = sorted(draw(st.sets(st.sampled_from(inner)))) if inner else []
    return History(tuple(tuple(events[a:b]) for a, b in pairwise([0, *cuts, len(events)])))


def root_of(targets: dict[str, Event], target: str) -> str:
    """Return the fact that an event is about in the end; a fact is about itself."""
    event = targets[target]
    return root_of(targets, event.target) if isinstance(event, Directive) else target


def _step(step: str, targets: dict[str, Event], world: World) -> st.SearchStrategy[Event] | None:
    """Return the directives that a step allows; None where it wants a fact, or has no target."""
    if step == "correct":
        return _corrections(targets, world)
    if step == "retract":
        return _about(EventRetracted, _without(targets, PersonalDataErased))
    if step == "erase":
        return _about(PersonalDataErased, _without(targets, PersonalDataErased))
    return None


def _without(targets: dict[str, Event], *kinds: Kind) -> list[str]:
    return [name for name, event in targets.items() if not isinstance(event, kinds)]


def _about(kind: Callable[..., Event], targets: Iterable[str]) -> st.SearchStrategy[Event] | None:
    names = list(targets)
    return st.builds(kind, target=st.sampled_from(names)) if names else None


def _corrections(targets: dict[str, Event], world: World) -> st.SearchStrategy[Event] | None:
    """Correct a fact, or a correction: to anything of its kind, or to what it said at first."""
    names = _without(targets, PersonalDataErased, EventRetracted)

    def correct(name: str) -> st.SearchStrategy[Event]:
        root = targets[root_of(targets, name)]
        replacement = st.one_of(*[contents(world)[type(root)]] * 3, st.just(root))
        return st.builds(EventCorrected, target=st.just(name), replacement=replacement)

    return st.sampled_from(names).flatmap(correct) if names else None

"""Hypothesis strategies for histories: what may be recorded in a small world, in any order.

The world is so small that facts meet: under one key, on one day, in one version. Every history is
valid by construction, its event ids follow from their place in it, and each is cut into batches.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from ledger.events import (
    AttendanceRecorded,
    Directive,
    DivergenceSettled,
    Event,
    EventCorrected,
    EventRetracted,
    GroupDissolved,
    GroupEstablished,
    MeetingCancelled,
    MeetingChaired,
    MeetingConvened,
    MeetingOpened,
    MeetingPostponed,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
    PartyRegistered,
    Person,
    PersonalDataErased,
    PositionAdopted,
    PositionSuperseded,
    Source,
    StatementDelivered,
    TranscriptionCompleted,
)
from ledger.log import NewEvent

Kind: TypeAlias = type[Event]

_NAMESPACE: Final = uuid.UUID("6f1c2c0e-9a43-5b0e-8f59-3f2f0a7d5e11")


def event_id(name: object) -> str:
    """Return an event id that follows from a name, and whose order says nothing of time."""
    return str(uuid.uuid5(_NAMESPACE, str(name)))


@dataclass(frozen=True, slots=True)
class World:
    """How much there is to speak of; what two worlds of different prefix speak of is disjoint."""

    prefix: str = ""
    groups: int = 2
    parties: int = 3
    meetings: int = 2
    expressions: int = 3
    instruments: int = 2

    def some(self, kind: str, count: int) -> st.SearchStrategy[str]:
        """Draw one of the few identifiers of a kind."""
        return st.sampled_from([f"{self.prefix}{kind}-{n}" for n in range(1, count + 1)])

    def name(self, number: object) -> str:
        """Return the event id of a place in this world's history."""
        return event_id(f"{self.prefix}{number}")


SMALL: Final = World()
ONE_KEY: Final = World(groups=1, parties=1, meetings=1, expressions=1, instruments=1)
"""A world in which all facts of a kind bear on the same keys."""


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


# --------------------------------------------------------------------------------------- facts

DAYS_ALONE: Final = (None, "2016-04-10", "2016-04-20", "2016-05-01", "2017-01-01", "2018-03-01")
WINDOWS: Final = ("2016", "2016-04", "2017", "[2016-04-15..2016-05-01]", "[..2016-06]", "[2017..]")
SPELLS: Final = ("2016-04-10/2016-04-20", "2016/..")


def dates() -> st.SearchStrategy[str | None]:
    """Draw a date for a beginning or an end, perhaps imprecise, perhaps none."""
    return st.sampled_from((*DAYS_ALONE, *WINDOWS))


def times() -> st.SearchStrategy[str | None]:
    """Draw a date for what may have lasted."""
    return st.sampled_from((*DAYS_ALONE, *WINDOWS, *SPELLS))


def sources() -> st.SearchStrategy[Source | None]:
    """Draw a place in one of two documents, each in two languages; or nobody's word."""
    return st.none() | st.builds(
        Source,
        document=st.sampled_from(["report", "note"]),
        language=st.sampled_from(["en", "ar"]),
        paragraph=st.sampled_from(["¶1", "¶2"]),
        quote=st.sampled_from([None, None, "as it stands there"]),
    )


def people() -> st.SearchStrategy[Person | None]:
    """Draw somebody with a name, or nobody."""
    return st.none() | st.builds(Person, name=st.sampled_from(["Ann", "Bob"]))


def texts() -> st.SearchStrategy[dict[str, str]]:
    """Draw a few words in a language or two."""
    return st.sampled_from([{}, {"en": "Peace."}, {"en": "Calm."}, {"en": "Peace.", "ar": "سلام"}])


@cache
def contents(world: World = SMALL) -> dict[Kind, st.SearchStrategy[Event]]:
    """Return what can be said in a world, by class of event."""
    group = world.some("group", world.groups)
    party = world.some("party", world.parties)
    meeting = world.some("meeting", world.meetings)
    statement = world.some("statement", world.expressions)
    position = world.some("position", world.expressions)
    instrument = world.some("instrument", world.instruments)
    cites = st.lists(instrument, max_size=2).map(tuple)
    parties = st.lists(party, max_size=2).map(tuple)
    level = st.sampled_from(["not-stated", "ministerial", "summit"])
    office = st.sampled_from([None, "chair", "minister"])
    word = st.sampled_from([None, "as written", "in other words"])

    def build(
        kind: Callable[..., Event], valid: st.SearchStrategy[str | None], **fields: Any
    ) -> st.SearchStrategy[Event]:
        return st.builds(kind, valid=valid, source=sources(), **fields)

    membership = {"group": group, "party": party, "as_written": word}
    met = {"group": st.none() | group, "meeting": meeting}
    presided = {**met, "party": st.none() | party, "office": office, "person": people()}
    named = st.lists(st.sampled_from([world.name("0/0"), world.name("0/1")]), max_size=2)
    return {
        TranscriptionCompleted: build(
            TranscriptionCompleted,
            st.none(),
            document=st.sampled_from(["report", "note"]),
            language=st.sampled_from(["en", "ar"]),
            about=meeting.map("meeting:{}".format),
            scope=st.sampled_from([("attendance",), ("attendance", "positions")]),
        ),
        DivergenceSettled: build(
            DivergenceSettled,
            st.none(),
            meeting=meeting,
            document=st.just(f"{world.prefix}report"),
            passage=st.just("hope"),
            upheld=named.map(tuple),
            set_aside=named.map(tuple),
            reason=st.sampled_from(["As the host says.", "As the draft says."]),
        ),
        GroupEstablished: build(
            GroupEstablished,
            dates(),
            group=group,
            names=texts(),
            parent=st.none() | party,
            established_by=st.none() | instrument,
            level=level,
        ),
        GroupDissolved: build(
            GroupDissolved, dates(), group=group, dissolved_by=st.none() | instrument
        ),
        MembershipBegan: build(
            MembershipBegan,
            dates(),
            **membership,
            role=st.sampled_from(["member", "observer"]),
            how=st.sampled_from(["not-stated", "founding", "accession"]),
        ),
        MembershipEnded: build(
            MembershipEnded,
            dates(),
            **membership,
            how=st.sampled_from(["not-stated", "withdrawal", "expulsion"]),
        ),
        MembershipSuspended: build(MembershipSuspended, dates(), **membership),
        MembershipResumed: build(MembershipResumed, dates(), **membership),
        MeetingConvened: build(
            MeetingConvened,
            times(),
            **met,
            number=st.sampled_from([None, 1, 2]),
            place=st.sampled_from([None, "Nairobi", "Kampala"]),
            level=level,
        ),
        MeetingPostponed: build(MeetingPostponed, times(), **met),
        MeetingCancelled: build(MeetingCancelled, times(), **met),
        MeetingOpened: build(MeetingOpened, times(), **presided),
        MeetingChaired: build(MeetingChaired, times(), **presided),
        AttendanceRecorded: build(
            AttendanceRecorded,
            times(),
            **met,
            party=party,
            presence=st.sampled_from(["present", "present", "absent"]),
            capacity=st.sampled_from(["not-stated", "member", "observer"]),
            level=level,
            head=people(),
            as_written=word,
        ),
        StatementDelivered: build(
            lambda who, **said: StatementDelivered(**who, **said),
            times(),
            **met,
            who=st.one_of(st.builds(dict, speaker=party), st.just({"collective": "other-members"})),
            statement=statement,
            office=office,
            person=people(),
            on_behalf_of=parties,
            verb=st.sampled_from([None, "urges", "recalls"]),
            verb_as_written=word,
            cites=cites,
            summaries=texts(),
        ),
        PositionAdopted: build(
            PositionAdopted,
            times(),
            group=st.none() | group,
            meeting=meeting,
            position=position,
            voice=st.sampled_from(["meeting", "members"]),
            verb=st.sampled_from(["urges", "condemns"]),
            verb_as_written=word,
            addressees=parties,
            method=st.sampled_from(["not-stated", "consensus", "vote"]),
            cites=cites,
            summaries=texts(),
        ),
        PositionSuperseded: build(
            PositionSuperseded,
            dates(),
            group=st.none() | group,
            meeting=meeting,
            position=position,
            superseded_by=st.none() | position,
        ),
        # No view handles it: it takes a place in the log, and that is all.
        PartyRegistered: build(PartyRegistered, times(), party=party, names=texts()),
    }


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
    said: tuple[Kind, ...] = (*kinds, *kinds, PartyRegistered)
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

"""The plainest model of a ledger: a list of events, from which all is worked out anew each time.

It shares no code with the engine or the projections, and speaks of little: who attended, who was a
member, each on exact days.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from ledger.events import (
    AttendanceRecorded,
    Event,
    EventCorrected,
    EventRetracted,
    MembershipBegan,
    MembershipEnded,
    Person,
    PersonalDataErased,
)
from ledger.log import NewEvent

Fact = AttendanceRecorded | MembershipBegan | MembershipEnded
F = TypeVar("F", bound=Event)


class Attended(NamedTuple):
    """A row of who attended."""

    meeting: str
    party: str
    presence: str
    level: str | None
    heads: frozenset[str]
    day: date
    divergent: bool
    because: tuple[str, ...]

    def held(self, day: date, *, possible: bool) -> bool:
        """Whether it had happened by a day."""
        del possible
        return self.day <= day


class Held(NamedTuple):
    """A row of who was a member."""

    group: str
    party: str
    role: str | None
    began: date | None
    ended: date | None
    divergent: bool
    because: tuple[str, ...]

    def held(self, day: date, *, possible: bool) -> bool:
        """Whether it held on a day; one of which only the end is known possibly held before it."""
        if self.began is None:
            return possible and self.ended is not None and day < self.ended
        return self.began <= day and (self.ended is None or day < self.ended)


@dataclass(frozen=True)
class Believed(Generic[F]):
    """A fact as it is believed."""

    content: F
    because: tuple[str, ...]

    @property
    def day(self) -> date:
        """When it happened: the model knows exact days alone."""
        return date.fromisoformat(self.content.valid or "")


class PlainLedger:
    """What was recorded, in order."""

    def __init__(self) -> None:
        self.events: list[NewEvent] = []

    def named(self, event_id: str) -> Event:
        """Return the event of an id."""
        return next(new.event for new in self.events if new.event_id == event_id)

    def root(self, event_id: str) -> str:
        """Return the fact that an event is, or is about in the end."""
        event = self.named(event_id)
        if isinstance(event, EventCorrected | EventRetracted | PersonalDataErased):
            return self.root(event.target)
        return event_id

    def live(self, event_id: str, k: int | None = None) -> bool:
        """Whether no live retraction names an event."""
        return not any(
            isinstance(new.event, EventRetracted)
            and new.event.target == event_id
            and self.live(new.event_id, k)
            for new in self.events[:k]
        )

    def corrections(self, root: str, k: int | None = None) -> list[tuple[str, Event]]:
        """Return all that a fact was corrected to, with the correction's id, in order."""
        return [
            (new.event_id, new.event.replacement)
            for new in self.events[:k]
            if isinstance(new.event, EventCorrected) and self.root(new.event_id) == root
        ]

    def believed(self, k: int | None = None) -> dict[str, Believed[Any]]:
        """Return what is believed after the first k events, by the id of the fact."""
        erased = {n.event.target for n in self.events if isinstance(n.event, PersonalDataErased)}
        found: dict[str, Believed[Any]] = {}
        for new in self.events[:k]:
            if not isinstance(new.event, Fact) or not self.live(new.event_id, k):
                continue
            versions: list[tuple[str, Event]] = [(new.event_id, new.event)]
            versions += [c for c in self.corrections(new.event_id, k) if self.live(c[0], k)]
            used, content = versions[-1]
            assert isinstance(content, Fact)
            if isinstance(content, AttendanceRecorded) and content.head and used in erased:
                content = content.model_copy(update={"head": Person(name="erased")})
            found[new.event_id] = Believed(content, tuple(dict.fromkeys((new.event_id, used))))
        return found

    def _of(self, kind: type[F], k: int | None) -> list[Believed[F]]:
        facts = self.believed(k).values()
        return [Believed(f.content, f.because) for f in facts if isinstance(f.content, kind)]

    # -------------------------------------------------------------------------------- the rows

    def attendance(self, k: int | None = None) -> Iterator[Attended]:
        """Yield who attended: what can be true together is one row."""
        by_key = _grouped(self._of(AttendanceRecorded, k), lambda a: (a.meeting, a.party))
        for (meeting, party), facts in by_key.items():
            by_claim = _grouped(facts, lambda a: (a.presence, a.valid))
            rows = [row for claim in by_claim.values() for row in _by_level(claim)]
            for level, saying in rows:
                heads = frozenset(f.content.head.name for f in saying if f.content.head)
                yield Attended(
                    meeting=meeting,
                    party=party,
                    presence=saying[0].content.presence,
                    level=level,
                    heads=heads,
                    day=saying[0].day,
                    divergent=len(rows) > 1,
                    because=_because(saying),
                )

    def membership(self, k: int | None = None) -> Iterator[Held]:
        """Yield who was a member: beginnings, each run of them closed by the ends that follow."""
        begins = _grouped(self._of(MembershipBegan, k), lambda b: (b.group, b.party))
        ends = _grouped(self._of(MembershipEnded, k), lambda e: (e.group, e.party))
        for group, party in {**begins, **ends}:
            key = group, party
            for began, ended in _runs(begins.get(key, []), ends.get(key, [])):
                divergent = len(began) > 1 or len(ended) > 1
                for first in began or [[]]:
                    for last in ended or [[]]:
                        yield Held(
                            group=group,
                            party=party,
                            role=first[0].content.role if first else None,
                            began=first[0].day if first else None,
                            ended=last[0].day if last else None,
                            divergent=divergent,
                            because=_because([*first, *last]),
                        )


Attendances: TypeAlias = list[Believed[AttendanceRecorded]]
Begins: TypeAlias = list[Believed[MembershipBegan]]
Ends: TypeAlias = list[Believed[MembershipEnded]]


def _grouped(
    facts: Iterable[Believed[F]], key: Callable[[F], tuple[Any, ...]]
) -> dict[tuple[Any, ...], list[Believed[F]]]:
    groups: dict[tuple[Any, ...], list[Believed[F]]] = {}
    for fact in facts:
        groups.setdefault(key(fact.content), []).append(fact)
    return groups


def _because(facts: Iterable[Believed[Any]]) -> tuple[str, ...]:
    return tuple(sorted({event_id for fact in facts for event_id in fact.because}))


def _by_level(facts: Attendances) -> Iterator[tuple[str | None, Attendances]]:
    """Yield each level that is stated; whoever states none agrees with all of them."""
    stated = {fact.content.level for fact in facts} - {"not-stated"}
    for level in stated:
        yield level, [fact for fact in facts if fact.content.level in (level, "not-stated")]
    if not stated:
        yield None, facts


def _runs(begins: Begins, ends: Ends) -> Iterator[tuple[list[Begins], list[Ends]]]:
    """Yield beginnings that no end keeps apart, with the ends that follow them; orphans first.

    Each is a list of what says the same. An end of the day on which a membership begins is the end
    of an earlier one.
    """
    run: tuple[list[Begins], list[Ends]] = ([], [])
    for day in sorted({*(fact.day for fact in begins), *(fact.day for fact in ends)}):
        if over := [fact for fact in ends if fact.day == day]:
            run[1].append(over)
        if fresh := [fact for fact in begins if fact.day == day]:
            if run[1]:
                yield run
                run = ([], [])
            run[0].extend(_grouped(fresh, lambda b: (b.role,)).values())
    if any(run):
        yield run

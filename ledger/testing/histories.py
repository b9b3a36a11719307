"""Long histories such as a secretariat's record has: for benchmarks, and for tests at length.

    from ledger.testing.histories import history

    for batch in batches(history(100_000)):
        ledger.append(batch)

Groups are set up over the years; parties join, leave, are suspended and come back; every group
meets about once a year. One to three versions report a meeting, and not equally: one leaves out a
delegation, words a verb otherwise, gives another level or no exact date. Finals follow drafts, some
reports come years late; about one event in a hundred is corrected, three in a thousand retracted,
some of them not for good. About half of all events are attendances. Nothing is erased.

The same arguments give the same history, event ids included; no clock is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import heappop, heappush
from itertools import count, islice
from random import Random
from typing import Any, Final

from ledger.events import (
    DocumentRegistered,
    DocumentTransmitted,
    Event,
    GroupDissolved,
    GroupEstablished,
    InstrumentRegistered,
    MeetingCancelled,
    MeetingPostponed,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
    PartyRegistered,
    Source,
)
from ledger.events.groups import Role
from ledger.events.meetings import Capacity
from ledger.log import NewEvent
from ledger.testing import wording
from ledger.testing.happenings import (
    PLANS,
    SOON,
    Delegation,
    Expression,
    Meeting,
    Version,
    dated,
    party,
    report,
)
from ledger.testing.thoughts import Thoughts

_FIRST_YEAR: Final = 1995
_EVENTS_A_GROUP_AND_YEAR: Final = 36  # on average: most groups are set up in the course of time
_INSTRUMENTS: Final = 400
_PENDING: Final = 64
"""The most versions that wait to be told late."""


def history(
    events: int,
    *,
    seed: int = 0,
    groups: int | None = None,
    parties: int = 200,
    years: int = 30,
    hot: float = 0.0,
) -> Iterator[NewEvent]:
    """Yield so many events in the order in which they were recorded, in bounded memory.

    `groups` are set up in the course of the years; if not given, as many as have one meeting a
    year. With fewer they meet more often. `hot` is the share of all statements that one and the
    same party makes: that of most facts, `hottest()`.
    """
    if groups is None:
        groups = max(3, events // (_EVENTS_A_GROUP_AND_YEAR * years))
    chronicle = _Chronicle(
        rng=Random(seed),  # noqa: S311 - no secret
        events=events,
        groups=groups,
        parties=parties,
        years=years,
        hot=hot,
    )
    return islice(chronicle.told(), events)


def hottest() -> str:
    """Return the party that `hot` is about."""
    return party(0)


def batches(events: Iterable[NewEvent], size: int = 1_000) -> Iterator[list[NewEvent]]:
    """Yield events in the batches in which they can be appended."""
    remaining = iter(events)
    while batch := list(islice(remaining, size)):
        yield batch


@dataclass(slots=True)
class _Group:
    """A group, as far as its next meeting depends on it."""

    name: str
    members: dict[int, Role] = field(default_factory=dict[int, Role])
    """Party → its role."""
    suspended: set[int] = field(default_factory=set[int])
    meetings: int = 0
    decisions: int = 0
    positions: deque[str] = field(default_factory=lambda: deque[str](maxlen=6))


class _Chronicle:
    """The world as it goes on, and what is recorded of it."""

    def __init__(
        self, *, rng: Random, events: int, groups: int, parties: int, years: int, hot: float
    ) -> None:
        self._rng = rng
        self._events = max(1, events)
        self._wanted = groups
        self._parties = parties
        self._days = years * 365.25
        self._hot = hot
        self._told = 0
        self._numbers = count()
        self._groups: deque[_Group] = deque()
        self._established = 0
        self._known: set[int] = set()
        self._instruments: list[str] = []
        self._pending: list[tuple[float, int, Meeting, Version]] = []
        self._thoughts = Thoughts(rng, parties)

    @property
    def _passed(self) -> float:
        """How much of the time is over."""
        return self._told / self._events

    @property
    def _today(self) -> date:
        return date(_FIRST_YEAR, 1, 10) + timedelta(days=int(self._days * self._passed))

    def told(self) -> Iterator[NewEvent]:
        """Yield all that is recorded, without end."""
        for event in self._happenings():
            new = self._new(event)
            yield new
            self._thoughts.keep(new)
            for directive in self._thoughts.second(self._today):
                new = self._new(directive)
                yield new
                self._thoughts.keep(new)

    def _new(self, event: Event) -> NewEvent:
        self._told += 1
        digits = f"{self._rng.getrandbits(128):032x}"
        name = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
        return NewEvent(event, name)

    def _happenings(self) -> Iterator[Event]:
        rng = self._rng
        while True:
            while self._pending and self._pending[0][0] <= self._passed:
                _, _, meeting, version = heappop(self._pending)
                yield from report(rng, meeting, version)
            due = 1 + int((self._wanted - 1) * min(1.0, self._passed / 0.7))
            if not self._groups or self._established < due:
                yield from self._establish()
                continue
            group = self._groups.popleft()
            if rng.random() < 0.003 and self._groups:
                day = self._today
                yield GroupDissolved(
                    group=group.name, valid=dated(rng, day), **self._decided(group)
                )
                continue
            self._groups.append(group)
            yield from self._change(group)
            yield from self._meet(group)

    # ------------------------------------------------------------------------------- groups

    def _establish(self) -> Iterator[Event]:
        rng, day = self._rng, self._today
        name, full = wording.group(self._established)
        self._established += 1
        group = _Group(name)
        self._groups.append(group)
        yield from self._instrument()
        decision = self._decided(group)
        yield GroupEstablished(
            **decision,
            group=name,
            names={"en": full},
            established_by=self._instruments[-1],
            level=rng.choice(("ministerial", "ambassadorial", "not-stated")),
            valid=dated(rng, day),
        )
        for number in rng.sample(range(self._parties), min(self._parties, rng.randint(8, 28))):
            yield from self._introduce(number)
            yield from self._join(group, number, "founding", decision)

    def _join(
        self, group: _Group, number: int, how: Any, decision: dict[str, Any]
    ) -> Iterator[Event]:
        rng = self._rng
        role: Role = "observer" if rng.random() < 0.15 else "member"
        group.members[number] = role
        day = self._today
        fields: dict[str, Any] = {"group": group.name, "party": party(number), "role": role}
        yield MembershipBegan(**fields, **decision, how=how, valid=dated(rng, day))
        if rng.random() < 0.3:
            other = self._decided(group, "fr")
            yield MembershipBegan(**fields, **other, valid=dated(rng, day))

    def _change(self, group: _Group) -> Iterator[Event]:
        """Let parties join, leave, be suspended and come back between two meetings."""
        rng, members = self._rng, group.members
        group.decisions += 1
        decision = self._decided(group)
        on: dict[str, Any] = {"group": group.name, "valid": dated(rng, self._today), **decision}
        for number in sorted(group.suspended):
            if rng.random() < 0.4:
                group.suspended.discard(number)
                yield MembershipResumed(**on, party=party(number))
        if rng.random() < 0.3 and len(members) < self._parties:
            number = rng.randrange(self._parties)
            if number not in members:
                yield from self._introduce(number)
                yield from self._join(group, number, "accession", decision)
        if rng.random() < 0.2 and len(members) > 4:
            number = rng.choice(list(members))
            del members[number]
            group.suspended.discard(number)
            yield MembershipEnded(**on, party=party(number), how="withdrawal")
        if rng.random() < 0.1 and len(members) > 4:
            number = rng.choice(list(members))
            if number not in group.suspended:
                group.suspended.add(number)
                yield MembershipSuspended(**on, party=party(number))

    def _decided(self, group: _Group, language: str = "en") -> dict[str, Any]:
        document = f"{group.name}-decision-{group.decisions}"
        return {"source": Source(document=document, language=language, paragraph="OP1")}

    def _introduce(self, number: int) -> Iterator[Event]:
        if number not in self._known:
            self._known.add(number)
            names = {language: wording.state(number, language) for language in wording.LANGUAGES}
            yield PartyRegistered(party=party(number), names=names)

    def _instrument(self) -> Iterator[Event]:
        number = len(self._instruments)
        if number < _INSTRUMENTS:
            day = self._today
            self._instruments.append(f"res-{1000 + number}")
            yield InstrumentRegistered(
                instrument=self._instruments[-1],
                kind="resolution",
                symbol=f"RES/{1000 + number} ({day.year})",
                issued_by="General Conference",
                valid=day.isoformat(),
            )

    # ----------------------------------------------------------------------------- meetings

    def _meet(self, group: _Group) -> Iterator[Event]:
        rng = self._rng
        group.meetings += 1
        name = f"{group.name}-{group.meetings}"
        announced: dict[str, Any] = {"group": group.name, "meeting": name, **self._decided(group)}
        draw = rng.random()
        if draw < 0.02:
            yield MeetingCancelled(**announced)
            return
        if draw < 0.08:
            was = (self._today - timedelta(days=60)).isoformat()
            yield MeetingPostponed(**announced, valid=self._today.isoformat(), instead_of=was)
        if rng.random() < 0.3:
            yield from self._instrument()
        meeting = self._meeting(group, name)
        speakers = {said.speaker for said in meeting.statements if said.speaker is not None}
        for number in sorted({d.party for d in meeting.delegations} | speakers):
            yield from self._introduce(number)
        versions = [
            Version(f"{name}-{document}", language, edition, when)
            for document, language, edition, when in rng.choice(PLANS)
        ]
        for document in dict.fromkeys(version.document for version in versions):
            yield DocumentRegistered(
                document=document,
                kind="note" if document.endswith("note") else "report",
                titles={"en": f"Report of meeting {meeting.number}"},
                group=group.name,
                meeting=name,
                valid=meeting.day.isoformat(),
            )
        for version in versions:
            if not self._put_off(meeting, version):
                yield from report(rng, meeting, version)
        if rng.random() < 0.5:
            to = meeting.margins_of or "General Conference"
            yield DocumentTransmitted(
                document=versions[0].document, to=to, valid=dated(rng, self._today)
            )

    def _meeting(self, group: _Group, name: str) -> Meeting:
        rng = self._rng
        delegations = self._delegations(group)
        present = [delegation.party for delegation in delegations]
        positions = [
            Expression(
                f"{name}.p{number}",
                rng.choice(list(wording.ADOPTS)),
                rng.randrange(wording.SUMMARIES),
                self._cited(),
            )
            for number in range(rng.randint(2, 6))
        ]
        statements = [
            Expression(
                f"{name}.s{number}",
                rng.choice(list(wording.SAYS)),
                rng.randrange(wording.SUMMARIES),
                self._cited(),
                self._speaker(present),
            )
            for number in range(rng.randint(2, 2 + len(present) * 2 // 5))
        ]
        superseded = group.positions[0] if group.positions and rng.random() < 0.1 else None
        group.positions.extend(position.name for position in positions[:2])
        return Meeting(
            group=group.name,
            name=name,
            number=group.meetings,
            day=self._today,
            place=rng.choice(wording.PLACES),
            level=rng.choice(wording.LEVELS[:3]),
            margins_of=rng.choice(wording.MARGINS),
            delegations=delegations,
            statements=statements,
            positions=positions,
            supersedes=superseded,
        )

    def _delegations(self, group: _Group) -> list[Delegation]:
        """Send most members, and now and then a guest."""
        rng = self._rng
        present = [n for n in group.members if n not in group.suspended and rng.random() < 0.85]
        guest = rng.randrange(self._parties)
        if not present or (rng.random() < 0.3 and guest not in group.members):
            present.append(guest)
        return [
            Delegation(
                number,
                _capacity(group.members.get(number)),
                wording.LEVELS[rng.randrange(3)],
                rng.randrange(wording.PERSONS) if rng.random() < 0.4 else None,
            )
            for number in present
        ]

    def _speaker(self, present: list[int]) -> int | None:
        if self._rng.random() < self._hot:
            return 0
        return self._rng.choice(present) if self._rng.random() > 0.05 else None

    def _cited(self) -> tuple[str, ...]:
        several = (0, 0, 1, 1, 2, 3)[self._rng.randrange(6)]
        return tuple(dict.fromkeys(self._rng.choice(self._instruments) for _ in range(several)))

    def _put_off(self, meeting: Meeting, version: Version) -> bool:
        """Put off a version that is read some months, or years, later; whether that was done."""
        if version.when is None or len(self._pending) == _PENDING:
            return False
        after = self._rng.uniform(30, 200) if version.when == SOON else self._rng.uniform(400, 3000)
        due = self._passed + after / self._days
        heappush(self._pending, (due, next(self._numbers), meeting, version))
        return True


def _capacity(role: Role | None) -> Capacity:
    if role is None:
        return "guest"
    return "observer" if role == "observer" else "member"

"""What happened at a meeting, and how unequally the versions of its reports tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from ledger.events import (
    AttendanceRecorded,
    Event,
    LanguageVersionRegistered,
    MeetingChaired,
    MeetingConvened,
    MeetingOpened,
    Person,
    PositionAdopted,
    PositionSuperseded,
    Source,
    StatementDelivered,
    TranscriptionCompleted,
)
from ledger.events.base import Level
from ledger.events.meetings import Capacity
from ledger.testing import wording

LATE: Final = "late"
SOON: Final = "soon"
PLANS: Final[tuple[tuple[tuple[str, str, str, str | None], ...], ...]] = (
    (("report", "en", "unmarked", None),),
    (("report", "en", "draft", None), ("report", "ar", "unmarked", None)),
    (
        ("report", "en", "draft", None),
        ("report", "fr", "unmarked", None),
        ("report", "en", "final", SOON),
    ),
    (
        ("report", "en", "final", None),
        ("report", "ar", "final", None),
        ("report", "fr", "final", SOON),
    ),
    (
        ("report", "ar", "draft", None),
        ("report", "ar", "final", SOON),
        ("note", "fr", "unmarked", LATE),
    ),
    (("note", "en", "unmarked", None), ("report", "en", "final", LATE)),
)
"""Which versions there may be of the reports on a meeting: document, language, edition, when."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a document, and when it is read: at once, some months on, years after."""

    document: str
    language: str
    edition: str
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """A party at a meeting."""

    party: int
    capacity: Capacity
    level: Level
    head: int | None


@dataclass(frozen=True, slots=True)
class Expression:
    """A statement, or a position that was adopted."""

    name: str
    verb: str
    summary: int
    cites: tuple[str, ...]
    speaker: int | None = None
    """None for a position, and for a statement of several who are not named."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What happened, whatever the versions make of it."""

    group: str
    name: str
    number: int
    day: date
    place: str
    level: Level
    margins_of: str | None
    delegations: Sequence[Delegation]
    statements: Sequence[Expression]
    positions: Sequence[Expression]
    supersedes: str | None
    """A position of an earlier meeting that the first of these takes the place of."""


def party(number: int) -> str:
    """Return a party's identifier."""
    return wording.word(number, "en").lower().replace(" ", "-")


def dated(rng: Random, day: date) -> str:
    """Return a day in EDTF as a source may give it: now and then imprecise."""
    draw = rng.random()
    if draw > 0.06:
        return day.isoformat()
    if draw > 0.03:
        return day.isoformat()[:7]
    if draw > 0.02:
        return f"[{day - timedelta(days=3)}..{day + timedelta(days=4)}]"
    return day.isoformat()[:4] if draw > 0.015 else f"{day.isoformat()[:7]}~"


def report(rng: Random, meeting: Meeting, version: Version) -> Iterator[Event]:
    """Yield what one version says of a meeting: less than all, and some of it otherwise."""
    teller = _Teller(rng, meeting, version)
    yield LanguageVersionRegistered(
        document=version.document,
        language=version.language,
        edition=version.edition,
        authority="translation" if version.language == "fr" else "not-stated",
        paragraphs=3 + len(meeting.statements) + len(meeting.positions),
    )
    yield from teller.opening()
    yield from teller.attendance()
    yield from teller.statements()
    yield from teller.positions()
    if rng.random() < 0.7:
        yield TranscriptionCompleted(
            document=version.document,
            language=version.language,
            edition=version.edition,
            about=f"meeting:{meeting.name}",
            scope=("attendance", "statements", "positions"),
        )


class _Teller:
    """One version's way of telling a meeting."""

    def __init__(self, rng: Random, meeting: Meeting, version: Version) -> None:
        self._rng = rng
        self._meeting = meeting
        self._version = version
        day = meeting.day if rng.random() > 0.01 else meeting.day + timedelta(days=1)
        self._paragraph = 0
        self._where: dict[str, Any] = {
            "group": meeting.group,
            "meeting": meeting.name,
            "valid": dated(rng, day),
        }
        self._levels = rng.random() < 0.6  # whether it gives the level of delegations

    def opening(self) -> Iterator[Event]:
        rng, meeting = self._rng, self._meeting
        first = self._at_next()
        yield MeetingConvened(
            **self._where,
            **first,
            number=meeting.number,
            place=meeting.place if rng.random() > 0.02 else rng.choice(wording.PLACES),
            level=meeting.level if rng.random() > 0.1 else "not-stated",
            margins_of=meeting.margins_of,
        )
        chair = meeting.delegations[0]
        if rng.random() < 0.4:
            yield MeetingOpened(**self._where, **first, **self._presiding(chair))
        yield MeetingChaired(**self._where, **first, **self._presiding(chair))

    def attendance(self) -> Iterator[Event]:
        rng, language = self._rng, self._version.language
        there = self._at_next()
        for delegation in self._meeting.delegations:
            draw = rng.random()
            if draw < 0.03:  # forgotten, or left out
                continue
            level = delegation.level if self._levels and draw < 0.97 else "not-stated"
            if draw > 0.985:
                level = rng.choice(wording.LEVELS)
            yield AttendanceRecorded(
                **self._where,
                **there,
                party=party(delegation.party),
                presence="absent" if draw > 0.998 else "present",
                capacity=delegation.capacity if draw > 0.3 else "not-stated",
                level=level,
                head=self._person(delegation.head),
                as_written=wording.state(delegation.party, language, formal=draw > 0.6),
            )

    def statements(self) -> Iterator[Event]:
        language = self._version.language
        for said in self._told(self._meeting.statements):
            verb, written = self._worded(said.verb, wording.SAYS)
            who: dict[str, Any] = (
                {"collective": "other-members"}
                if said.speaker is None
                else {"speaker": party(said.speaker)}
            )
            yield StatementDelivered(
                **self._where,
                **self._at_next(),
                **who,
                statement=said.name,
                verb=verb,
                verb_as_written=written,
                cites=said.cites,
                summaries={language: wording.summary(said.summary, language)},
            )

    def positions(self) -> Iterator[Event]:
        language, meeting = self._version.language, self._meeting
        for number, adopted in enumerate(self._told(meeting.positions)):
            verb, written = self._worded(adopted.verb, wording.ADOPTS)
            here = self._at_next()
            yield PositionAdopted(
                **self._where,
                **here,
                position=adopted.name,
                voice="members" if adopted.summary % 9 == 0 else "meeting",
                verb=verb,
                verb_as_written=written,
                method="consensus" if self._rng.random() < 0.1 else "not-stated",
                cites=adopted.cites,
                summaries={language: wording.summary(adopted.summary, language)},
            )
            if number == 0 and meeting.supersedes is not None:
                yield PositionSuperseded(
                    **self._where,
                    **here,
                    position=meeting.supersedes,
                    superseded_by=adopted.name,
                )

    def _told(self, expressions: Sequence[Expression]) -> Iterator[Expression]:
        return (told for told in expressions if self._rng.random() > 0.04)

    def _worded(self, verb: str, wordings: Mapping[str, Sequence[str]]) -> tuple[str, str | None]:
        """Return the verb as this version has it: now and then another one."""
        if self._rng.random() < 0.03:
            verb = self._rng.choice(list(wordings))
        written = wordings[verb][int(self._rng.random() * 3)]
        return verb, written if self._version.language == "en" else None

    def _presiding(self, chair: Delegation) -> dict[str, Any]:
        return {
            "party": party(chair.party),
            "office": wording.OFFICES[chair.party % len(wording.OFFICES)],
            "person": self._person(chair.head),
        }

    def _person(self, number: int | None) -> Person | None:
        if number is None:
            return None
        name = wording.person(number, self._version.language)
        return Person(name=name, title="H. E." if number % 3 == 0 else None)

    def _at_next(self) -> dict[str, Any]:
        """Return the next paragraph as a source, now and then with its words."""
        self._paragraph += 1
        version, quote = self._version, None
        if self._rng.random() < 0.05:
            quote = wording.summary(self._rng.randrange(wording.SUMMARIES), version.language)
        return {
            "source": Source(
                document=version.document,
                language=version.language,
                edition=version.edition,
                paragraph=f"¶{self._paragraph}",
                quote=quote,
            )
        }

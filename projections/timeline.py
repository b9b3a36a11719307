"""Timeline: what happened to a party or a group, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, ClassVar, Final, TypeAlias

from ledger.events import (
    AgendaAdopted,
    AttendanceRecorded,
    BallotHeld,
    CommitmentReported,
    CommitmentUndertaken,
    DissociationDeclared,
    DocumentTransmitted,
    Event,
    GroupDissolved,
    GroupEstablished,
    MeetingCancelled,
    MeetingChaired,
    MeetingClosed,
    MeetingConvened,
    MeetingOpened,
    MeetingPostponed,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
    OfficeAssumed,
    OfficeVacated,
    PartyRenamed,
    PartySucceeded,
    PositionAdopted,
    PositionExplained,
    PositionSuperseded,
    ReservationEntered,
    StatementDelivered,
    VoteIntentionStated,
    VoteRecorded,
)
from ledger.projection import (
    Fact,
    Key,
    Projection,
    Row,
    Words,
    attested_by,
    because,
    stated,
    words,
)
from ledger.times import Span, Window


class TimelineRow(Row, key=("subject",), sorted_by=("subject", "began_earliest", "began_latest")):
    """Something that happened to a party or a group."""

    subject: str
    """To whom: `party:…` or `group:…`."""
    kind: str
    """What happened: the name of the event."""
    role: str | None
    """The subject's part in it: `speaker`, `addressee`, `observer`; None where it goes unsaid."""
    about: str | None
    """What else it concerns: `meeting:…`, `position:…`, `ballot:…`."""
    detail: str | None
    """What it comes to in a word: `present`, `condemns`, `abstain`."""
    words: Words
    """What was said or named, by language."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of somebody's timeline."""

    subject: str
    about: str | None = None
    detail: str | None = None
    role: str | None = None


Entries: TypeAlias = Iterator[_Entry]


def _subject(kind: str, name: str | None) -> str | None:
    return f"{kind}:{name}" if name is not None else None


def _renamed(event: PartyRenamed) -> Entries:
    yield _Entry(f"party:{event.party}", detail=event.form)


def _succeeded(event: PartySucceeded) -> Entries:
    one, other = f"party:{event.party}", f"party:{event.predecessor}"
    extent = stated(event.extent)
    yield _Entry(one, other, extent, "successor")
    yield _Entry(other, one, extent, "predecessor")


def _office(event: OfficeAssumed | OfficeVacated) -> Entries:
    yield _Entry(f"party:{event.party}", detail=event.office)


def _established(event: GroupEstablished) -> Entries:
    act = _subject("instrument", event.established_by)
    yield _Entry(f"group:{event.group}", act, stated(event.level))


def _dissolved(event: GroupDissolved) -> Entries:
    yield _Entry(f"group:{event.group}", _subject("instrument", event.dissolved_by))


def _membership(
    event: MembershipBegan | MembershipEnded | MembershipSuspended | MembershipResumed,
) -> Entries:
    party, group = f"party:{event.party}", f"group:{event.group}"
    how = None
    if isinstance(event, MembershipBegan | MembershipEnded):
        how = stated(event.how)
    role = event.role if isinstance(event, MembershipBegan) else None
    yield _Entry(party, group, how, role)
    yield _Entry(group, party, how, role)


def _met(
    event: MeetingConvened | MeetingPostponed | MeetingCancelled | AgendaAdopted,
) -> Entries:
    if event.group is not None:
        place = event.place if isinstance(event, MeetingConvened) else None
        yield _Entry(f"group:{event.group}", f"meeting:{event.meeting}", place)


def _presided(event: MeetingOpened | MeetingChaired | MeetingClosed) -> Entries:
    if event.party is not None:
        yield _Entry(f"party:{event.party}", f"meeting:{event.meeting}", event.office)


def _attended(event: AttendanceRecorded) -> Entries:
    meeting, capacity = f"meeting:{event.meeting}", stated(event.capacity)
    yield _Entry(f"party:{event.party}", meeting, event.presence, capacity)


def _said(event: StatementDelivered) -> Entries:
    statement = f"statement:{event.statement}"
    if event.speaker is not None:
        yield _Entry(f"party:{event.speaker}", statement, event.verb, "speaker")
    for party in event.on_behalf_of:
        yield _Entry(f"party:{party}", statement, event.verb, "represented")


def _adopted(event: PositionAdopted) -> Entries:
    position = f"position:{event.position}"
    if event.group is not None:
        yield _Entry(f"group:{event.group}", position, event.verb)
    for party in event.addressees:
        yield _Entry(f"party:{party}", position, event.verb, "addressee")


def _superseded(event: PositionSuperseded) -> Entries:
    if event.group is not None:
        yield _Entry(f"group:{event.group}", f"position:{event.position}", event.superseded_by)


def _stance(event: ReservationEntered | DissociationDeclared | PositionExplained) -> Entries:
    concerns = _subject("position", event.position) or _subject("instrument", event.instrument)
    yield _Entry(f"party:{event.party}", concerns, event.part)


def _balloted(event: BallotHeld) -> Entries:
    if event.group is not None:
        yield _Entry(f"group:{event.group}", f"ballot:{event.ballot}", stated(event.outcome))


def _voted(event: VoteRecorded | VoteIntentionStated) -> Entries:
    yield _Entry(f"party:{event.party}", f"ballot:{event.ballot}", event.choice)


def _undertaken(event: CommitmentUndertaken) -> Entries:
    commitment = f"commitment:{event.commitment}"
    if event.group is not None:
        yield _Entry(f"group:{event.group}", commitment, event.due)
    for party in event.by:
        yield _Entry(f"party:{party}", commitment, event.due)


def _reported(event: CommitmentReported) -> Entries:
    commitment, status = f"commitment:{event.commitment}", stated(event.status)
    if event.group is not None:
        yield _Entry(f"group:{event.group}", commitment, status)
    if event.party is not None:
        yield _Entry(f"party:{event.party}", commitment, status)


def _transmitted(event: DocumentTransmitted) -> Entries:
    if event.party is not None:
        yield _Entry(f"party:{event.party}", f"document:{event.document}", event.purpose)


Telling: TypeAlias = tuple[str, Callable[[Any], Entries]]
"""The stored name of an event, and its lines."""

_TOLD: Final[Mapping[type[Event], Telling]] = dict[type[Event], Telling](
    {
        PartyRenamed: ("party-renamed", _renamed),
        PartySucceeded: ("party-succeeded", _succeeded),
        OfficeVacated: ("office-vacated", _office),
        OfficeAssumed: ("office-assumed", _office),
        GroupEstablished: ("group-established", _established),
        GroupDissolved: ("group-dissolved", _dissolved),
        MembershipEnded: ("membership-ended", _membership),
        MembershipBegan: ("membership-began", _membership),
        MembershipSuspended: ("membership-suspended", _membership),
        MembershipResumed: ("membership-resumed", _membership),
        MeetingPostponed: ("meeting-postponed", _met),
        MeetingCancelled: ("meeting-cancelled", _met),
        MeetingConvened: ("meeting-convened", _met),
        MeetingOpened: ("meeting-opened", _presided),
        MeetingChaired: ("meeting-chaired", _presided),
        AttendanceRecorded: ("attendance-recorded", _attended),
        AgendaAdopted: ("agenda-adopted", _met),
        StatementDelivered: ("statement-delivered", _said),
        BallotHeld: ("ballot-held", _balloted),
        VoteRecorded: ("vote-recorded", _voted),
        VoteIntentionStated: ("vote-intention-stated", _voted),
        PositionAdopted: ("position-adopted", _adopted),
        PositionSuperseded: ("position-superseded", _superseded),
        ReservationEntered: ("reservation-entered", _stance),
        DissociationDeclared: ("dissociation-declared", _stance),
        PositionExplained: ("position-explained", _stance),
        CommitmentUndertaken: ("commitment-undertaken", _undertaken),
        CommitmentReported: ("commitment-reported", _reported),
        DocumentTransmitted: ("document-transmitted", _transmitted),
        MeetingClosed: ("meeting-closed", _presided),
    }
)
"""What is told of whom, in the order of a day."""


def _entries(event: Event) -> Entries:
    return _TOLD[type(event)][1](event)


def _wording(event: Event) -> Mapping[str, str]:
    """Return what was said or named: private texts, but for a party's name, can be erased."""
    if isinstance(event, PartyRenamed):
        return event.names
    return getattr(event, "summaries", {})


Turn: TypeAlias = tuple[tuple[date, date], type[Event]]
"""What is dated alike and of one kind: only such facts can be one line."""


def _turn(fact: Fact[Event]) -> Turn:
    return fact.event.when.window.order, type(fact.event)


class Timeline(Projection[TimelineRow, Event]):
    """What happened to a party or a group, day by day.

    Facts are one line where they are dated alike and say the same; what sources date differently
    has a line for each date. What has no date has no place on it.
    """

    name = "timeline"
    version = 2
    row = TimelineRow
    handles = tuple(_TOLD)
    kinds: ClassVar = {kind: name for kind, (name, _) in _TOLD.items()}
    """The stored names of what it handles."""
    steps = True

    def key(self, event: Event) -> Iterator[Key]:
        """A row is about a party or a group."""
        if event.valid is None:
            return
        for subject in dict.fromkeys(entry.subject for entry in _entries(event)):
            yield (subject,)

    def fold(self, key: Key, facts: Sequence[Fact[Event]]) -> Iterator[TimelineRow]:
        """Put together what is dated alike and says the same."""
        for _, turn in groupby(facts, _turn):
            yield from _lines(key[0], turn)

    def step(self, key: Key, state: Any, fact: Fact[Event]) -> tuple[Any, Iterable[TimelineRow]]:
        """Finish the turn before, where a fact begins another."""
        told: tuple[Fact[Event], ...] = state or ()
        if told and _turn(told[-1]) != _turn(fact):
            return (fact,), _lines(key[0], told)
        return (*told, fact), ()

    def tail(self, key: Key, state: Any) -> Iterable[TimelineRow]:
        """Return the lines of the turn that goes on."""
        return _lines(key[0], state)


def _lines(subject: str, turn: Iterable[Fact[Event]]) -> Iterator[TimelineRow]:
    """Yield the lines of one turn."""
    lines: dict[tuple[Window, _Entry], list[Fact[Event]]] = {}
    for fact in turn:
        for entry in _entries(fact.event):
            if entry.subject == subject:
                lines.setdefault((fact.event.when.window, entry), []).append(fact)
    for (window, entry), facts in lines.items():
        yield TimelineRow(
            subject=subject,
            kind=Timeline.kinds[type(facts[0].event)],
            role=entry.role,
            about=entry.about,
            detail=entry.detail,
            words=words(facts, _wording),
            attested_by=attested_by(facts),
            span=Span.happened(window),
            because=because(facts),
        )

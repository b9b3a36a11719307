"""Meetings: that they took place, who opened and chaired them, who was there, who spoke."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import model_validator

from ledger.codec.declare import declare
from ledger.events.base import (
    DocumentId,
    Event,
    GroupId,
    InstrumentId,
    Level,
    MeetingId,
    PartyId,
    Person,
    PrivateTexts,
    StatementId,
    Text,
)

Capacity: TypeAlias = Literal["member", "observer", "guest", "secretariat", "not-stated"]
"""In what capacity a party was present. `not-stated` is silence: it is no claim."""


class _MeetingEvent(Event):
    """What belongs to a meeting carries its group too."""

    group: GroupId | None = None
    """The group that met; record files fill it in."""
    meeting: MeetingId
    """The meeting; an opaque name, for sources may disagree on its number and even its date."""


@declare("meeting-convened", stream="meeting")
class MeetingConvened(_MeetingEvent):
    """A meeting was held, on `valid`.

    In a record file:

        event: meeting-convened
        paragraph: 1
        group: oic-cg-azerbaijan
        meeting: oic-cg-azerbaijan-1
        number: 1
        place: New York
        level: ministerial
        margins_of: Annual Coordination Meeting
        valid: 2016-09-19
    """

    number: int | None = None
    """Its place in the group's series, as the source counts."""
    place: Text | None = None
    """The city."""
    level: Level = "not-stated"
    """Who sat at the table."""
    margins_of: Text | None = None
    """The larger meeting on whose sidelines it was held."""


@declare("meeting-postponed", stream="meeting")
class MeetingPostponed(_MeetingEvent):
    """A meeting that was announced did not take place on its day; `valid` is the new date, if any.

    In a record file:

        event: meeting-postponed
        paragraph: 1
        meeting: lakes-2
        valid: 2027-03
        instead_of: 2026-09-20
    """

    instead_of: Text | None = None
    """The date, in EDTF, that no longer holds."""


@declare("meeting-cancelled", stream="meeting")
class MeetingCancelled(_MeetingEvent):
    """A meeting that was announced will not take place.

    In a record file:

        event: meeting-cancelled
        paragraph: 1
        meeting: lakes-3
    """


class _PresidingEvent(_MeetingEvent):
    """What somebody does for all that are at the table."""

    party: PartyId | None = None
    """The party, or the organization, for which they acted."""
    office: Text | None = None
    """The office held, in a word: `secretary-general`, `foreign-minister`."""
    person: Person | None = None
    """Who it was."""


@declare("meeting-opened", stream="meeting")
class MeetingOpened(_PresidingEvent):
    """Somebody opened the meeting: who speaks first does not always chair.

    In a record file:

        event: meeting-opened
        paragraph: 2
        meeting: oic-cg-azerbaijan-1
        party: oic
        office: secretary-general
        person: {name: Iyad Ameen Madani}
    """


@declare("meeting-chaired", stream="meeting")
class MeetingChaired(_PresidingEvent):
    """Somebody presided over the meeting.

    In a record file:

        event: meeting-chaired
        paragraph: 2
        meeting: lakes-1
        party: ke
        office: permanent-representative
    """


@declare("meeting-closed", stream="meeting")
class MeetingClosed(_PresidingEvent):
    """The meeting ended; `valid` is its last day.

    In a record file:

        event: meeting-closed
        paragraph: 10
        meeting: lakes-1
        party: ke
        office: permanent-representative
    """


@declare("agenda-adopted", stream="meeting")
class AgendaAdopted(_MeetingEvent):
    """The meeting adopted its agenda: what it had before it, whatever it then spoke of.

    In a record file:

        event: agenda-adopted
        paragraph: 3
        meeting: lakes-1
        document: lakes-1-agenda
        items: [Opening, Water levels, Any other business]
    """

    document: DocumentId | None = None
    """The document in which it stands."""
    items: tuple[Text, ...] = ()
    """Its items in order, in the words of the version that lists them."""


@declare("attendance-recorded", stream="meeting", identity=("meeting", "party"))
class AttendanceRecorded(_MeetingEvent):
    """A source says that a party was, or was not, at a meeting. Silence says neither.

    In a record file:

        event: attendance-recorded
        paragraph: 1
        meeting: oic-cg-azerbaijan-1
        party: pk
        as_written: Islamic Republic of Pakistan
    """

    party: PartyId
    """Whose delegation."""
    presence: Literal["present", "absent"] = "present"
    """`absent` only where the source says so."""
    capacity: Capacity = "not-stated"
    """In what capacity."""
    level: Level = "not-stated"
    """The level of the delegation."""
    head: Person | None = None
    """Who led the delegation."""
    as_written: Text | None = None
    """The party's name as the source writes it."""


@declare("statement-delivered", stream="meeting", identity=("statement",))
class StatementDelivered(_MeetingEvent):
    """Somebody said something: one speaker, or a collective such as *other members*.

    In a record file:

        event: statement-delivered
        paragraph: 4
        meeting: oic-cg-azerbaijan-1
        statement: oic-cg-azerbaijan-1.members-withdrawal
        collective: other-members
        verb: calls-for
        verb_as_written: called for
        cites: [unsc-822, unsc-853, unsc-874, unsc-884]
        summaries: {en: Full withdrawal in accordance with the four resolutions.}
    """

    statement: StatementId
    """The statement, whichever version reports it."""
    speaker: PartyId | None = None
    """The party that spoke."""
    collective: Literal["members", "other-members"] | None = None
    """Who spoke together, where the source does not name them."""
    office: Text | None = None
    """The capacity of the speaker, in a word: `foreign-minister`."""
    person: Person | None = None
    """Who spoke."""
    on_behalf_of: tuple[PartyId, ...] = ()
    """The parties for which the speaker spoke."""
    kind: Literal["statement", "briefing", "right-of-reply"] = "statement"
    """An intervention, information without proposal, or an answer."""
    verb: Text | None = None
    """What the speaker does, normalised: `recalls`, `calls-for`."""
    verb_as_written: Text | None = None
    """The same in the source's own word."""
    cites: tuple[InstrumentId, ...] = ()
    """The instruments on which it rests."""
    summaries: PrivateTexts = {}
    """What was said, in the recorder's words, by language."""

    @model_validator(mode="after")
    def _speaks_for_itself(self) -> StatementDelivered:
        if (self.speaker is None) == (self.collective is None):
            raise ValueError("a statement has a speaker or is collective: give one of the two")
        return self

"""The vocabulary: every event type there is, and the types of its fields."""

from ledger.events.base import (
    DocumentId,
    Event,
    EventId,
    GroupId,
    InstrumentId,
    Language,
    MeetingId,
    PartyId,
    Person,
    PositionId,
    Source,
    StatementId,
)
from ledger.events.documents import (
    DocumentRegistered,
    DocumentTransmitted,
    LanguageVersionRegistered,
    TranscriptionCompleted,
)
from ledger.events.editorial import (
    Directive,
    EventCorrected,
    EventRetracted,
    PersonalDataErased,
)
from ledger.events.groups import (
    GroupDissolved,
    GroupEstablished,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
)
from ledger.events.meetings import (
    AttendanceRecorded,
    MeetingCancelled,
    MeetingChaired,
    MeetingConvened,
    MeetingOpened,
    MeetingPostponed,
    StatementDelivered,
)
from ledger.events.parties import PartyRegistered
from ledger.events.positions import (
    InstrumentRegistered,
    PositionAdopted,
    PositionSuperseded,
)

__all__ = [
    "AttendanceRecorded",
    "Directive",
    "DocumentId",
    "DocumentRegistered",
    "DocumentTransmitted",
    "Event",
    "EventCorrected",
    "EventId",
    "EventRetracted",
    "GroupDissolved",
    "GroupEstablished",
    "GroupId",
    "InstrumentId",
    "InstrumentRegistered",
    "Language",
    "LanguageVersionRegistered",
    "MeetingCancelled",
    "MeetingChaired",
    "MeetingConvened",
    "MeetingId",
    "MeetingOpened",
    "MeetingPostponed",
    "MembershipBegan",
    "MembershipEnded",
    "MembershipResumed",
    "MembershipSuspended",
    "PartyId",
    "PartyRegistered",
    "Person",
    "PersonalDataErased",
    "PositionAdopted",
    "PositionId",
    "PositionSuperseded",
    "Source",
    "StatementDelivered",
    "StatementId",
    "TranscriptionCompleted",
]

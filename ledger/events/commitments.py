"""Commitments: what somebody undertook to do, and what was said of it later."""

from __future__ import annotations

from typing import Literal

from ledger.codec.declare import declare
from ledger.events.base import (
    CommitmentId,
    Date,
    Event,
    GroupId,
    MeetingId,
    PartyId,
    PositionId,
    PrivateTexts,
    Text,
)


class _CommitmentEvent(Event):
    """What names a commitment."""

    group: GroupId | None = None
    """The group before which it was said."""
    meeting: MeetingId | None = None
    """The meeting at which it was said, if at one."""
    commitment: CommitmentId
    """The commitment, whichever version reports it."""


@declare("commitment-undertaken", stream=("meeting", "group"), identity=("commitment",))
class CommitmentUndertaken(_CommitmentEvent):
    """Somebody undertook to do something, on `valid`.

    In a record file:

        event: commitment-undertaken
        paragraph: 6
        group: lakes
        meeting: lakes-1
        commitment: lakes-1.share-levels
        by: [ke, tz, ug]
        due: 2026-12
        due_as_written: by the end of the year
        summaries: {en: Water levels of all stations are to be shared.}
        valid: 2026-03-12
    """

    by: tuple[PartyId, ...] = ()
    """Who undertook it; empty where the source names nobody, as in *the meeting agreed that …*."""
    position: PositionId | None = None
    """The position in which it stands."""
    due: Date | None = None
    """When it is to be done, in EDTF."""
    due_as_written: Text | None = None
    """The same in the source's own words."""
    summaries: PrivateTexts = {}
    """What is to be done, in the recorder's words, by language."""


@declare("commitment-reported", stream=("meeting", "group"), identity=("commitment", "party"))
class CommitmentReported(_CommitmentEvent):
    """A source says how far a commitment has come, on `valid`. Where none does, it stays open.

    In a record file:

        event: commitment-reported
        paragraph: 4
        group: lakes
        meeting: lakes-2
        commitment: lakes-1.share-levels
        party: ke
        status: under-way
        summaries: {en: Half of the stations report.}
        valid: 2027-03-14
    """

    party: PartyId | None = None
    """The party that reports, or of whose part the source speaks."""
    status: Literal["under-way", "fulfilled", "unfulfilled", "withdrawn", "not-stated"] = (
        "not-stated"
    )
    """How it stands: `fulfilled` and `withdrawn` close it."""
    summaries: PrivateTexts = {}
    """What the source says of it, in the recorder's words, by language."""

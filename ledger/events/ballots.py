"""Ballots: that a vote was taken, how each party voted, and what it says later that it meant."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from ledger.codec.declare import declare
from ledger.events.base import (
    BallotId,
    Event,
    GroupId,
    InstrumentId,
    MeetingId,
    Paragraph,
    PartyId,
    PositionId,
    Text,
)

Choice: TypeAlias = Literal["yes", "no", "abstain", "not-voting", "absent"]
"""How a party voted. *Abstained*, *did not vote* and *was absent* are three things."""
Tally: TypeAlias = Annotated[int, Field(ge=0)]
"""A count, as a source states it."""


class _BallotEvent(Event):
    """What belongs to a ballot. One text may be voted several times: each time is a ballot."""

    group: GroupId | None = None
    """The group or body that voted."""
    meeting: MeetingId | None = None
    """The meeting at which it did, if at one."""
    ballot: BallotId
    """The ballot; never the symbol of what was voted on."""


@declare("ballot-held", stream="ballot")
class BallotHeld(_BallotEvent):
    """A vote was taken, on `valid`. Its totals are those that the source states.

    In a record file:

        event: ballot-held
        paragraph: 12
        ballot: lakes-2.data-op3
        meeting: lakes-2
        position: lakes-2.calls-upon-data
        part: OP3
        method: roll-call
        outcome: adopted
        in_favour: 7
        against: 1
        abstaining: 2
        valid: 2027-03-14
    """

    instrument: InstrumentId | None = None
    """The draft or resolution that was voted on."""
    position: PositionId | None = None
    """The position that was voted on."""
    part: Paragraph | None = None
    """The paragraph or amendment that was voted on, where it was not the whole."""
    method: Literal["roll-call", "recorded", "show-of-hands", "secret", "not-stated"] = "not-stated"
    """How the vote was taken."""
    outcome: Literal["adopted", "rejected", "not-stated"] = "not-stated"
    """What came of it."""
    in_favour: Tally | None = None
    """How many voted yes."""
    against: Tally | None = None
    """How many voted no."""
    abstaining: Tally | None = None
    """How many abstained."""
    not_voting: Tally | None = None
    """How many were there and did not vote."""
    absent: Tally | None = None
    """How many were not there."""


@declare("vote-recorded", stream="ballot", identity=("ballot", "party"))
class VoteRecorded(_BallotEvent):
    """A source says how a party voted. A party that it does not list did not vote no.

    In a record file:

        event: vote-recorded
        ballot: lakes-2.data-op3
        party: ug
        choice: abstain
        choice_as_written: Abstention
        as_written: Uganda
    """

    party: PartyId
    """The party that voted."""
    choice: Choice
    """How it voted."""
    choice_as_written: Text | None = None
    """The same in the source's own word or sign: `A`, `Abstention`."""
    as_written: Text | None = None
    """The party's name as the source writes it."""


@declare("vote-intention-stated", stream="ballot", identity=("ballot", "party"))
class VoteIntentionStated(_BallotEvent):
    """A party says later how it had meant to vote. The vote, and the count, stay as they are.

    In a record file:

        event: vote-intention-stated
        ballot: lakes-2.data-op3
        party: ug
        choice: yes
        choice_as_written: had intended to vote in favour
        valid: 2027-03-15
    """

    party: PartyId
    """The party that says so."""
    choice: Literal["yes", "no", "abstain", "not-voting"]
    """How it had meant to vote."""
    choice_as_written: Text | None = None
    """The same in the source's own words."""

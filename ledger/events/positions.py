"""Instruments, the positions that meetings adopt on them, and who does not quite join those."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ledger.codec.declare import declare
from ledger.events.base import (
    BallotId,
    Event,
    GroupId,
    InstrumentId,
    MeetingId,
    OneDay,
    Paragraph,
    PartyId,
    PositionId,
    PrivateTexts,
    StatementId,
    Text,
    Texts,
)


@declare("instrument-registered", stream="instrument")
class InstrumentRegistered(Event):
    """A resolution, decision or other act gets an identifier, so that positions can cite it.

    In a record file:

        event: instrument-registered
        instrument: unsc-822
        kind: resolution
        symbol: S/RES/822 (1993)
        issued_by: Security Council
        valid: 1993-04-30
        names: {en: Security Council resolution 822 (1993)}
    """

    instrument: InstrumentId
    """The identifier; never the symbol itself, which may be written in many ways."""
    kind: Literal["resolution", "decision", "declaration", "treaty", "other"]
    """What sort of act it is."""
    symbol: Text | None = None
    """How it is cited."""
    issued_by: Text | None = None
    """The body that adopted it."""
    names: Texts = {}
    """What it is called, by language."""


@declare("position-adopted", stream=("meeting", "group"), identity=("position",))
class PositionAdopted(Event):
    """A group took a position, on `valid`: *the meeting condemns*, *the members hope*.

    In a record file:

        event: position-adopted
        paragraph: 5
        group: oic-cg-azerbaijan
        meeting: oic-cg-azerbaijan-1
        position: oic-cg-azerbaijan-1.condemns-attacks
        verb: condemns
        verb_as_written: condemned in the strongest terms
        valid: 2016-09-19
        summaries: {en: The attacks of early April 2016 on the civilian population.}
    """

    group: GroupId | None = None
    """The group."""
    meeting: MeetingId | None = None
    """The meeting at which it was adopted, if at one."""
    position: PositionId
    """The position, whichever version reports it."""
    voice: Literal["meeting", "members"] = "meeting"
    """Who speaks: the meeting as a body, or its members."""
    verb: Text
    """The operative verb, normalised: `condemns`, `calls-upon`, `expresses-concern`."""
    verb_as_written: Text | None = None
    """The same in the source's own words."""
    addressees: tuple[PartyId, ...] = ()
    """The parties that it turns to, where they are parties of this record."""
    method: Literal["consensus", "vote", "not-stated"] = "not-stated"
    """How it was adopted; hardly any report says."""
    cites: tuple[InstrumentId, ...] = ()
    """The instruments on which it rests."""
    wording_from: tuple[PositionId, ...] = ()
    """The earlier positions whose wording it takes up: agreed language."""
    summaries: PrivateTexts = {}
    """What it says, in the recorder's words, by language."""


@declare("position-superseded", stream=("meeting", "group"), identity=("position",))
class PositionSuperseded(Event):
    """A later position takes the place of an earlier one: the group changed its mind.

    In a record file:

        event: position-superseded
        paragraph: OP1
        group: lakes
        position: lakes-1.calls-ceasefire
        superseded_by: lakes-2.welcomes-ceasefire
        valid: 2027-03-14
    """

    valid: OneDay | None = None
    """The first day on which the earlier position no longer stands."""
    group: GroupId | None = None
    """The group."""
    meeting: MeetingId | None = None
    """The meeting at which it happened, if at one."""
    position: PositionId
    """The earlier position."""
    superseded_by: PositionId | None = None
    """The later one."""


class _StanceEvent(Event):
    """What a party says of its own relation to what others adopted."""

    group: GroupId | None = None
    """The group."""
    meeting: MeetingId | None = None
    """The meeting at which it was said, if at one."""
    party: PartyId
    """The party that says it."""
    position: PositionId | None = None
    """The position that it concerns."""
    instrument: InstrumentId | None = None
    """The resolution or other act that it concerns, where no position of it was entered."""
    part: Paragraph | None = None
    """The paragraph that it concerns, where it does not concern the whole."""
    summaries: PrivateTexts = {}
    """What it says, in the recorder's words, by language."""

    @model_validator(mode="after")
    def _concerns_one(self) -> _StanceEvent:
        named = [name for name in ("position", "instrument") if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError("it concerns a position or an instrument: give one of the two")
        return self


@declare(
    "reservation-entered",
    stream=("meeting", "group", "instrument"),
    identity=("position", "instrument", "party"),
)
class ReservationEntered(_StanceEvent):
    """A party accepts what was adopted, with a stated exception.

    In a record file:

        event: reservation-entered
        paragraph: 7
        group: lakes
        meeting: lakes-1
        position: lakes-1.calls-upon-data
        party: tz
        part: OP3
        summaries: {en: Measurements can be shared once a year.}
    """


@declare(
    "dissociation-declared",
    stream=("meeting", "group", "instrument"),
    identity=("position", "instrument", "party"),
)
class DissociationDeclared(_StanceEvent):
    """A party stands apart from what was adopted, and blocks nothing.

    In a record file:

        event: dissociation-declared
        paragraph: 8
        group: lakes
        meeting: lakes-1
        position: lakes-1.calls-upon-data
        party: ug
    """


@declare(
    "position-explained",
    stream=("meeting", "group", "instrument"),
    identity=("position", "instrument", "party"),
)
class PositionExplained(_StanceEvent):
    """A party gives its reasons for how it voted, or for joining a consensus.

    In a record file:

        event: position-explained
        paragraph: 9
        group: lakes
        meeting: lakes-1
        position: lakes-1.calls-upon-data
        party: ke
        moment: after
        statement: lakes-1.ke-explains
        summaries: {en: Data are shared on the understanding that others do the same.}
    """

    ballot: BallotId | None = None
    """The ballot in which it voted, if there was one."""
    moment: Literal["before", "after", "not-stated"] = "not-stated"
    """Whether it spoke before the adoption or after it."""
    statement: StatementId | None = None
    """The statement in which it did."""

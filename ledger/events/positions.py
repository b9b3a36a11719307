"""Instruments, and the positions that meetings adopt on them."""

from __future__ import annotations

from typing import Literal

from ledger.codec.declare import declare
from ledger.events.base import (
    Event,
    GroupId,
    InstrumentId,
    MeetingId,
    OneDay,
    PartyId,
    PositionId,
    PrivateTexts,
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

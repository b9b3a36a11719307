"""Groups, and who belongs to them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ledger.codec.declare import declare
from ledger.events.base import (
    Event,
    GroupId,
    InstrumentId,
    Level,
    OneDay,
    PartyId,
    Text,
    Texts,
)

Role: TypeAlias = Literal["member", "observer", "chair", "co-chair"]
"""What a party is in a group."""


@declare("group-established", stream="group")
class GroupEstablished(Event):
    """A group was set up. `valid` is the day of the act that did it.

    In a record file:

        event: group-established
        paragraph: 2
        group: oic-cg-azerbaijan
        parent: oic
        established_by: oic-summit-13-contact-group
        level: ministerial
        valid: "[2016-04-14..2016-04-15]"
    """

    valid: OneDay | None = None
    """The first day on which the group existed."""
    group: GroupId
    """The identifier of the group."""
    names: Texts = {}
    """The group's name, by language."""
    parent: PartyId | None = None
    """The organization within which it was set up."""
    established_by: InstrumentId | None = None
    """The decision that set it up."""
    level: Level = "not-stated"
    """The level at which it is to meet."""


@declare("group-dissolved", stream="group")
class GroupDissolved(Event):
    """A group ceased to exist.

    In a record file:

        event: group-dissolved
        paragraph: OP4
        group: lakes
        valid: 2030-06-30
    """

    valid: OneDay | None = None
    """The first day on which the group no longer existed."""
    group: GroupId
    """The group that ended."""
    dissolved_by: InstrumentId | None = None
    """The decision that ended it."""


class _MembershipEvent(Event):
    """What the four events of a membership share."""

    valid: OneDay | None = None
    """The first day on which it is so."""
    group: GroupId
    """The group."""
    party: PartyId
    """The party that belongs, or no longer belongs, to it."""
    as_written: Text | None = None
    """The party's name as the source writes it."""


@declare("membership-began", stream="group", identity=("group", "party"))
class MembershipBegan(_MembershipEvent):
    """A party became a member. A list of attendance is no list of members.

    In a record file:

        event: membership-began
        paragraph: 3
        group: oic-cg-azerbaijan
        party: pk
        valid: "[2016-04-15..2016-09-19]"
    """

    role: Role = "member"
    """What the party is in the group from then on."""
    how: Literal["founding", "accession", "election", "succession", "not-stated"] = "not-stated"
    """How it came about."""


@declare("membership-ended", stream="group", identity=("group", "party"))
class MembershipEnded(_MembershipEvent):
    """A party ceased to be a member. It ends the last membership that it can follow.

    In a record file:

        event: membership-ended
        paragraph: 1
        group: lakes
        party: ke
        valid: 2026-03-01
    """

    how: Literal["withdrawal", "expulsion", "expiry", "dissolution", "not-stated"] = "not-stated"
    """How it came about."""


@declare("membership-suspended", stream="group", identity=("group", "party"))
class MembershipSuspended(_MembershipEvent):
    """A member's rights were interrupted; the membership goes on.

    In a record file:

        event: membership-suspended
        paragraph: OP2
        group: lakes
        party: ke
        valid: 2026-02-01
    """


@declare("membership-resumed", stream="group", identity=("group", "party"))
class MembershipResumed(_MembershipEvent):
    """A suspended member has its rights again.

    In a record file:

        event: membership-resumed
        paragraph: OP3
        group: lakes
        party: ke
        valid: 2026-02-15
    """

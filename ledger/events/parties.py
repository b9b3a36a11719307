"""Parties: states, organizations and bodies that sit at a table; their names and their offices."""

from __future__ import annotations

from typing import Literal

from ledger.codec.declare import declare
from ledger.events.base import Code, Event, Office, OneDay, PartyId, Person, Text, Texts


@declare("party-registered", stream="party")
class PartyRegistered(Event):
    """A party gets an identifier and its usual names.

    Usual names of states are those of the CLDR; a formal name and its time come from the documents.

    In a record file:

        event: party-registered
        party: pk
        kind: state
        names: {en: Pakistan, ar: باكستان, fr: Pakistan}
        codes: {iso-3166-1: PK}
    """

    party: PartyId
    """The identifier from now on, whatever the party will be called."""
    kind: Literal["state", "organization", "body", "other"] = "state"
    """What sort of party it is."""
    names: Texts
    """Its usual name, by language."""
    codes: dict[Code, Text] = {}
    """Codes that others know it by, by code system."""


@declare("party-renamed", stream="party", identity=("party", "form"))
class PartyRenamed(Event):
    """A party bears a name from `valid` on, in the languages that are given; it stays the same.

    A source that uses a name, and does not say since when, attests it by a window that is open to
    the past: `[..2016-09-19]`.

    In a record file:

        event: party-renamed
        paragraph: 1
        party: gm
        form: formal
        names: {en: Islamic Republic of the Gambia}
        valid: 2015-12
    """

    valid: OneDay | None = None
    """The first day on which it bears the name."""
    party: PartyId
    """The party, which keeps its identifier."""
    form: Literal["formal", "short"] = "formal"
    """The long name of treaties and letters, or the short one of lists and name plates."""
    names: Texts
    """The name, by language; what is not given has not changed."""
    codes: dict[Code, Text] = {}
    """Codes that change with the name, by code system."""


@declare("party-succeeded", stream="party", identity=("party", "predecessor"))
class PartySucceeded(Event):
    """A party takes the place of another, which is not the same: a succession is no renaming.

    In a record file:

        event: party-succeeded
        paragraph: 2
        party: ru
        predecessor: su
        valid: 1991-12-24
    """

    valid: OneDay | None = None
    """The first day on which it stands in the other's place."""
    party: PartyId
    """The successor."""
    predecessor: PartyId
    """The party whose rights, or some of them, it continues."""
    extent: Literal["whole", "part", "not-stated"] = "not-stated"
    """Whether it continues all of the other, or a part that left it."""


class _OfficeEvent(Event):
    """What names an office of a party."""

    valid: OneDay | None = None
    """The first day on which it is so."""
    party: PartyId
    """The state, organization or body whose office it is."""
    office: Office
    """The office, in a word: `foreign-minister`, `secretary-general`."""


@declare("office-assumed", stream="party", identity=("party", "office"))
class OfficeAssumed(_OfficeEvent):
    """Somebody holds an office from `valid` on.

    In a record file:

        event: office-assumed
        paragraph: 2
        party: oic
        office: secretary-general
        person: {name: Yousef bin Ahmad Al-Othaimeen}
        valid: 2016-11-17
    """

    person: Person
    """Who holds it."""


@declare("office-vacated", stream="party", identity=("party", "office"))
class OfficeVacated(_OfficeEvent):
    """Somebody no longer holds an office. It ends the last tenure that it can follow.

    In a record file:

        event: office-vacated
        paragraph: 2
        party: oic
        office: secretary-general
        person: {name: Iyad Ameen Madani}
        valid: 2016-11-01
    """

    person: Person | None = None
    """Who held it."""


class _IdentityEvent(Event):
    """What names two identifiers of one party."""

    valid: OneDay | None = None
    """The first day on which it is so; left out, it always was."""
    party: PartyId
    """The identifier under which some facts were recorded."""
    canonical: PartyId
    """The identifier by which the party is counted."""


@declare("identities-linked", stream="party", identity=("party", "canonical"))
class IdentitiesLinked(_IdentityEvent):
    """Two identifiers name one party. Facts stay with the one under which they were recorded.

    In a record file:

        event: identities-linked
        party: turkey
        canonical: tr
    """


@declare("identities-unlinked", stream="party", identity=("party", "canonical"))
class IdentitiesUnlinked(_IdentityEvent):
    """Two identifiers no longer name one party. A link made by mistake is retracted instead.

    In a record file:

        event: identities-unlinked
        party: turkey
        canonical: tr
        valid: 2027-01-01
    """

"""Parties: states, organizations and bodies that sit at a table."""

from __future__ import annotations

from typing import Literal

from ledger.codec.declare import declare
from ledger.events.base import Code, Event, PartyId, Text, Texts


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

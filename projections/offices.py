"""Offices: who held which office of a party, over which span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ledger.events import OfficeAssumed, OfficeVacated
from ledger.projection import (
    Fact,
    Key,
    Projection,
    Row,
    Words,
    attested_by,
    because,
    episodes,
    spoken,
)

Handled: TypeAlias = OfficeAssumed | OfficeVacated


class OfficeRow(
    Row, key=("party", "office"), lasts=True, sorted_by=("party", "office", "began_earliest")
):
    """A tenure of an office."""

    party: str
    """The state, organization or body whose office it is."""
    office: str
    """The office, in a word."""
    person: Words
    """Who holds it, by language of the version."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


class Offices(Projection[OfficeRow, Handled]):
    """Who held which office of a party, over which span."""

    name = "offices"
    version = 1
    row = OfficeRow
    handles = (OfficeVacated, OfficeAssumed)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about an office of a party."""
        yield event.party, event.office

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[OfficeRow]:
        """Pair assuming with vacating: whether two names are one person, no fold can tell."""
        party, office = key
        assumed = [fact for fact in facts if isinstance(fact.event, OfficeAssumed)]
        vacated = [fact for fact in facts if isinstance(fact.event, OfficeVacated)]
        for episode in episodes(assumed, vacated):
            yield OfficeRow(
                party=party,
                office=office,
                person=spoken(episode.facts, lambda e: e.person.name if e.person else None),
                divergent=episode.divergent,
                attested_by=attested_by(episode.facts),
                span=episode.span,
                because=because(episode.facts),
            )

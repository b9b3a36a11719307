"""Identities: which identifiers name one party, and which party succeeded which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from ledger.events import IdentitiesLinked, IdentitiesUnlinked, PartySucceeded
from ledger.projection import (
    Fact,
    Key,
    Projection,
    Row,
    agree,
    attested_by,
    because,
    episodes,
    stated,
)
from ledger.times import Span

Handled: TypeAlias = IdentitiesUnlinked | IdentitiesLinked | PartySucceeded


class IdentityRow(Row, key=("party", "other"), lasts=True):
    """What one party is to another, over a span."""

    party: str
    """The party."""
    other: str
    """The party that it is the same as, and is counted as; or that it succeeded."""
    relation: Literal["same", "successor"]
    """`same`: two identifiers of one party. A successor is a party of its own."""
    extent: str | None
    """Whether a successor continues the `whole` of the other, or a `part`."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


class Identities(Projection[IdentityRow, Handled]):
    """Which identifiers name one party, and which party succeeded which."""

    name = "identities"
    version = 1
    row = IdentityRow
    handles = (IdentitiesUnlinked, IdentitiesLinked, PartySucceeded)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about two parties."""
        other = event.predecessor if isinstance(event, PartySucceeded) else event.canonical
        yield event.party, other

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[IdentityRow]:
        """Pair linking with unlinking; a succession lasts."""
        party, other = key
        linked = [fact for fact in facts if isinstance(fact.event, IdentitiesLinked)]
        unlinked = [fact for fact in facts if isinstance(fact.event, IdentitiesUnlinked)]
        for episode in episodes(linked, unlinked):
            yield IdentityRow(
                party=party,
                other=other,
                relation="same",
                extent=None,
                divergent=episode.divergent,
                attested_by=attested_by(episode.facts),
                span=episode.span,
                because=because(episode.facts),
            )
        successions = agree([f for f in facts if isinstance(f.event, PartySucceeded)], _stated)
        for claim in successions:
            yield IdentityRow(
                party=party,
                other=other,
                relation="successor",
                extent=claim.values.get("extent"),
                divergent=len(successions) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )


def _stated(event: Handled) -> dict[str, str | None]:
    return {"extent": stated(event.extent)} if isinstance(event, PartySucceeded) else {}

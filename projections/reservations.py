"""Reservations: who reserved, stood apart from, or explained what was adopted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from ledger.events import DissociationDeclared, Event, PositionExplained, ReservationEntered
from ledger.projection import Fact, Key, Projection, Row, Words, agree, stated, words
from ledger.times import Span

Handled: TypeAlias = ReservationEntered | DissociationDeclared | PositionExplained
Kind: TypeAlias = Literal["reservation", "dissociation", "explanation"]

_KINDS: Final[Mapping[Kind, type[Handled]]] = {
    "reservation": ReservationEntered,
    "dissociation": DissociationDeclared,
    "explanation": PositionExplained,
}


class ReservationRow(Row, key=("concerns", "party")):
    """A party's reservation, dissociation or explanation."""

    concerns: str
    """What was adopted: `position:…` or `instrument:…`."""
    party: str
    """The party."""
    kind: Kind
    """A dissociation stands apart, and blocks nothing; an explanation gives reasons."""
    group: str | None
    """The group."""
    meeting: str | None
    """The meeting at which it was said."""
    part: str | None
    """The paragraph that it concerns, where it does not concern the whole."""
    ballot: str | None
    """The ballot in which the party voted, for an explanation."""
    moment: str | None
    """Whether an explanation came `before` the adoption or `after` it."""
    statement: str | None
    """The statement in which an explanation was given."""
    summaries: Words
    """What it says, in the recorders' words."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: Handled) -> dict[str, Any]:
    said = {"group": event.group, "meeting": event.meeting, "part": event.part}
    if isinstance(event, PositionExplained):
        said |= {
            "ballot": event.ballot,
            "moment": stated(event.moment),
            "statement": event.statement,
        }
    return said


class Reservations(Projection[ReservationRow, Handled]):
    """Who reserved, stood apart from, or explained what was adopted."""

    name = "reservations"
    version = 1
    row = ReservationRow
    handles = (ReservationEntered, DissociationDeclared, PositionExplained)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about what was adopted and a party."""
        if event.position is not None:
            yield f"position:{event.position}", event.party
        else:
            yield f"instrument:{event.instrument}", event.party

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[ReservationRow]:
        """Put together what can be true together: two reservations on two parts can."""
        concerns, party = key
        for kind, event_class in _KINDS.items():
            claims = agree(_of(facts, event_class), _stated)
            accounts = Counter(claim.values.get("part") for claim in claims)
            for claim in claims:
                values = claim.values
                yield ReservationRow(
                    concerns=concerns,
                    party=party,
                    kind=kind,
                    group=values.get("group"),
                    meeting=values.get("meeting"),
                    part=values.get("part"),
                    ballot=values.get("ballot"),
                    moment=values.get("moment"),
                    statement=values.get("statement"),
                    summaries=words(claim.facts, lambda event: event.summaries),
                    divergent=accounts[values.get("part")] > 1,
                    attested_by=claim.attested_by,
                    span=Span.happened(claim.window),
                    because=claim.because,
                )


def _of(facts: Sequence[Fact[Handled]], kind: type[Event]) -> list[Fact[Handled]]:
    return [fact for fact in facts if isinstance(fact.event, kind)]

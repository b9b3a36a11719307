"""Resolutions: what rests on an instrument, and in whose voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ledger.events import PositionAdopted, StatementDelivered
from ledger.projection import Fact, Key, Projection, Row, Words, agree, spoken
from ledger.times import Span

Handled: TypeAlias = PositionAdopted | StatementDelivered


class ResolutionRow(Row, key=("instrument", "expression"), indexed=("group", "party")):
    """One expression's reliance on an instrument."""

    instrument: str
    """The resolution or decision that is cited."""
    expression: str
    """What cites it: `position:…` or `statement:…`."""
    voice: str
    """In whose voice: `meeting`, `members`, `other-members`, or `party`."""
    party: str | None
    """The party, where one speaks."""
    group: str | None
    """The group."""
    meeting: str | None
    """The meeting."""
    verb: str | None
    """The verb, normalised."""
    verb_as_written: Words
    """The same as the versions write it."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions in which it cites the instrument, and where."""


def _stated(event: Handled) -> dict[str, str | None]:
    speaks: tuple[str, str | None] = (
        (event.voice, None)
        if isinstance(event, PositionAdopted)
        else (event.collective or "party", event.speaker)
    )
    return {
        "voice": speaks[0],
        "party": speaks[1],
        "group": event.group,
        "meeting": event.meeting,
        "verb": event.verb,
    }


class Resolutions(Projection[ResolutionRow, Handled]):
    """What rests on an instrument, and in whose voice."""

    name = "resolutions"
    version = 2
    row = ResolutionRow
    handles = (PositionAdopted, StatementDelivered)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about an expression and an instrument that it cites."""
        if isinstance(event, PositionAdopted):
            expression = f"position:{event.position}"
        else:
            expression = f"statement:{event.statement}"
        for instrument in dict.fromkeys(event.cites):
            yield instrument, expression

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[ResolutionRow]:
        """Put together what can be true together."""
        instrument, expression = key
        claims = agree(facts, _stated)
        for claim in claims:
            values = claim.values
            yield ResolutionRow(
                instrument=instrument,
                expression=expression,
                voice=values["voice"],
                party=values.get("party"),
                group=values.get("group"),
                meeting=values.get("meeting"),
                verb=values.get("verb"),
                verb_as_written=spoken(claim.facts, lambda event: event.verb_as_written),
                divergent=len(claims) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )

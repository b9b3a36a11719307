"""Ballots: what was voted on, what came of it, and the totals that sources state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ledger.events import BallotHeld
from ledger.projection import Fact, Key, Projection, Row, agree, stated
from ledger.times import Span


class BallotRow(Row, key=("ballot",)):
    """A vote that was taken, with the totals as stated; the votes themselves are in `votes`."""

    ballot: str
    """The ballot."""
    group: str | None
    """The group or body that voted."""
    meeting: str | None
    """The meeting at which it did."""
    instrument: str | None
    """The draft or resolution that was voted on."""
    position: str | None
    """The position that was voted on."""
    part: str | None
    """The paragraph or amendment that was voted on, where it was not the whole."""
    method: str | None
    """How the vote was taken; None where no source says."""
    outcome: str | None
    """`adopted` or `rejected`; None where no source says."""
    in_favour: int | None
    """How many voted yes, as stated."""
    against: int | None
    """How many voted no, as stated."""
    abstaining: int | None
    """How many abstained, as stated."""
    not_voting: int | None
    """How many were there and did not vote, as stated."""
    absent: int | None
    """How many were not there, as stated."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


_COLUMNS = ("group", "meeting", "instrument", "position", "part", "method", "outcome")
_TOTALS = ("in_favour", "against", "abstaining", "not_voting", "absent")


def _stated(event: BallotHeld) -> dict[str, Any]:
    return {name: stated(getattr(event, name)) for name in (*_COLUMNS, *_TOTALS)}


class Ballots(Projection[BallotRow, BallotHeld]):
    """What was voted on, what came of it, and the totals that sources state."""

    name = "ballots"
    version = 1
    row = BallotRow
    handles = (BallotHeld,)

    def key(self, event: BallotHeld) -> Iterator[Key]:
        """A row is about a ballot."""
        yield (event.ballot,)

    def fold(self, key: Key, facts: Sequence[Fact[BallotHeld]]) -> Iterator[BallotRow]:
        """Put together what can be true together."""
        claims = agree(facts, _stated)
        for claim in claims:
            said = {name: claim.values.get(name) for name in (*_COLUMNS, *_TOTALS)}
            yield BallotRow(
                ballot=key[0],
                **said,
                divergent=len(claims) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )

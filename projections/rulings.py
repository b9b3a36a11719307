"""Rulings: what an editor decided of accounts that disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from ledger.events import DivergenceSettled
from ledger.projection import Fact, Key, Projection, Row, agree, attested_by
from ledger.times import Span


class RulingRow(Row, key=("subject",)):
    """What was ruled of one event, or of one passage."""

    subject: str
    """What was ruled upon: `event:…`, or `passage:DOCUMENT/PASSAGE`."""
    ruling: Literal["upheld", "set-aside", "settled"]
    """Whether an event is to be followed; `settled` of a passage."""
    reason: str
    """Why."""
    divergent: bool
    """Whether rulings contradict each other."""
    attested_by: tuple[str, ...]
    """The versions that say so, where the ruling is a document's."""


class Rulings(Projection[RulingRow, DivergenceSettled]):
    """What an editor decided of accounts that disagree, and why."""

    name = "rulings"
    version = 1
    row = RulingRow
    handles = (DivergenceSettled,)

    def key(self, event: DivergenceSettled) -> Iterator[Key]:
        """A row is about one event that a ruling names, or one passage."""
        for event_id in dict.fromkeys((*event.upheld, *event.set_aside)):
            yield (f"event:{event_id}",)
        if event.passage is not None:
            yield (f"passage:{event.document}/{event.passage}",)

    def fold(self, key: Key, facts: Sequence[Fact[DivergenceSettled]]) -> Iterator[RulingRow]:
        """Put together rulings that decide alike, for the same reason."""
        (subject,) = key

        def ruled(event: DivergenceSettled) -> dict[str, str]:
            kind, _, name = subject.partition(":")
            if kind == "passage":
                return {"ruling": "settled", "reason": event.reason}
            upheld = name in event.upheld
            return {"ruling": "upheld" if upheld else "set-aside", "reason": event.reason}

        claims = agree(facts, ruled)
        for claim in claims:
            yield RulingRow(
                subject=subject,
                ruling=claim.values["ruling"],
                reason=claim.values["reason"],
                divergent=len({one.values["ruling"] for one in claims}) > 1,
                attested_by=attested_by(claim.facts),
                span=Span.happened(claim.window),
                because=claim.because,
            )

"""Instruments: the resolutions, decisions and other acts that are cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ledger.events import InstrumentRegistered
from ledger.projection import Fact, Key, Projection, Row, Words, agree, words
from ledger.times import Span


class InstrumentRow(Row, key=("instrument",)):
    """An instrument, as it was registered."""

    instrument: str
    """The instrument."""
    kind: str
    """What sort of act it is: resolution, decision, declaration, treaty."""
    symbol: str | None
    """How it is cited."""
    issued_by: str | None
    """The body that adopted it."""
    names: Words
    """What it is called, by language."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: InstrumentRegistered) -> dict[str, Any]:
    return {"kind": event.kind, "symbol": event.symbol, "issued_by": event.issued_by}


class Instruments(Projection[InstrumentRow, InstrumentRegistered]):
    """Which resolutions, decisions and other acts can be cited."""

    name = "instruments"
    version = 1
    row = InstrumentRow
    handles = (InstrumentRegistered,)

    def key(self, event: InstrumentRegistered) -> Iterator[Key]:
        """A row is about an instrument."""
        yield (event.instrument,)

    def fold(
        self, key: Key, facts: Sequence[Fact[InstrumentRegistered]]
    ) -> Iterator[InstrumentRow]:
        """Put together what can be true together."""
        claims = agree(facts, _stated)
        for claim in claims:
            yield InstrumentRow(
                instrument=key[0],
                kind=claim.values["kind"],
                symbol=claim.values.get("symbol"),
                issued_by=claim.values.get("issued_by"),
                names=words(claim.facts, lambda event: event.names),
                divergent=len(claims) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )

"""Passages: the same place in several versions of a document, as an editor aligned them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ledger.events import PassagesAligned
from ledger.projection import Fact, Key, Projection, Row, Words, agree, stated, words
from ledger.times import Span


class PassageRow(Row, key=("document", "passage")):
    """A passage of a document, in the versions that have it."""

    document: str
    """The document."""
    passage: str
    """The passage, in whatever version."""
    places: tuple[str, ...]
    """Where it stands: `document/language/edition#¶3`, one place a version."""
    relation: str | None
    """`same`, `differs` or `only-here`; None where nobody says."""
    kind: str | None
    """In what the versions differ: omission, addition, strength, term, name, figure."""
    summaries: Words
    """In what they differ, in the recorder's words."""
    divergent: bool
    """Whether editors aligned it in ways that cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, where a document does."""


def _stated(event: PassagesAligned) -> dict[str, Any]:
    return {
        "places": tuple(
            sorted(
                f"{event.document}/{place.language}/{place.edition}#{place.paragraph}"
                for place in event.places
            )
        ),
        "relation": stated(event.relation),
        "kind": stated(event.kind),
    }


class Passages(Projection[PassageRow, PassagesAligned]):
    """Which passages of a document's versions are the same, and whether they agree."""

    name = "passages"
    version = 1
    row = PassageRow
    handles = (PassagesAligned,)

    def key(self, event: PassagesAligned) -> Iterator[Key]:
        """A row is about a passage of a document."""
        yield event.document, event.passage

    def fold(self, key: Key, facts: Sequence[Fact[PassagesAligned]]) -> Iterator[PassageRow]:
        """Put together alignments that agree."""
        document, passage = key
        claims = agree(facts, _stated)
        for claim in claims:
            yield PassageRow(
                document=document,
                passage=passage,
                places=claim.values["places"],
                relation=claim.values.get("relation"),
                kind=claim.values.get("kind"),
                summaries=words(claim.facts, lambda event: event.summaries),
                divergent=len(claims) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )

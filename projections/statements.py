"""Statements: who said what at a meeting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ledger.events import StatementDelivered
from ledger.projection import (
    Beside,
    Fact,
    Key,
    Projection,
    Row,
    Weighed,
    Words,
    agree,
    spoken,
    stated,
    weigh,
    words,
)
from ledger.times import Span


class StatementRow(Row, key=("statement",), indexed=("group", "meeting", "speaker")):
    """A statement: one speaker's, or a collective's."""

    statement: str
    """The statement."""
    meeting: str | None
    """The meeting at which it was made."""
    group: str | None
    """The group that met."""
    speaker: str | None
    """The party that spoke."""
    collective: str | None
    """Who spoke together, where the source does not name them: `other-members`."""
    office: str | None
    """The capacity of the speaker, in a word."""
    person: Words
    """Who spoke, by language of the version."""
    on_behalf_of: tuple[str, ...]
    """The parties for which the speaker spoke."""
    kind: str
    """A statement, a briefing or a right of reply."""
    verb: str | None
    """What the speaker does, normalised."""
    verb_as_written: Words
    """The same as the versions write it."""
    summaries: Words
    """What was said, in the recorders' words."""
    cites: tuple[str, ...]
    """The instruments on which it rests."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _about(row: StatementRow) -> str | None:
    if row.meeting is not None:
        return f"meeting:{row.meeting}"
    return f"group:{row.group}" if row.group is not None else None


def _stated(event: StatementDelivered) -> dict[str, Any]:
    return {
        "meeting": event.meeting,
        "group": event.group,
        "speaker": event.speaker,
        "collective": event.collective,
        "office": event.office,
        "on_behalf_of": stated(tuple(sorted(event.on_behalf_of))),
        "kind": event.kind,
        "verb": event.verb,
    }


class Statements(Projection[StatementRow, StatementDelivered]):
    """Who said what at a meeting, and on which instruments it rests."""

    name = "statements"
    version = 2
    row = StatementRow
    handles = (StatementDelivered,)
    joined = Weighed

    def key(self, event: StatementDelivered) -> Iterator[Key]:
        """A row is about a statement."""
        yield (event.statement,)

    def fold(self, key: Key, facts: Sequence[Fact[StatementDelivered]]) -> Iterator[StatementRow]:
        """Put together what can be true together."""
        claims = agree(facts, _stated)
        for claim in claims:
            values = claim.values
            yield StatementRow(
                statement=key[0],
                meeting=values.get("meeting"),
                group=values.get("group"),
                speaker=values.get("speaker"),
                collective=values.get("collective"),
                office=values.get("office"),
                person=spoken(claim.facts, lambda e: e.person.name if e.person else None),
                on_behalf_of=values.get("on_behalf_of", ()),
                kind=values["kind"],
                verb=values.get("verb"),
                verb_as_written=spoken(claim.facts, lambda e: e.verb_as_written),
                summaries=words(claim.facts, lambda e: e.summaries),
                cites=tuple(sorted({c for fact in claim.facts for c in fact.event.cites})),
                divergent=len(claims) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )

    def join(self, rows: Sequence[StatementRow], beside: Beside) -> Iterable[Weighed]:
        """Say of each row which versions are silent of it."""
        return weigh(rows, _about, "statements", beside)

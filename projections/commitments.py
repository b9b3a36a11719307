"""Commitments: who undertook what, until when, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from ledger.events import CommitmentReported, CommitmentUndertaken
from ledger.projection import (
    Fact,
    Key,
    Projection,
    Row,
    Words,
    attested_by,
    because,
    episodes,
    stated,
    words,
)
from ledger.times import When

Handled: TypeAlias = CommitmentReported | CommitmentUndertaken


class CommitmentRow(Row, key=("commitment",), lasts=True):
    """A commitment, from when it was undertaken until a source says that it is closed."""

    commitment: str
    """The commitment."""
    group: str | None
    """The group before which it was undertaken."""
    meeting: str | None
    """The meeting at which it was."""
    by: tuple[str, ...]
    """Who undertook it; empty where no source names anybody."""
    position: str | None
    """The position in which it stands."""
    due: str | None
    """When it is to be done, in EDTF."""
    due_by: date | None
    """The last day on which it would still be in time."""
    summaries: Words
    """What is to be done, in the recorders' words."""
    open: bool
    """Whether no source says that it was fulfilled or withdrawn."""
    outcome: str | None
    """`fulfilled` or `withdrawn`."""
    last_reported: date | None
    """The day by which a source last reported on it."""
    last_status: tuple[str, ...]
    """How it stood then; several where reports of one time differ."""
    reports: Words
    """What was reported then, in the recorders' words."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: Handled) -> dict[str, Any]:
    if isinstance(event, CommitmentReported):
        return {"outcome": event.status}
    return {
        "group": event.group,
        "meeting": event.meeting,
        "by": stated(tuple(sorted(event.by))),
        "position": event.position,
        "due": event.due,
    }


class Commitments(Projection[CommitmentRow, Handled]):
    """Who undertook what, until when, and what became of it."""

    name = "commitments"
    version = 1
    row = CommitmentRow
    handles = (CommitmentReported, CommitmentUndertaken)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a commitment."""
        yield (event.commitment,)

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[CommitmentRow]:
        """Pair undertaking with the reports that close it; what is not reported stays open."""
        undertaken = [fact for fact in facts if isinstance(fact.event, CommitmentUndertaken)]
        reports = [fact for fact in facts if isinstance(fact.event, CommitmentReported)]
        parties = {
            party
            for f in facts
            if isinstance(f.event, CommitmentUndertaken)
            for party in f.event.by
        }
        last = _last(reports)
        lasts = [day for fact in last if (day := fact.event.when.window.last) is not None]
        status = {f.event.status for f in last if isinstance(f.event, CommitmentReported)}
        for episode in episodes(undertaken, _closing(reports, parties), _stated):
            values = episode.began.values if episode.began else {}
            told = list({fact.root: fact for fact in (*episode.facts, *last)}.values())
            due = values.get("due")
            yield CommitmentRow(
                commitment=key[0],
                group=values.get("group"),
                meeting=values.get("meeting"),
                by=values.get("by", ()),
                position=values.get("position"),
                due=due,
                due_by=_last_day(due),
                summaries=words(
                    episode.facts,
                    lambda e: e.summaries if isinstance(e, CommitmentUndertaken) else {},
                ),
                open=episode.ended is None,
                outcome=episode.ended.values["outcome"] if episode.ended else None,
                last_reported=max(lasts, default=None),
                last_status=tuple(sorted(status - {"not-stated"})),
                reports=words(last, lambda e: e.summaries),
                divergent=episode.divergent,
                attested_by=attested_by(told),
                span=episode.span,
                because=because(told),
            )


def _closing(reports: Sequence[Fact[Handled]], parties: Collection[str]) -> list[Fact[Handled]]:
    """Return the reports that close a commitment.

    Of several that undertook it, one that is done with its part does not close the others'.
    """
    whole: list[Fact[Handled]] = []
    parts: dict[str | None, list[Fact[Handled]]] = {}
    for fact in reports:
        event = fact.event
        if not isinstance(event, CommitmentReported):
            continue
        if event.status not in ("fulfilled", "withdrawn"):
            continue
        if event.party in parties and len(parties) > 1:
            parts.setdefault(event.party, []).append(fact)
        else:
            whole.append(fact)
    done = parts.keys() == set(parties)
    return whole + (_last([fact for facts in parts.values() for fact in facts]) if done else [])


def _last(reports: Sequence[Fact[Handled]]) -> list[Fact[Handled]]:
    """Return the reports that none surely follows."""
    windows = [fact.event.when.window for fact in reports]
    return [
        fact
        for fact, window in zip(reports, windows, strict=True)
        if not any(window.surely_before(other) for other in windows)
    ]


def _last_day(due: str | None) -> date | None:
    """Return the last day that a date allows."""
    end = When.parse(due).latest_end if due is not None else None
    return end - timedelta(days=1) if end is not None else None

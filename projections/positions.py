"""Positions: what a group adopted, in whose voice, with which verb."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from ledger.events import (
    DissociationDeclared,
    PositionAdopted,
    PositionExplained,
    PositionSuperseded,
    ReservationEntered,
)
from ledger.projection import (
    Beside,
    Fact,
    Key,
    Projection,
    Row,
    Weighed,
    Words,
    attested_by,
    because,
    episodes,
    spoken,
    stated,
    weigh,
    words,
)

Stance: TypeAlias = ReservationEntered | DissociationDeclared | PositionExplained
Handled: TypeAlias = PositionSuperseded | PositionAdopted | Stance


class PositionRow(Row, key=("position",), indexed=("group", "meeting"), lasts=True):
    """A position, from its adoption until another takes its place."""

    position: str
    """The position."""
    group: str | None
    """The group."""
    meeting: str | None
    """The meeting at which it was adopted, if at one."""
    voice: str | None
    """Who speaks: `meeting` or `members`; None where only its end is recorded."""
    verb: str | None
    """The operative verb, normalised."""
    verb_as_written: Words
    """The same as the versions write it."""
    addressees: tuple[str, ...]
    """The parties that it turns to."""
    method: str | None
    """How it was adopted: consensus or vote; None where no source says."""
    summaries: Words
    """What it says, in the recorders' words."""
    cites: tuple[str, ...]
    """The instruments on which it rests."""
    wording_from: tuple[str, ...]
    """The earlier positions whose wording it takes up."""
    reserved_by: tuple[str, ...]
    """The parties that accept it with an exception; what they say is in `reservations`."""
    dissociated: tuple[str, ...]
    """The parties that stand apart from it."""
    explained_by: tuple[str, ...]
    """The parties that gave their reasons."""
    superseded_by: str | None
    """The position that took its place."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _about(row: PositionRow) -> str | None:
    if row.meeting is not None:
        return f"meeting:{row.meeting}"
    return f"group:{row.group}" if row.group is not None else None


def _stated(event: Handled) -> dict[str, Any]:
    if isinstance(event, PositionSuperseded):
        return {"superseded_by": event.superseded_by}
    if not isinstance(event, PositionAdopted):
        return {}
    return {
        "group": event.group,
        "meeting": event.meeting,
        "voice": event.voice,
        "verb": event.verb,
        "addressees": stated(tuple(sorted(event.addressees))),
        "method": stated(event.method),
    }


class Positions(Projection[PositionRow, Handled]):
    """What a group adopted, in whose voice, with which operative verb."""

    name = "positions"
    version = 2
    row = PositionRow
    handles = (
        PositionSuperseded,
        PositionAdopted,
        ReservationEntered,
        DissociationDeclared,
        PositionExplained,
    )
    joined = Weighed

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a position."""
        if event.position is not None:
            yield (event.position,)

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[PositionRow]:
        """Pair adoption with what superseded it."""
        adopted = [fact for fact in facts if isinstance(fact.event, PositionAdopted)]
        superseded = [fact for fact in facts if isinstance(fact.event, PositionSuperseded)]
        stances = [
            f for f in facts if not isinstance(f.event, PositionAdopted | PositionSuperseded)
        ]
        for episode in episodes(adopted, superseded, _stated):
            values = episode.began.values if episode.began else {}
            adoptions = [f.event for f in episode.facts if isinstance(f.event, PositionAdopted)]
            ended = episode.ended.values if episode.ended else {}
            yield PositionRow(
                position=key[0],
                group=values.get("group"),
                meeting=values.get("meeting"),
                voice=values.get("voice"),
                verb=values.get("verb"),
                verb_as_written=spoken(
                    episode.facts,
                    lambda e: e.verb_as_written if isinstance(e, PositionAdopted) else None,
                ),
                addressees=values.get("addressees", ()),
                method=values.get("method"),
                summaries=words(
                    episode.facts, lambda e: e.summaries if isinstance(e, PositionAdopted) else {}
                ),
                cites=tuple(sorted({cited for event in adoptions for cited in event.cites})),
                wording_from=tuple(sorted({p for event in adoptions for p in event.wording_from})),
                reserved_by=_parties(stances, ReservationEntered),
                dissociated=_parties(stances, DissociationDeclared),
                explained_by=_parties(stances, PositionExplained),
                superseded_by=ended.get("superseded_by"),
                divergent=episode.divergent,
                attested_by=attested_by(episode.facts),
                span=episode.span,
                because=because([*episode.facts, *stances]),
            )

    def join(self, rows: Sequence[PositionRow], beside: Beside) -> Iterable[Weighed]:
        """Say of each row which versions are silent of it."""
        return weigh(rows, _about, "positions", beside)


def _parties(facts: Sequence[Fact[Handled]], kind: type[Stance]) -> tuple[str, ...]:
    return tuple(sorted({fact.event.party for fact in facts if isinstance(fact.event, kind)}))

"""Membership: who belonged to a group, in which role, over which span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal, TypeAlias

from ledger.events import (
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
)
from ledger.projection import (
    Beside,
    Episode,
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
)

Handled: TypeAlias = MembershipBegan | MembershipEnded | MembershipSuspended | MembershipResumed


class MembershipRow(Row, key=("group", "party"), lasts=True):
    """A party's membership of a group, or a suspension within it, over a span."""

    group: str
    """The group."""
    party: str
    """The party."""
    kind: Literal["membership", "suspension"]
    """A suspension is a row of its own inside the membership's span."""
    role: str | None
    """What the party is in the group; None where only an end is recorded."""
    how_began: str | None
    """How it came about: founding, accession, election, succession."""
    how_ended: str | None
    """How it ended: withdrawal, expulsion, expiry, dissolution."""
    last_attested: date | None
    """The last day by which a source says that it had begun; no end recorded is not for ever."""
    as_written: Words
    """The party's name as sources write it."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: Handled) -> dict[str, str | None]:
    match event:
        case MembershipBegan():
            return {"role": event.role, "how": stated(event.how)}
        case MembershipEnded():
            return {"how": stated(event.how)}
        case _:
            return {}


class Membership(Projection[MembershipRow, Handled]):
    """Who belonged to a group, in which role, over which span."""

    name = "membership"
    version = 2
    row = MembershipRow
    handles = (MembershipEnded, MembershipBegan, MembershipResumed, MembershipSuspended)
    joined = Weighed

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a party in a group."""
        yield event.group, event.party

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[MembershipRow]:
        """Pair beginnings with ends, suspensions with resumptions."""
        began = [fact for fact in facts if isinstance(fact.event, MembershipBegan)]
        ended = [fact for fact in facts if isinstance(fact.event, MembershipEnded)]
        suspended = [fact for fact in facts if isinstance(fact.event, MembershipSuspended)]
        resumed = [fact for fact in facts if isinstance(fact.event, MembershipResumed)]
        for episode in episodes(began, ended, _stated):
            yield _row(key, "membership", episode)
        for episode in episodes(suspended, resumed, else_ends=ended):
            yield _row(key, "suspension", episode)

    def join(self, rows: Sequence[MembershipRow], beside: Beside) -> Iterable[Weighed]:
        """Say of each row which versions are silent of it."""
        return weigh(rows, lambda row: f"group:{row.group}", "membership", beside)


def _last_attested(episode: Episode[Handled]) -> date | None:
    facts = episode.began.facts if episode.began else []
    return max((day for f in facts if (day := f.event.when.window.last) is not None), default=None)


def _row(
    key: Key, kind: Literal["membership", "suspension"], episode: Episode[Handled]
) -> MembershipRow:
    group, party = key
    began = episode.began.values if episode.began else {}
    ended = episode.ended.values if episode.ended and kind == "membership" else {}
    return MembershipRow(
        group=group,
        party=party,
        kind=kind,
        role=began.get("role"),
        how_began=began.get("how"),
        how_ended=ended.get("how"),
        last_attested=_last_attested(episode) if episode.ended is None else None,
        as_written=spoken(episode.facts, lambda event: event.as_written),
        divergent=episode.divergent,
        attested_by=attested_by(episode.facts),
        span=episode.span,
        because=because(episode.facts),
    )

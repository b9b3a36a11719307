"""Votes: how each party voted in a ballot, and how it says later that it had meant to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import TypeAlias

from ledger.events import VoteIntentionStated, VoteRecorded
from ledger.projection import (
    Claim,
    Fact,
    Key,
    Projection,
    Row,
    Words,
    agree,
    attested_by,
    because,
    spoken,
)
from ledger.times import UNKNOWN, Span

Handled: TypeAlias = VoteRecorded | VoteIntentionStated


class VoteRow(Row, key=("ballot", "party")):
    """A party's vote in a ballot. A party that no source lists has no row: it did not vote no."""

    ballot: str
    """The ballot."""
    party: str
    """The party."""
    group: str | None
    """The group or body that voted."""
    meeting: str | None
    """The meeting at which it did."""
    choice: str | None
    """`yes`, `no`, `abstain`, `not-voting`, `absent`; None where only an intention is recorded."""
    choice_as_written: Words
    """The same as the versions write it."""
    intended: str | None
    """How it says later that it had meant to vote; the vote stays as it is."""
    intended_by: date | None
    """The day by which it had said so."""
    as_written: Words
    """The party's name as the versions write it."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: Handled) -> dict[str, str | None]:
    return {"group": event.group, "meeting": event.meeting, "choice": event.choice}


def _choice(event: Handled) -> str | None:
    return event.choice_as_written if isinstance(event, VoteRecorded) else None


def _name(event: Handled) -> str | None:
    return event.as_written if isinstance(event, VoteRecorded) else None


class Votes(Projection[VoteRow, Handled]):
    """How each party voted in a ballot, and how it says later that it had meant to."""

    name = "votes"
    version = 1
    row = VoteRow
    handles = (VoteRecorded, VoteIntentionStated)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a party in a ballot."""
        yield event.ballot, event.party

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[VoteRow]:
        """Put every account of the vote beside every account of what was meant."""
        ballot, party = key
        votes = agree([f for f in facts if isinstance(f.event, VoteRecorded)], _stated)
        meant = agree([f for f in facts if isinstance(f.event, VoteIntentionStated)], _stated)
        nothing: list[Claim[Handled] | None] = [None]
        for vote, intention in product(votes or nothing, meant or nothing) if facts else ():
            cast = vote.values if vote else {}
            evidence = [fact for claim in (vote, intention) if claim for fact in claim.facts]
            yield VoteRow(
                ballot=ballot,
                party=party,
                group=cast.get("group"),
                meeting=cast.get("meeting"),
                choice=cast.get("choice"),
                choice_as_written=spoken(evidence, _choice),
                intended=intention.values["choice"] if intention else None,
                intended_by=intention.window.last if intention else None,
                as_written=spoken(evidence, _name),
                divergent=len(votes) > 1 or len(meant) > 1,
                attested_by=attested_by(evidence),
                span=Span.happened(vote.window if vote else UNKNOWN),
                because=because(evidence),
            )

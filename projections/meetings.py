"""Meetings: where, when and at what level a group met, and who opened and chaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from ledger.events import (
    MeetingCancelled,
    MeetingChaired,
    MeetingConvened,
    MeetingOpened,
    MeetingPostponed,
)
from ledger.projection import (
    Claim,
    Fact,
    Key,
    Projection,
    Row,
    Words,
    agree,
    because,
    spoken,
    stated,
)
from ledger.projection.claims import attested_by
from ledger.times import Span, Window

Handled: TypeAlias = (
    MeetingConvened | MeetingPostponed | MeetingCancelled | MeetingOpened | MeetingChaired
)


class MeetingRow(Row, key=("meeting",)):
    """A meeting: held, postponed or cancelled."""

    meeting: str
    """The meeting."""
    group: str | None
    """The group that met."""
    number: int | None
    """Its place in the group's series, as sources count."""
    place: str | None
    """The city."""
    level: str | None
    """Who sat at the table: summit, ministerial, ambassadorial, expert."""
    margins_of: str | None
    """The larger meeting on whose sidelines it was held."""
    state: str
    """`held`, `postponed` or `cancelled`."""
    opened_by: str | None
    """The party or organization for which the opener acted."""
    opened_by_office: str | None
    """The opener's office."""
    opened_by_person: Words
    """Who opened it, by language of the version."""
    chaired_by: str | None
    """The party or organization for which the chair acted."""
    chaired_by_office: str | None
    """The chair's office."""
    chaired_by_person: Words
    """Who chaired it, by language of the version."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


@dataclass(frozen=True, slots=True)
class _Account:
    """One account of whether and how the meeting took place."""

    state: str
    claim: Claim[Handled] | None


def _convening(event: Handled) -> dict[str, Any]:
    if not isinstance(event, MeetingConvened):
        return {"group": event.group}
    return {
        "group": event.group,
        "number": event.number,
        "place": event.place,
        "level": stated(event.level),
        "margins_of": event.margins_of,
    }


def _presiding(event: Handled) -> dict[str, str | None]:
    if not isinstance(event, MeetingOpened | MeetingChaired):
        return {}
    return {"party": event.party, "office": event.office}


def _person(event: Handled) -> str | None:
    if isinstance(event, MeetingOpened | MeetingChaired) and event.person:
        return event.person.name
    return None


class Meetings(Projection[MeetingRow, Handled]):
    """Where, when and at what level a group met, and who opened and chaired."""

    name = "meetings"
    version = 1
    row = MeetingRow
    handles = (
        MeetingConvened,
        MeetingPostponed,
        MeetingCancelled,
        MeetingOpened,
        MeetingChaired,
    )

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a meeting."""
        yield (event.meeting,)

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[MeetingRow]:
        """Put every account of the meeting beside every account of who presided."""
        opened = agree(_of(facts, MeetingOpened), _presiding)
        chaired = agree(_of(facts, MeetingChaired), _presiding)
        accounts = _accounts(facts, presided=bool(opened or chaired))
        divergent = max(len(accounts), len(opened), len(chaired)) > 1
        nobody: list[Claim[Handled] | None] = [None]
        for account, opening, chair in product(accounts, opened or nobody, chaired or nobody):
            there = account.state == "held"
            told = [c for c in (account.claim, *((opening, chair) if there else ())) if c]
            evidence = [fact for claim in told for fact in claim.facts]
            values = account.claim.values if account.claim else {}
            window = account.claim.window if account.claim else Window(None, None)
            opener, chairing = (_words(claim if there else None) for claim in (opening, chair))
            yield MeetingRow(
                meeting=key[0],
                group=values.get("group"),
                number=values.get("number"),
                place=values.get("place"),
                level=values.get("level"),
                margins_of=values.get("margins_of"),
                state=account.state,
                opened_by=opener[0],
                opened_by_office=opener[1],
                opened_by_person=opener[2],
                chaired_by=chairing[0],
                chaired_by_office=chairing[1],
                chaired_by_person=chairing[2],
                divergent=divergent,
                attested_by=attested_by(evidence),
                span=Span.happened(window),
                because=because(evidence),
            )


def _accounts(facts: Sequence[Fact[Handled]], *, presided: bool) -> list[_Account]:
    """Return the accounts of what became of the meeting; a new date replaces no meeting held."""
    held = [_Account("held", claim) for claim in agree(_of(facts, MeetingConvened), _convening)]
    if presided and not held:
        held = [_Account("held", None)]
    cancelled = [
        _Account("cancelled", claim) for claim in agree(_of(facts, MeetingCancelled), _convening)
    ]
    return (held + cancelled) or [
        _Account("postponed", claim) for claim in agree(_of(facts, MeetingPostponed), _convening)
    ]


def _of(facts: Sequence[Fact[Handled]], kind: type[Handled]) -> list[Fact[Handled]]:
    return [fact for fact in facts if isinstance(fact.event, kind)]


def _words(claim: Claim[Handled] | None) -> tuple[str | None, str | None, Words]:
    if claim is None:
        return None, None, Words()
    return claim.values.get("party"), claim.values.get("office"), spoken(claim.facts, _person)

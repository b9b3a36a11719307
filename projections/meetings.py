"""Meetings: where, when and at what level a group met, and who opened and chaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

from ledger.events import (
    AgendaAdopted,
    MeetingCancelled,
    MeetingChaired,
    MeetingClosed,
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
    attested_by,
    because,
    spoken,
    stated,
)
from ledger.times import Span

Handled: TypeAlias = (
    MeetingConvened
    | MeetingPostponed
    | MeetingCancelled
    | MeetingOpened
    | MeetingChaired
    | AgendaAdopted
    | MeetingClosed
)


class MeetingRow(Row, key=("meeting",), indexed=("group",)):
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
    claim: Claim[Handled]
    opening: Claim[Handled] | None = None
    chairing: Claim[Handled] | None = None

    def row(self, meeting: str, *, divergent: bool) -> MeetingRow:
        """Return the account as a row."""
        values = self.claim.values
        told = [claim for claim in (self.claim, self.opening, self.chairing) if claim]
        evidence = [fact for claim in told for fact in claim.facts]
        opened_by, opener, opened_as = _presided(self.opening)
        chaired_by, chair, chaired_as = _presided(self.chairing)
        return MeetingRow(
            meeting=meeting,
            group=values.get("group"),
            number=values.get("number"),
            place=values.get("place"),
            level=values.get("level"),
            margins_of=values.get("margins_of"),
            state=self.state,
            opened_by=opened_by,
            opened_by_office=opened_as,
            opened_by_person=opener,
            chaired_by=chaired_by,
            chaired_by_office=chaired_as,
            chaired_by_person=chair,
            divergent=divergent,
            attested_by=attested_by(evidence),
            span=Span.happened(self.claim.window),
            because=because(evidence),
        )


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


_GOING_ON: Final = (MeetingOpened, MeetingChaired, AgendaAdopted, MeetingClosed)


class Meetings(Projection[MeetingRow, Handled]):
    """Where, when and at what level a group met, and who opened and chaired."""

    name = "meetings"
    version = 2
    row = MeetingRow
    handles = (
        MeetingConvened,
        MeetingPostponed,
        MeetingCancelled,
        MeetingOpened,
        MeetingChaired,
        AgendaAdopted,
        MeetingClosed,
    )

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a meeting."""
        yield (event.meeting,)

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[MeetingRow]:
        """Put every account of the meeting beside every account of who presided."""
        opened = agree(_of(facts, MeetingOpened), _presiding)
        chaired = agree(_of(facts, MeetingChaired), _presiding)
        cancelled = agree(_of(facts, MeetingCancelled), _convening)
        postponed = agree(_of(facts, MeetingPostponed), _convening)
        # Whoever says what went on at it says that it was held.
        going_on = [fact for kind in _GOING_ON for fact in _of(facts, kind)]
        held = agree(_of(facts, MeetingConvened), _convening) or agree(going_on, _convening)
        nobody: list[Claim[Handled] | None] = [None]
        accounts = [
            _Account("held", *told) for told in product(held, opened or nobody, chaired or nobody)
        ]
        accounts += [_Account("cancelled", claim) for claim in cancelled]
        accounts = accounts or [_Account("postponed", claim) for claim in postponed]
        for account in accounts:
            yield account.row(key[0], divergent=len(accounts) > 1)


def _of(facts: Sequence[Fact[Handled]], kind: type[Handled]) -> list[Fact[Handled]]:
    return [fact for fact in facts if isinstance(fact.event, kind)]


def _presided(claim: Claim[Handled] | None) -> tuple[str | None, Words, str | None]:
    """Return for whom somebody presided, who it was, and in which office."""
    if claim is None:
        return None, Words(), None
    return claim.values.get("party"), spoken(claim.facts, _person), claim.values.get("office")

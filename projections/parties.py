"""Parties: what each is called, in which language, over which span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from ledger.events import PartyRegistered, PartyRenamed
from ledger.projection import Claim, Fact, Key, Projection, Row, agree, because
from ledger.times import UNKNOWN, Span

Handled: TypeAlias = PartyRegistered | PartyRenamed


class PartyRow(
    Row,
    key=("party", "form", "language"),
    lasts=True,
    sorted_by=("party", "form", "language", "began_earliest"),
):
    """A name of a party, over the span in which it bears it."""

    party: str
    """The party."""
    form: str
    """`usual`: what this record calls it; `formal` or `short`: how it calls itself."""
    language: str
    """The language of the name."""
    name: str
    """The name."""
    kind: str | None
    """What sort of party it is; None where only a change of its name is recorded."""
    codes: tuple[str, ...]
    """Codes that others know it by under this name: `iso-3166-1:GM`."""
    divergent: bool
    """Whether sources give it another name for the same time."""
    attested_by: tuple[str, ...]
    """The versions that give the name, and where."""


class Parties(Projection[PartyRow, Handled]):
    """What each party is called, in which language, over which span."""

    name = "parties"
    version = 1
    row = PartyRow
    handles = (PartyRegistered, PartyRenamed)

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a party, a form of its name, and a language."""
        form = event.form if isinstance(event, PartyRenamed) else "usual"
        for language in event.names:
            yield event.party, form, language

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[PartyRow]:
        """Let a name hold until another takes its place."""
        party, form, language = key

        def stated(event: Handled) -> dict[str, Any]:
            kind = event.kind if isinstance(event, PartyRegistered) else None
            return {"name": event.names[language], "kind": kind}

        turns = _turns(agree(facts, stated))
        for names, following in zip(turns, [*turns[1:], []], strict=False):
            ends = agree([fact for claim in following for fact in claim.facts])
            for claim in names:
                for end in ends or (None,):
                    yield PartyRow(
                        party=party,
                        form=form,
                        language=language,
                        name=claim.values["name"],
                        kind=claim.values.get("kind"),
                        codes=_codes(claim),
                        divergent=len(names) > 1 or len(ends) > 1,
                        attested_by=claim.attested_by,
                        span=Span.between(claim.window, end.window if end else None),
                        because=because([*claim.facts, *(end.facts if end else [])]),
                    )


def _codes(claim: Claim[Handled]) -> tuple[str, ...]:
    codes = {f"{name}:{code}" for fact in claim.facts for name, code in fact.event.codes.items()}
    return tuple(sorted(codes))


def _turns(claims: Sequence[Claim[Handled]]) -> list[list[Claim[Handled]]]:
    """Return the names in turns: those of one turn are alternatives, and the next ends them all."""
    turns: list[list[Claim[Handled]]] = []
    for claim in claims:
        if turns and not all(_follows(claim, name) for name in turns[-1]):
            turns[-1].append(claim)
        else:
            turns.append([claim])
    return turns


def _follows(later: Claim[Handled], name: Claim[Handled]) -> bool:
    """Whether a name takes the place of another; of two without a date, nobody can tell."""
    undated = name.window == UNKNOWN.window and later.window.first is not None
    dated_before = name.window.surely_before(later.window)
    return (undated or dated_before) and name.values["name"] != later.values["name"]

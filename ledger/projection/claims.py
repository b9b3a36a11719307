"""What sources claim of one thing, put beside each other without picking a winner.

Claims that can be true together are one; claims that cannot are several, marked divergent. What a
source does not state it does not deny.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from ledger.projection.contract import E, Fact, because
from ledger.times import Span, Window


@dataclass(slots=True)
class Claim(Generic[E]):
    """What one or several sources say that can be true together."""

    values: dict[str, Any]
    """What they state, by name; what none of them states is not here."""
    window: Window
    """The days that all of them allow."""
    facts: list[Fact[E]]
    """The facts that say so, the most telling first."""

    @property
    def attested_by(self) -> tuple[str, ...]:
        """The citations of the versions that say so: `document/language/edition#¶3`."""
        return attested_by(self.facts)

    @property
    def because(self) -> tuple[str, ...]:
        """The events that say so."""
        return because(self.facts)

    def admits(self, values: Mapping[str, Hashable], window: Window) -> bool:
        """Whether something can be true together with this."""
        return self.window.overlaps(window) and all(
            self.values.get(name, value) == value for name, value in values.items()
        )


def attested_by(facts: Iterable[Fact[Any]]) -> tuple[str, ...]:
    """Return the citations of the versions that state the facts, each once."""
    return tuple(sorted({f.event.source.citation for f in facts if f.event.source is not None}))


def agree(
    facts: Sequence[Fact[E]],
    values: Callable[[E], Mapping[str, Hashable | None]] = lambda _event: {},
    *,
    apart: Callable[[Window, Window], bool] = lambda _one, _other: False,
) -> list[Claim[E]]:
    """Put together the facts that can be true together; more than one claim is a divergence.

    `values` gives what an event states, None where it states nothing; `apart` says of two windows
    that overlap that they are windows for two different days all the same. Those that state most
    come first, so that what says less joins every claim that it can belong to.
    """
    said = [
        (fact, {name: value for name, value in values(fact.event).items() if value is not None})
        for fact in facts
    ]
    claims: list[Claim[E]] = []
    for fact, stated in sorted(said, key=lambda pair: -len(pair[1])):
        window = fact.event.when.window
        joined = [c for c in claims if c.admits(stated, window) and not apart(c.window, window)]
        for claim in joined:
            claim.values.update(stated)
            claim.window = claim.window.meet(window)
            claim.facts.append(fact)
        if not joined:
            claims.append(Claim(dict(stated), window, [fact]))
    return sorted(claims, key=lambda claim: claim.window.order)


@dataclass(frozen=True, slots=True)
class Episode(Generic[E]):
    """A state that began and perhaps ended: a membership, a suspension, an office."""

    began: Claim[E] | None
    """None where only its end is recorded."""
    ended: Claim[E] | None
    """None where no end is recorded."""
    divergent: bool
    """Whether another episode of the same key cannot be true together with this one."""

    @property
    def span(self) -> Span:
        """When it held."""
        return Span.between(
            self.began.window if self.began else None, self.ended.window if self.ended else None
        )

    @property
    def facts(self) -> list[Fact[E]]:
        """The facts that it rests on."""
        return [fact for claim in (self.began, self.ended) if claim for fact in claim.facts]


def episodes(
    begins: Sequence[Fact[E]],
    ends: Sequence[Fact[E]],
    values: Callable[[E], Mapping[str, Hashable | None]] = lambda _event: {},
    *,
    else_ends: Sequence[Fact[E]] = (),
) -> Iterator[Episode[E]]:
    """Pair beginnings with ends.

    An end closes the last beginning it can follow: one whose first possible day is before the end's
    last. Beginnings that no end keeps apart are alternatives, and the end closes them all. An end
    that can follow none is an episode of which only the end is known. What no end closes, the first
    of `else_ends` does: the end of a membership ends its suspension.
    """

    def kept_apart(one: Window, other: Window) -> bool:
        earlier, later = sorted((one, other), key=lambda window: window.order)
        return any(
            _lies_between(earlier, end.event.when.window, later) for end in (*ends, *else_ends)
        )

    beginnings = agree(begins, values, apart=kept_apart)
    closing, orphans = _closing(beginnings, ends)
    else_closing, _ = _closing(beginnings, else_ends)
    alternatives: list[Claim[E]] = []
    for number, beginning in enumerate(beginnings):
        alternatives.append(beginning)
        closed = number in closing or number in else_closing
        if closed or number == len(beginnings) - 1:
            first = agree(else_closing.get(number, []), values)[:1]
            yield from _alternatives(alternatives, agree(closing.get(number, []), values) or first)
            alternatives = []
    unbegun = agree(orphans, values)
    for ended in unbegun:
        yield Episode(None, ended, divergent=len(unbegun) > 1)


def _closing(
    beginnings: Sequence[Claim[E]], ends: Sequence[Fact[E]]
) -> tuple[dict[int, list[Fact[E]]], list[Fact[E]]]:
    """Return which ends close which beginning, by number, and those that can follow none."""
    closing: dict[int, list[Fact[E]]] = {}
    orphans: list[Fact[E]] = []
    for end in ends:
        window = end.event.when.window
        can = [i for i, claim in enumerate(beginnings) if window.may_follow(claim.window)]
        (closing.setdefault(can[-1], []) if can else orphans).append(end)
    return closing, orphans


def _alternatives(begins: Sequence[Claim[E]], ends: Sequence[Claim[E]]) -> Iterator[Episode[E]]:
    divergent = len(begins) > 1 or len(ends) > 1
    for began in begins:
        for ended in ends or (None,):
            yield Episode(began, ended, divergent=divergent)


def _lies_between(earlier: Window, end: Window, later: Window) -> bool:
    """Whether an end surely comes after the one beginning and no later than the other."""
    return (
        end.may_follow(earlier)
        and end.last is not None
        and later.first is not None
        and end.last <= later.first
    )

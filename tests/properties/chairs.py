"""A view that takes its facts step by step, as none of the installed ones needs to."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ledger.events import MeetingChaired
from ledger.projection import Fact, Key, Projection, Row, because
from ledger.times import Span

Chaired = Fact[MeetingChaired]


class ChairRow(Row, key=("meeting",), lasts=True):
    """Somebody in the chair of a meeting, until the next one takes it."""

    meeting: str
    """The meeting."""
    party: str | None
    """Who presided."""
    office: str | None
    """The office held."""
    person: str | None
    """By name."""


class Chairs(Projection[ChairRow, MeetingChaired]):
    """Who presided over a meeting, one after the other."""

    name = "tests_chairs"
    version = 1
    row = ChairRow
    handles = (MeetingChaired,)
    steps = True

    def key(self, event: MeetingChaired) -> Iterator[Key]:
        """A row is about a meeting."""
        yield (event.meeting,)

    def fold(self, key: Key, facts: Sequence[Chaired]) -> Iterator[ChairRow]:
        """Let each preside until the next does."""
        for fact, following in pairwise((*facts, None)):
            if fact is not None:
                yield _row(key, fact, following)

    def step(
        self, key: Key, state: Chaired | None, fact: Chaired
    ) -> tuple[Chaired, list[ChairRow]]:
        """The one before presided until this one did."""
        return fact, [] if state is None else [_row(key, state, fact)]

    def tail(self, key: Key, state: Chaired | None) -> list[ChairRow]:
        """The last one presides still."""
        return [] if state is None else [_row(key, state, None)]


def _row(key: Key, fact: Chaired, following: Chaired | None) -> ChairRow:
    event = fact.event
    until = following.event.when.window if following is not None else None
    return ChairRow(
        meeting=key[0],
        party=event.party,
        office=event.office,
        person=event.person.name if event.person else None,
        span=Span.between(event.when.window, until),
        because=because([fact] if following is None else [fact, following]),
    )

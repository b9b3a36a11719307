"""A view that takes steps is the view that folds: the same rows, for less work."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events import MeetingChaired
from ledger.log import NewEvent
from ledger.projection import Fact, Key, in_order
from ledger.replay.engine import Engine
from tests.histories import facts
from tests.properties.believing import believed, rows_of
from tests.properties.benches import VIEWS, bench
from tests.properties.chairs import ChairRow, Chairs
from tests.properties.laws import PAGES, Case, View, cases, history_of, law, record
from tests.world import ONE_KEY, event_id

pytestmark = pytest.mark.usefixtures("in_memory")

STEPPING: Final = tuple(view for view in VIEWS if view.steps)


@given(st.sampled_from(STEPPING), st.data())
def test_steps_and_tail_are_the_fold(view: View, data: st.DataObject) -> None:
    """After any number of facts, the finished rows and the tail are what `fold` gives.

    So a finished row stays, whatever comes after it.
    """
    some = data.draw(st.lists(facts(view.handles, ONE_KEY), max_size=8))
    key = next((key for event in some for key in view.key(event)), ())
    bearing = [
        Fact.of(event, event_id(n)) for n, event in enumerate(some) if key in view.key(event)
    ]
    told = in_order(view, bearing)
    state: Any = None
    finished: list[Any] = []
    for number, fact in enumerate(told, 1):
        state, rows = view.step(key, state, fact)
        finished += rows
        folded = list(view.fold(key, told[:number]))
        assert len({*finished, *view.tail(key, state)}) == len(folded)
        assert {*finished, *view.tail(key, state)} == set(folded)


@law(cases(STEPPING, world=ONE_KEY, erasures=True), PAGES)
def test_a_view_that_takes_steps_knows_what_the_fold_gives(case: Case, page: int) -> None:
    """At every position, whatever was recorded, in whatever order and pages."""
    knew = history_of(case, page=page)
    for k in range(len(case.events) + 1):
        assert knew[k] == rows_of(case.view, believed(case.events[:k], case.history.erased)), k


class Counted(Chairs):
    """Counts the facts that it is given."""

    name = "tests_counted"

    def __init__(self) -> None:
        self.folded = self.stepped = 0

    def fold(self, key: Key, facts: Sequence[Fact[MeetingChaired]]) -> Iterator[ChairRow]:
        """Count all of them."""
        self.folded += len(facts)
        return super().fold(key, facts)

    def step(
        self, key: Key, state: Fact[MeetingChaired] | None, fact: Fact[MeetingChaired]
    ) -> tuple[Fact[MeetingChaired], list[ChairRow]]:
        """Count one."""
        self.stepped += 1
        return super().step(key, state, fact)


@pytest.mark.parametrize("page", [1, 7, 1_000])
def test_a_key_with_many_facts_takes_one_step_for_each(page: int) -> None:
    """What comes in order costs one step, whatever the key has already; nothing is folded again."""
    used = bench()
    used.wipe()
    counted = Counted()
    engine = Engine(used.database, counted)
    engine.rebuild()
    for year in (1900, 2000):
        chaired = [
            MeetingChaired(meeting="m", valid=f"{year + n // 12}-{1 + n % 12:02}-01")
            for n in range(150)
        ]
        record(used.database, [NewEvent(event) for event in chaired])
        engine.catch_up(page=page)
    assert (counted.stepped, counted.folded) == (300, 0)
    # One that falls between the others has them all walked again, once.
    record(used.database, [NewEvent(MeetingChaired(meeting="m", valid="1950-01-15"))])
    engine.catch_up(page=page)
    assert (counted.stepped, counted.folded) == (300 + 301, 0)

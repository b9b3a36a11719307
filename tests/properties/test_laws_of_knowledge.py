"""The laws of knowledge: what a view knows at each position, whatever was recorded and how.

Laws 1 to 4 and 10 to 18, each over all views. `docs/laws.md` has the list.
"""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import OperationalError

from ledger.errors import Unreachable
from ledger.events import EventCorrected, EventRetracted
from ledger.log import NewEvent
from ledger.projection import Row
from tests.histories import facts, histories
from tests.histories import in_batches as cut
from tests.properties.believing import believed, rows_of
from tests.properties.benches import VIEWS, bench, stored
from tests.properties.laws import (
    PAGES,
    Case,
    View,
    cases,
    corrections,
    history_of,
    known,
    law,
    present,
    record,
    recorded,
    said,
)
from tests.world import ONE_KEY, World, event_id

pytestmark = pytest.mark.usefixtures("in_memory")


# --------------------------------------------------------------------------------- whole histories


@law(cases(), PAGES, st.data())
def test_known_at_a_position_is_what_a_ledger_of_the_events_so_far_knows(
    case: Case, page: int, data: st.DataObject
) -> None:
    """Law 4: known at k is a fresh ledger of the first k events, reasons included."""
    k = data.draw(st.integers(1, len(case.events)), label="known at")
    assert history_of(case, page=page)[k] == present(case.view, case.events[:k])


@law(cases(erasures=True), PAGES)
def test_known_at_a_position_is_what_the_model_believes(case: Case, page: int) -> None:
    """Laws 4, 5, 6 and 27: at every k the rows are the believed facts folded, erased as erased."""
    knew = history_of(case, page=page)
    assert knew[0] == set()
    for k in range(len(case.events) + 1):
        assert knew[k] == rows_of(case.view, believed(case.events[:k], case.history.erased)), k


@law(cases(erasures=True), st.data())
def test_catching_up_in_any_pages_is_a_rebuild(case: Case, data: st.DataObject) -> None:
    """Laws 1 and 2: whenever a view catches up, in whatever pages, a rebuild changes no row of it.

    Not one column differs: known_from, known_to, ordinal, reasons and inbox included.
    """
    engine = recorded(case.view, [])
    for batch in case.history.batches:
        record(engine.database, batch)
        if data.draw(st.booleans(), label="catch up"):
            engine.catch_up(page=data.draw(PAGES, label="page"))
    progress = engine.catch_up(page=data.draw(PAGES, label="last page"))
    assert (progress.position, progress.stopped) == (len(case.events), None)
    before = stored(engine)
    assert engine.check(page=data.draw(PAGES, label="page of the check")) == []
    assert engine.rebuild(page=data.draw(PAGES, label="page of the rebuild")) == []
    assert stored(engine) == before


@law(cases())
def test_what_was_known_never_changes_as_events_are_added(case: Case) -> None:
    """Law 3: what was known at k is the same after every later batch."""
    engine = recorded(case.view, [])
    size, knew = 0, [set[Row]()]
    for batch in case.history.batches:
        record(engine.database, batch)
        engine.catch_up()
        size += len(batch)
        now = known(engine, size)
        assert now[: len(knew)] == knew
        knew = now


@law(st.sampled_from(VIEWS), st.data())
def test_the_order_of_recording_does_not_show(view: View, data: st.DataObject) -> None:
    """Facts on one key, recorded in any order, give the same present for the same reasons."""
    some = data.draw(st.lists(facts(view.handles, ONE_KEY), min_size=2, max_size=6))
    events = [NewEvent(event, event_id(n)) for n, event in enumerate(some)]
    shuffled = data.draw(st.permutations(events).flatmap(cut))
    assert present(view, *shuffled.batches) == present(view, events)


# --------------------------------------------------------------------------- directives, one by one


@law(cases(), st.data())
def test_correcting_to_what_it_says_changes_no_answer(case: Case, data: st.DataObject) -> None:
    """Law 10: a correction that repeats what is believed of a fact leaves every row's words."""
    believing = believed(case.events)
    assume(believing)
    fact = data.draw(st.sampled_from(believing))
    same = NewEvent(EventCorrected(target=fact.root, replacement=fact.event), event_id("same"))
    after = present(case.view, case.events, [same])
    assert said(after) == said(present(case.view, case.events))


@law(cases(), st.data())
def test_a_correction_twice_is_a_correction_once(case: Case, data: st.DataObject) -> None:
    """Law 11: the same correction under another id changes no row's words in the present."""
    correction = data.draw(corrections(case))
    once, twice = (NewEvent(correction, event_id(name)) for name in ("once", "twice"))
    after = present(case.view, case.events, [once, twice])
    assert said(after) == said(present(case.view, case.events, [once]))


@law(cases(), st.data())
def test_the_last_correction_wins(case: Case, data: st.DataObject) -> None:
    """Law 12: of several corrections of a fact only the last shows in the present."""
    first = data.draw(corrections(case))
    more = data.draw(st.lists(corrections(case, first.target), min_size=1, max_size=3))
    all_of_them = [
        NewEvent(event, event_id(f"correction {n}")) for n, event in enumerate([first, *more])
    ]
    after = present(case.view, case.events, all_of_them)
    assert after == present(case.view, case.events, all_of_them[-1:])


@law(cases(), st.data(), PAGES)
def test_a_retraction_undoes_the_recording(case: Case, data: st.DataObject, page: int) -> None:
    """Laws 13 to 16: a retraction undoes recording, in the present alone; its retraction restores.

    Retracting twice is retracting once, and restoring gives the identical rows, for the same
    reasons.
    """
    fact = NewEvent(data.draw(facts(case.view.handles)), event_id("fact"))
    retraction, again = (
        NewEvent(EventRetracted(target=fact.event_id), event_id(name))
        for name in ("retraction", "again")
    )
    undone = NewEvent(EventRetracted(target=retraction.event_id), event_id("undone"))
    history = case.history.then(fact, retraction, undone, again)
    *_, before, with_it, retracted, restored, anew = history_of(Case(case.view, history), page=page)
    assert before == present(case.view, case.events)
    assert retracted == before, "13"
    assert with_it == present(case.view, case.events, [fact]), "14"
    assert restored == with_it, "15"
    assert anew == retracted, "13, for a second time"
    assert present(case.view, case.events, [fact, retraction, again]) == retracted, "16"


@law(cases(), st.data())
def test_retracting_a_correction_restores_what_was_believed(
    case: Case, data: st.DataObject
) -> None:
    """Laws 13 and 15 hold for a correction as for a fact."""
    correction = NewEvent(data.draw(corrections(case)), event_id("correction"))
    retraction = NewEvent(EventRetracted(target=correction.event_id), event_id("retraction"))
    undone = NewEvent(EventRetracted(target=retraction.event_id), event_id("undone"))
    history = case.history.then(correction, retraction, undone)
    *_, before, corrected, retracted, restored = history_of(Case(case.view, history))
    assert retracted == before
    assert restored == corrected


@law(st.sampled_from(VIEWS), st.data(), PAGES)
def test_events_on_disjoint_subjects_commute(view: View, data: st.DataObject, page: int) -> None:
    """Laws 17 and 18: what is recorded of one world changes no answer about another, at no k."""
    ones, others = (
        data.draw(histories(view.handles, world=World(name), max_events=6)) for name in "xy"
    )
    turns = data.draw(st.permutations([True] * len(ones.events) + [False] * len(others.events)))
    queues = {True: iter(ones.events), False: iter(others.events)}
    mixed = data.draw(cut([next(queues[turn]) for turn in turns]))
    alone = {
        True: history_of(Case(view, ones), page=page),
        False: history_of(Case(view, others), page=page),
    }
    for k, knew in enumerate(history_of(Case(view, mixed), page=page)):
        mine = turns[:k].count(True)
        assert knew == alone[True][mine] | alone[False][k - mine], k


# ---------------------------------------------------------------------------------------- being cut


@contextmanager
def cut_off_at(statement: int) -> Generator[None]:
    """Let the database go away in front of a statement, counted from 0."""
    left = iter(range(statement))

    def count(*_: Any) -> None:
        if next(left, None) is None:
            raise OperationalError("", {}, ConnectionError("the plug was pulled"))

    engine = bench().database.engine
    listen(engine, "before_cursor_execute", count)
    try:
        with suppress(Unreachable):
            yield
    finally:
        remove(engine, "before_cursor_execute", count)


@law(cases(world=ONE_KEY, erasures=True, min_events=2), PAGES, st.integers(0, 25))
def test_a_catch_up_that_is_cut_off_goes_on_where_it_stood(
    case: Case, page: int, statement: int
) -> None:
    """Rows and progress are one: cut off in front of any statement, each event counts once."""
    *first, last = case.history.batches
    engine = recorded(case.view, first)
    engine.catch_up(page=page)
    record(engine.database, last)
    with cut_off_at(statement):
        engine.catch_up(page=page)
    position, erased = engine.progress().position, case.history.erased
    if not erased:  # Else a text may be gone from the log, and not yet from the view.
        there = believed(case.events[:position])
        assert known(engine, position)[position] == rows_of(case.view, there)
    engine.catch_up(page=page)
    assert known(engine, len(case.events))[-1] == rows_of(case.view, believed(case.events, erased))
    assert engine.check() == []

"""The laws of the engine (NOTES-trust, part B), each over all views, on SQLite in memory.

Every example draws one of the seven views and a history of what that view handles: facts meet more
often than in a history of everything. The same laws are tried on PostgreSQL in a file beside this.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import Table

from ledger.events import Directive, EventCorrected, EventRetracted
from ledger.log import Database, Log, NewEvent
from ledger.projection import Projection, Row
from ledger.replay.engine import Engine
from ledger.replay.query import Question
from ledger.replay.tables import LIVE, ViewTables
from tests.histories import ONE_KEY, SMALL, History, World, contents, event_id, facts, histories
from tests.histories import in_batches as cut
from tests.properties.believing import believed, rows_of
from tests.properties.benches import VIEWS, InMemory, bench, stored, using

View: TypeAlias = Projection[Any, Any]

Law: TypeAlias = Callable[..., None]

LAWS: Final[dict[str, tuple[tuple[st.SearchStrategy[Any], ...], Law]]] = {}
"""The laws by name: what is drawn for each, and the law itself."""


def law(*drawn: st.SearchStrategy[Any]) -> Callable[[Law], Law]:
    """Try a law on what is drawn, and let it be tried on another database as well."""

    def enact(test: Law) -> Law:
        LAWS[test.__name__.removeprefix("test_")] = (drawn, test)
        return given(*drawn)(test)

    return enact


OFTEN_LASTING: Final = (*VIEWS, *(view for view in VIEWS if view.row.lasts for _ in "12"))
"""The views, those whose rows can end more often than the others."""
PAGES: Final = st.integers(1, 13)
_EDGES: Final = ("2016-01-01", "2016-04-10", "2016-04-20", "2016-05-01", "2017-01-01", "2018-03-01")
DAYS: Final = st.builds(
    lambda edge, days: date.fromisoformat(edge) + timedelta(days),
    st.sampled_from(_EDGES),
    st.sampled_from([-1, 0, 1, 20]),
)
"""Days on and about the dates of which histories speak."""


@dataclass(frozen=True)
class Case:
    """A view, and what was recorded for it."""

    view: View
    history: History

    @property
    def events(self) -> list[NewEvent]:
        """All that was recorded, in order."""
        return self.history.events

    def __repr__(self) -> str:
        lines = (f"\n  {n}. {new.event!r}" for n, new in enumerate(self.events, 1))
        return (
            f"{self.view.name}, in batches of {[*map(len, self.history.batches)]}:{''.join(lines)}"
        )


def cases(views: Sequence[View] = VIEWS, **options: Any) -> st.SearchStrategy[Case]:
    """Draw a view and a history of what it handles."""
    return st.sampled_from(views).flatmap(
        lambda view: st.builds(Case, st.just(view), histories(view.handles, **options))
    )


# ------------------------------------------------------------------------------- what is stored


@pytest.fixture(scope="module", autouse=True)
def in_memory() -> Iterator[None]:
    """Try the laws on one database, and give it back in the end."""
    used = InMemory()
    with using(used):
        yield
    used.close()


def recorded(view: View, batches: Iterable[Sequence[NewEvent]]) -> Engine:
    """Record batches in a fresh ledger, and return the engine that keeps a view in it."""
    used = bench()
    used.wipe()
    for batch in batches:
        record(used.database, batch)
    return used.engines[view.name]


def record(database: Database, batch: Sequence[NewEvent]) -> None:
    """Append a batch, at a moment that tells nothing."""
    Log(database, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)).append(batch, actor="somebody")


def known(engine: Engine, size: int) -> list[set[Row]]:
    """Return the rows, with span and reasons, that the stored table knows at 0 to `size`."""
    tables = ViewTables(engine.projection, LIVE)
    versions = [(version, tables.load(version)) for version in stored(engine)[0]]
    knew: list[set[Row]] = []
    for k in range(size + 1):
        rows = [
            row
            for version, row in versions
            if version["known_from"] <= k
            and (version["known_to"] is None or k < version["known_to"])
        ]
        knew.append(set(rows))
        assert len(knew[k]) == len(rows), f"a row is known twice at {k}"
    return knew


def history_of(case: Case, *, page: int = 100) -> list[set[Row]]:
    """Record all, bring the view up after each batch, and return what it knew from 0 on."""
    engine = recorded(case.view, [])
    for batch in case.history.batches:
        record(engine.database, batch)
        engine.catch_up(page=page)
    return known(engine, len(case.events))


def present(view: View, *batches: Sequence[NewEvent]) -> set[Row]:
    """Return what a fresh ledger of some batches knows now."""
    return history_of(Case(view, History(tuple(map(tuple, batches)))))[-1]


def said(rows: Iterable[Row]) -> Counter[Row]:
    """Return rows without their reasons, and how often each is there."""
    return Counter(replace(row, because=()) for row in rows)


# --------------------------------------------------------------------------------- whole histories


@law(cases(max_events=8), PAGES)
def test_known_at_a_position_is_what_a_ledger_of_the_events_so_far_knows(
    case: Case, page: int
) -> None:
    """Law 4: known at k is a fresh ledger of the first k events, for every k, reasons included."""
    knew = history_of(case, page=page)
    for k in range(len(case.events) + 1):
        assert knew[k] == present(case.view, case.events[:k]), k


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


def corrections(case: Case, target: str | None = None) -> st.SearchStrategy[EventCorrected]:
    """Draw a correction of one fact of a history."""
    roots = {n.event_id: n.event for n in case.events if not isinstance(n.event, Directive)}
    names = st.sampled_from(sorted(roots)) if target is None else st.just(target)
    return names.flatmap(
        lambda name: st.builds(
            EventCorrected,
            target=st.just(name),
            replacement=contents(SMALL)[type(roots[name])],
        )
    )


# --------------------------------------------------------------------------------------- asking


@law(cases(OFTEN_LASTING, world=ONE_KEY), st.lists(DAYS, min_size=3, max_size=6), st.data())
def test_asking_in_sql_is_asking_the_span(
    case: Case, days: list[date], data: st.DataObject
) -> None:
    """Law 20, and `as_of` and `known_at` in SQL are `Span` and the model in Python.

    Certain rows are among the possible ones, and where every date is precise they are the same.
    """
    now = len(case.events)
    k = data.draw(st.just(now) | st.integers(0, now), label="known at")
    rows = rows_of(case.view, believed(case.events[:k]))
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    assert set(engine.ask(Question(None, k)).rows) == rows
    for day in days:
        certain = engine.ask(Question(day, k))
        possible = engine.ask(Question(day, k, possible=True))
        assert set(certain.rows) == {row for row in rows if row.span.certain(day)}
        assert set(possible.rows) == {row for row in rows if row.span.possible(day)}
        doubtful = set(possible.rows) - set(certain.rows)
        assert set(certain.rows) <= set(possible.rows)
        assert (certain.possible, possible.possible) == (len(doubtful), 0)
        assert {known.row for known in possible.known if known.certainty == "possible"} == doubtful
        assert not any(_is_precise(row) for row in doubtful)


def _is_precise(row: Row) -> bool:
    span = row.span
    return (
        span.began_earliest is not None
        and span.began_earliest == span.began_latest
        and span.ended_earliest == span.ended_latest
    )


@law(cases(), DAYS)
def test_asking_changes_nothing(case: Case, day: date) -> None:
    """Law 24: queries are pure: whatever is asked, no table of the database is different after."""
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    before = bench().everything()
    for question in (Question(), Question(day), Question(day, 1, possible=True)):
        engine.ask(question)
    engine.progress()
    engine.catch_up()
    assert bench().everything() == before


def test_every_view_is_put_to_the_laws() -> None:
    """The laws are tried on the seven views, and the histories speak of all that they handle."""
    assert len(VIEWS) == 7
    assert {kind for view in VIEWS for kind in view.handles} <= contents().keys()
    assert all(isinstance(ViewTables(view, LIVE).rows, Table) for view in VIEWS)

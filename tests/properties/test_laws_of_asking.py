"""The laws of asking: what a view answers of a day, as known at a position.

Laws 5, 6 and 19 to 22, and 24. `docs/laws.md` has the list; `test_times_laws` tries 19 to 21 on
dates alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from ledger.events import EventCorrected, MembershipBegan, MembershipEnded
from ledger.log import Log, NewEvent
from ledger.projection import Row
from ledger.replay.diff import diff
from ledger.replay.engine import Engine
from ledger.replay.query import Question
from ledger.replay.tables import SPAN, ViewTables
from ledger.replaying import replayed
from ledger.tracing import trace
from projections.membership import Membership
from tests.histories import facts
from tests.histories import in_batches as cut
from tests.properties.believing import believed, roots_of, rows_of
from tests.properties.benches import VIEWS, bench, live, stored
from tests.properties.laws import DAYS, Case, cases, law, record, recorded
from tests.world import ONE_KEY, event_id

pytestmark = pytest.mark.usefixtures("in_memory")

OFTEN_LASTING: Final = (*VIEWS, *(view for view in VIEWS if view.row.lasts for _ in "12"))
"""The views, those whose rows can end more often than the others."""
NEARBY: Final = st.dates(date(2016, 4, 1), date(2016, 4, 20))
"""Days so few that bounds and questions often meet."""


# --------------------------------------------------------------------------- as known at a position


@law(cases())
def test_now_is_the_last_position_and_before_the_first_nothing_is_known(case: Case) -> None:
    """Laws 5 and 6: without a position, the last is meant; at position 0 there is no row."""
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    size = len(case.events)
    now = engine.ask(Question())
    assert now == engine.ask(Question(known_at=size))
    assert now.known_at == now.asked == size
    assert engine.ask(Question(known_at=size + 1)).known == now.known
    assert engine.ask(Question(known_at=0)).known == engine.ask(Question(known_at=-1)).known == []


@law(cases(erasures=True), st.data())
def test_a_difference_applied_to_one_state_gives_the_other(case: Case, data: st.DataObject) -> None:
    """Law 22: what came and went between a and b leads from the one to the other, and back.

    It is read off the versions' bounds; each bound is an event that bears on the row's key.
    """
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    a, b = sorted(data.draw(st.lists(st.integers(0, len(case.events)), min_size=2, max_size=2)))
    came, went = difference(engine, a, b)
    before, after = (set(engine.ask(Question(known_at=k)).rows) for k in (a, b))
    assert (before - went) | came == after
    assert (after - came) | went == before
    assert went <= before
    assert came <= after
    assert difference(engine, a, a) == difference(engine, b, b) == (set(), set())
    told = roots_of(case.events)
    for version, _ in versions(engine):
        key = tuple(version[name] for name in case.view.row.key)
        bounds = [version["known_from"], version["known_to"]]
        for position in (bound for bound in bounds if bound is not None):
            contents = told[case.events[position - 1].event_id]
            handled = [event for event in contents if isinstance(event, case.view.handles)]
            assert any(key in case.view.key(event) for event in handled)


def versions(engine: Engine) -> Iterator[tuple[dict[str, Any], Row]]:
    """Yield each stored version of a row, as its columns and as a row."""
    tables = live(engine.projection)
    return ((version, tables.load(version)) for version in stored(engine)[0])


def difference(engine: Engine, a: int, b: int) -> tuple[set[Row], set[Row]]:
    """Return the rows that came and that went in `a < position <= b`, by their versions' bounds."""
    came: set[Row] = set()
    went: set[Row] = set()
    for version, row in versions(engine):
        opened, closed = version["known_from"], version["known_to"] or b + 1
        if a < opened <= b < closed:
            came.add(row)
        if opened <= a < closed <= b:
            went.add(row)
    # A row that was retracted and restored in between is another version of the same row.
    return came - went, went - came


# ------------------------------------------------------------------------------------------ as of


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


@law(cases(min_events=5), st.data())
def test_the_pages_of_a_walk_are_the_unlimited_answer(case: Case, data: st.DataObject) -> None:
    """A walk joined is the answer at once, in any order, whatever is recorded between two pages.

    The order is what it says: sorted by the columns, downwards or upwards, what is empty last.
    """
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    later = data.draw(st.lists(facts(case.view.handles), max_size=2), label="later")
    columns = [*(name for name in SORTED_BY if name in ViewTables(case.view).kinds), *SPAN]
    terms = st.tuples(st.sampled_from(["", "-"]), st.sampled_from(columns)).map("".join)
    question = Question(
        as_of=data.draw(st.none() | DAYS, label="as of"),
        possible=data.draw(st.booleans(), label="possible"),
        order_by=tuple(data.draw(st.lists(terms, min_size=1, max_size=2), label="order")),
    )
    whole = engine.ask(question)
    assert whole.cursor is None
    assert {known.row for known in whole.known} == {
        known.row for known in engine.ask(replace(question, order_by=())).known
    }
    for one, other in pairwise(whole.rows):
        assert not _comes_before(other, one, question.order_by)
    walked: list[Any] = []
    page = engine.ask(replace(question, limit=data.draw(st.integers(1, 3), label="limit")))
    while True:
        assert (page.known_at, page.possible) == (whole.known_at, whole.possible)
        walked += page.rows
        if page.cursor is None:
            break
        if later:
            record(engine.database, [NewEvent(later.pop())])
            engine.catch_up()
        limit = data.draw(st.integers(1, 3), label="next limit")
        page = engine.ask(replace(question, limit=limit, cursor=page.cursor))
    assert walked == whole.rows


@law(cases(min_events=3, erasures=True), st.data())
def test_a_diff_leads_from_one_state_to_the_other(case: Case, data: st.DataObject) -> None:
    """Law 22: diff applied to state(a) gives state(b); diff(a, a) is empty; reversal holds.

    Each change names the events between the two states that touched what its rows rest on, among
    them those that closed the one row and opened the other, and a key's rows are paired in full.
    """
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    log = Log(engine.database)
    moments = st.integers(0, len(case.events))
    a, b = (data.draw(moments, label=label) for label in ("from", "to"))
    question = Question(
        as_of=data.draw(st.none() | DAYS, label="as of"),
        possible=data.draw(st.booleans(), label="possible"),
    )
    states = [set(engine.ask(replace(question, known_at=k)).rows) for k in (a, b)]
    there, back = diff(engine, log, question, a, b), diff(engine, log, question, b, a)
    assert there.apply(states[0]) == states[1]
    assert back.apply(states[1]) == states[0]
    assert diff(engine, log, question, a, a).changes == []
    assert {(c.key, c.before, c.after, c.columns, c.positions) for c in there.changes} == {
        (c.key, c.after, c.before, c.columns, c.positions) for c in back.changes
    }
    assert there.events.keys() == {k for change in there.changes for k in change.positions}
    for change in there.changes:
        sides = [side for side in (change.before, change.after) if side is not None]
        assert all(min(a, b) < k <= max(a, b) for k in change.positions)
        own = {k for side in sides for k in (side.known_from, side.known_to)}
        assert {k for k in own if k and min(a, b) < k <= max(a, b)} <= set(change.positions)
        assert change.positions
        assert (change.kind == "changed") == bool(change.columns)
        assert all(
            state.issuperset(side.row for side in [s] if side)
            for state, s in zip(states, (change.before, change.after), strict=True)
        )


@law(cases(erasures=True), st.data())
def test_a_replay_of_the_first_events_is_what_was_known_then(
    case: Case, data: st.DataObject
) -> None:
    """Law 4 once more: built elsewhere from the first k events, a view answers as known at k."""
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    k = data.draw(st.integers(0, len(case.events)), label="until")
    day = data.draw(st.none() | DAYS, label="as of")
    question = Question(as_of=day, known_at=k, possible=True)
    anew, known = replayed(engine.database, case.view, k, question), engine.ask(question)
    assert [(one.row, one.certainty, one.known_from) for one in anew.known] == [
        (one.row, one.certainty, one.known_from) for one in known.known
    ]


@law(cases(erasures=True), st.data())
def test_a_trace_tells_each_version_of_a_row(case: Case, data: st.DataObject) -> None:
    """What events opened and closed, told one by one, is what the view has stored of the key."""
    engine = recorded(case.view, case.history.batches)
    engine.catch_up()
    tables = live(case.view)
    versions: dict[Any, set[Any]] = {}
    for version in stored(engine)[0]:
        told = (tables.load(version), version["known_from"], version["known_to"])
        versions.setdefault(tables.key_of(version), set()).add(told)
    assume(versions)
    key = data.draw(st.sampled_from(sorted(versions)), label="key")
    turns = trace(Log(engine.database), engine, key, None).turns
    opened = {(row.row, row.known_from) for turn in turns for row in turn.opened}
    closed = {(row.row, row.known_from): row.known_to for turn in turns for row in turn.closed}
    assert {(row, since, closed.get((row, since))) for row, since in opened} == versions[key]
    assert closed.keys() <= opened
    assert [turn.event.position for turn in turns] == sorted(
        {turn.event.position for turn in turns}
    )


SORTED_BY: Final = ("number", "party", "level", "group", "divergent", "last_attested")
"""Columns that are often empty, or often equal."""


def _comes_before(one: Row, other: Row, order: Sequence[str]) -> bool:
    """Whether one row is sorted before another by some columns alone."""
    for term in order:
        name = term.removeprefix("-")
        a, b = ((getattr(r.span, name) if name in SPAN else getattr(r, name)) for r in (one, other))
        if a != b:
            return b is None or (a is not None and ((a > b) if term != name else (a < b)))
    return False


def _is_precise(row: Row) -> bool:
    span = row.span
    return (
        span.began_earliest is not None
        and span.began_earliest == span.began_latest
        and span.ended_earliest == span.ended_latest
    )


@law(st.lists(NEARBY, min_size=3, max_size=3, unique=True).map(sorted), NEARBY, st.data())
def test_a_state_holds_from_its_first_day_to_before_its_end(
    bounds: list[date], day: date, data: st.DataObject
) -> None:
    """Law 19: true at the start, false at the end; neighbours neither overlap nor leave a gap.

    A party leaves and joins again on one day, and as it leaves for good another takes its seat.
    """
    began, again, left = bounds
    told = [
        *(NewEvent(member("ke", day), event_id(f"in {day}")) for day in (began, again)),
        *(NewEvent(leaves("ke", day), event_id(f"out {day}")) for day in (again, left)),
        NewEvent(member("tz", left), event_id("successor")),
    ]
    history = data.draw(st.permutations(told).flatmap(cut))
    engine = recorded(Membership(), history.batches)
    engine.catch_up()
    for asked in (day, *bounds, *(bound - timedelta(1) for bound in bounds)):
        held = [("ke" if asked < left else "tz", began if asked < again else again)]
        if asked >= left:
            held = [("tz", left)]
        expected = held if asked >= began else []
        for possible in (False, True):
            rows = engine.ask(Question(asked, possible=possible)).rows
            assert [(row.party, row.span.began_latest) for row in rows] == expected


def member(party: str, valid: date | str) -> MembershipBegan:
    """A party joins."""
    return MembershipBegan(group="lakes", party=party, valid=str(valid))


def leaves(party: str, valid: date | str) -> MembershipEnded:
    """A party leaves."""
    return MembershipEnded(group="lakes", party=party, valid=str(valid))


@dataclass(frozen=True)
class Dated:
    """What a source says of a day, and says more exactly later; both are true."""

    wide: str | None
    narrow: str


@st.composite
def dated(draw: st.DrawFn, day: date) -> Dated:
    """Draw two windows that have a day in them, the one in the other."""
    early, late = (sorted(draw(st.tuples(*[st.integers(0, 6)] * 2))) for _ in "ab")
    bounds = [[day - timedelta(early[at]), day + timedelta(late[at])] for at in (1, 0)]
    (first, last), narrow = ([bound.isoformat() for bound in pair] for pair in bounds)
    wide = draw(st.sampled_from([f"[{first}..{last}]", f"[..{last}]", f"[{first}..]", None]))
    return Dated(wide, "[{}..{}]".format(*narrow))


@law(st.tuples(NEARBY, NEARBY, NEARBY).filter(lambda days: days[0] < days[1]), st.data())
def test_narrowing_a_date_only_settles(days: tuple[date, date, date], data: st.DataObject) -> None:
    """Law 21: a date corrected to a more exact one removes no certain answer, adds no possible one.

    Several sources tell of one membership, all of them truly: what contradicts what was believed is
    not more exact.
    """
    joined, left, asked = days
    facts = [
        *((member, d) for d in data.draw(st.lists(dated(joined), min_size=1, max_size=3))),
        *((leaves, d) for d in data.draw(st.lists(dated(left), max_size=2))),
    ]
    first: list[NewEvent] = []
    then: list[NewEvent] = []
    for number, (tells, when) in enumerate(facts):
        root = event_id(number)
        right = tells("ke", when.narrow)
        first.append(NewEvent(right.model_copy(update={"valid": when.wide}), root))
        then.append(
            NewEvent(EventCorrected(target=root, replacement=right), event_id(f"+{number}"))
        )
    engine = recorded(Membership(), [first, data.draw(st.permutations(then))])
    engine.catch_up()
    for day in (asked, joined, left):
        was_certain, was_possible = False, True
        for k in range(len(first), len(first) + len(then) + 1):
            certain = bool(engine.ask(Question(day, k)).rows)
            possible = bool(engine.ask(Question(day, k, possible=True)).rows)
            assert certain or not was_certain
            assert was_possible or not possible
            was_certain, was_possible = certain, possible


# ------------------------------------------------------------------------------------------- purity


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
    log = Log(bench().database)
    for event in log.read(after=1):
        log.event(event.event_id)
    assert bench().everything() == before

"""Law 26: SQLite and PostgreSQL give the same answers about the same log, row for row, in order.

The same events, with the same ids and at the same moments, are recorded on both. Salts are random,
so hashes differ; nothing else may.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from unicodedata import is_normalized

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput, InvalidDate, UnusableFilter
from ledger.events import Directive, Event, MeetingConvened, Person, StatementDelivered
from ledger.log import Log, NewEvent
from ledger.replay.query import Question
from ledger.replay.tables import ViewTables
from ledger.testing import events
from tests.clocks import SetClock
from tests.histories import History, histories, in_batches
from tests.postgres import Cluster
from tests.properties.benches import VIEWS, Bench, InMemory, OnPostgres, stored
from tests.world import event_id

Both = tuple[InMemory, OnPostgres]
EXAMPLES: Final = settings().max_examples // 15 + 1
START: Final = datetime(2026, 1, 1, tzinfo=UTC)

ODD: Final = (
    *("سلام", "سلامٌ", "é", "e\u0301", "É", "E", "e", "ﬁ", "fi", "İ", "i", "ß", "ss", "\U0001f1f0"),
    *("Peace", "PEACE", "peace", "peace ", "Pea", "100%", "%", "_", "%s", "%(x)s", ":x", "?"),
    *("it's", "''", '"', '","', '["', "\\", "\\\\", "\\n", "a\\u0001", "a\u0001b", "$1", "$$"),
    *("a,b", "[]", "null", "NULL", "true", "0", "-1", "1e3", "x" * 3000, "\u200e", "\u2028"),
)
"""Texts that one database or driver may take for another, or for more than a text."""
DAYS: Final = st.none() | st.builds(
    lambda edge, days: date.fromisoformat(edge) + timedelta(days),
    st.sampled_from(("2016-01-01", "2016-04-10", "2016-04-20", "2017-01-01", "2018-03-01")),
    st.sampled_from([-1, 0, 1]),
)


@pytest.fixture(scope="module")
def both(postgres: Cluster, postgres_template: str) -> Iterator[Both]:
    """One database of each kind."""
    name = f"alike_{uuid.uuid4().hex}"
    ours = InMemory()
    theirs = OnPostgres(postgres.create_database(name, template=postgres_template))
    yield ours, theirs
    ours.close()
    theirs.database.close()
    postgres.drop_database(name)


# ---------------------------------------------------------------------------- what is recorded

odd = st.sampled_from(ODD)
recordable = st.sampled_from([text for text in ODD if is_normalized("NFC", text)])
odd_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(MeetingConvened, meeting=st.sampled_from(["meeting-1", "m-2"]), place=recordable),
    st.builds(
        StatementDelivered,
        meeting=st.just("meeting-1"),
        statement=st.sampled_from(["s-1", "s-2"]),
        speaker=st.sampled_from(["party-1", "party-10", "party_1"]),
        verb=recordable,
        person=st.builds(Person, name=recordable),
        summaries=st.dictionaries(st.sampled_from(["en", "ar"]), recordable),
    ),
    events(),
).filter(lambda event: not isinstance(event, Directive))


@st.composite
def records(draw: st.DrawFn) -> tuple[History, list[int]]:
    """Draw a history of everything, odd texts too, and how long before each batch."""
    kinds = sorted(
        {kind for view in VIEWS for kind in view.handles}, key=lambda kind: kind.__name__
    )
    history = draw(histories(kinds, erasures=True, max_events=9))
    more = [
        NewEvent(e, event_id(f"odd {n}"))
        for n, e in enumerate(draw(st.lists(odd_events, max_size=4)))
    ]
    history = History((*history.batches, *(draw(in_batches(more)).batches if more else ())))
    waits = st.sampled_from([0, 1, 60, -3600])
    return history, [draw(waits) for _ in history.batches]


def record(both: Both, history: History, waits: list[int]) -> None:
    """Record a history on both, at the same moments, and bring every view up."""
    for bench in both:
        bench.wipe()
        clock = SetClock(START)
        log = Log(bench.database, clock=clock)
        for batch, seconds in zip(history.batches, waits, strict=True):
            clock.move(seconds=seconds)
            log.append(batch, actor="somebody")
        for engine in bench.engines.values():
            engine.catch_up(page=7)


# -------------------------------------------------------------------------------- what is asked


def said(bench: Bench, view: str, question: Question) -> Any:
    """Return an answer with all that is in it, or what refuses it."""
    try:
        return bench.engines[view].ask(question)
    except BadInput as refusal:
        return type(refusal), str(refusal)


def values(bench: Bench, view: str, column: str) -> list[Any]:
    """Return what a column of a view has, and parts of it."""
    rows = bench.engines[view].ask(Question()).rows
    found = [getattr(row, column) for row in rows]
    parts = [part for value in found if isinstance(value, tuple) for part in value]
    return [*(value for value in found if isinstance(value, str | int | bool | date)), *parts]


@settings(max_examples=EXAMPLES)
@given(records(), st.data())
def test_every_view_is_the_same(
    both: Both, recorded: tuple[History, list[int]], data: st.DataObject
) -> None:
    """Every row version, and every answer by day, by knowledge and by column, in the same order."""
    record(both, *recorded)
    ours, theirs = both
    size = len(recorded[0].events)
    for view in VIEWS:
        assert stored(ours.engines[view.name]) == stored(theirs.engines[view.name])
        assert ours.engines[view.name].progress() == theirs.engines[view.name].progress()
        column = data.draw(st.sampled_from(sorted(ViewTables(view).kinds)), label="column")
        known = values(ours, view.name, column)
        value = data.draw(odd | st.sampled_from([*known, None, 0, True]), label="value")
        day = data.draw(DAYS, label="as of")
        for question in (
            Question(day, data.draw(st.integers(0, size + 1), label="known at"), possible=True),
            Question(day),
            Question(fields={column: value}),
            Question(order_by=(f"-{column}",), limit=2),
            Question(order_by=("-began_latest", column), limit=1),
        ):
            assert said(ours, view.name, question) == said(theirs, view.name, question)


@settings(max_examples=EXAMPLES)
@given(records(), st.data())
def test_the_log_reads_the_same(
    both: Both, recorded: tuple[History, list[int]], data: st.DataObject
) -> None:
    """Every event, whatever it is looked for by, and the position at any moment."""
    record(both, *recorded)
    logs = [Log(bench.database) for bench in both]
    whole, theirs = (list(log.read()) for log in logs)
    assert whole == theirs
    assert len({(log.head().size, log.head().recorded_at) for log in logs}) == 1
    one = data.draw(st.sampled_from(whole), label="event")
    after, until = (data.draw(st.integers(0, len(whole)), label="bound") for _ in "au")
    subject = data.draw(
        st.sampled_from(["party:party-1", "group:group-1", f"event:{one.event_id}"])
    )
    for chosen in (
        {"types": {one.type}, "after": after},
        {"stream": one.stream, "until": until},
        {"subject": subject, "after": after, "until": until},
        {"types": set[str]()},
    ):
        assert list(logs[0].read(**chosen)) == list(logs[1].read(**chosen))
    assert logs[0].event(one.event_id) == logs[1].event(one.event_id) == one
    moment = datetime.fromisoformat(one.recorded_at) + timedelta(
        microseconds=data.draw(st.sampled_from([-1, 0, 1]))
    )
    assert logs[0].position_at(moment) == logs[1].position_at(moment)


@settings(max_examples=EXAMPLES // 2)
@given(records())
def test_a_rebuild_changes_nothing_on_either(
    both: Both, recorded: tuple[History, list[int]]
) -> None:
    """Neither a check nor a rebuild finds a drift, and the rows stay the same on both."""
    record(both, *recorded)
    for view in VIEWS:
        kept = stored(both[0].engines[view.name])
        for bench in both:
            engine = bench.engines[view.name]
            assert engine.check(page=5) == engine.rebuild(page=3) == []
            assert stored(engine) == kept


# --------------------------------------------------------------------- what no column can have

BEYOND: Final = (2**63, -(2**63) - 1, 10**30, 10**5000, str(2**63), str(10**30))


@given(st.sampled_from(VIEWS), st.data())
def test_what_no_column_can_have_is_refused_on_both(
    both: Both, view: Any, data: st.DataObject
) -> None:
    """NUL, a lone surrogate, a number beyond 64 bits: an error that names the column on both."""
    column = data.draw(st.sampled_from(sorted(ViewTables(view).kinds)), label="column")
    value = data.draw(st.sampled_from(["a\0b", "\0", "\ud800", *BEYOND, b"\0", 1.5, [], {}]))
    answers = [said(bench, view.name, Question(fields={column: value})) for bench in both]
    assert answers[0] == answers[1]
    if not isinstance(answers[0], tuple):
        assert answers[0].rows == []
    else:
        assert issubclass(answers[0][0], UnusableFilter | InvalidDate)
    if value in ("a\0b", "\ud800", 10**5000):
        assert isinstance(answers[0], tuple), "it is refused, whatever the column"


@example(view=VIEWS[0], position=-(2**70))
@example(view=VIEWS[0], position=2**70)
@given(view=st.sampled_from(VIEWS), position=st.integers())
def test_a_position_beyond_any_log_is_no_error(both: Both, view: Any, position: int) -> None:
    """What was known before the first event, or will be long after the last, can be asked."""
    answers = [said(bench, view.name, Question(known_at=position)) for bench in both]
    assert answers[0] == answers[1]


def test_whole_numbers_of_64_bits_can_be_asked_for(both: Both) -> None:
    """The largest and the smallest number that a column can have are no error."""
    for number in (2**63 - 1, -(2**63), str(2**63 - 1), "7", -1):
        for bench in both:
            assert bench.engines["meetings"].ask(Question(fields={"number": number})).rows == []

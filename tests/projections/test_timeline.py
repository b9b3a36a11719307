from datetime import date
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.codec.declare import declaration_of
from ledger.events import (
    AttendanceRecorded,
    MembershipBegan,
    PartyRenamed,
    PartySucceeded,
    PositionAdopted,
    StatementDelivered,
    VoteRecorded,
)
from ledger.projection import Fact, Row, in_order
from ledger.times import Span
from projections.timeline import Timeline
from tests.histories import facts
from tests.projections.folding import AR, EN, NOTE, only, told, worded
from tests.world import ONE_KEY


def test_two_versions_that_say_the_same_are_one_line() -> None:
    """What both versions date alike is one line that names both."""
    row = only(
        Timeline,
        AttendanceRecorded(meeting="m1", party="ke", valid="2026-03-12", source=EN),
        AttendanceRecorded(meeting="m1", party="ke", valid="2026-03-12", source=AR),
    )
    assert (row.subject, row.kind) == ("party:ke", "attendance-recorded")
    assert (row.about, row.detail, row.role) == ("meeting:m1", "present", None)
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert row.span == Span(date(2026, 3, 12), date(2026, 3, 12))


def test_what_is_dated_differently_has_a_line_for_each_date() -> None:
    """A day here and a month there are two lines: a timeline judges nothing."""
    rows = told(
        Timeline,
        AttendanceRecorded(meeting="m1", party="ke", valid="2026-03-12", source=EN),
        AttendanceRecorded(meeting="m1", party="ke", valid="2026-03", source=AR),
    )
    assert [row.span.began_earliest for row in rows] == [date(2026, 3, 1), date(2026, 3, 12)]


def test_one_event_is_a_line_of_each_whom_it_concerns() -> None:
    """A position is a line of the group that took it and of the parties that it turns to."""
    rows = told(
        Timeline,
        PositionAdopted(
            group="lakes",
            meeting="m1",
            position="p1",
            verb="urges",
            addressees=("ke",),
            summaries={"en": "Share data."},
            valid="2026-03-12",
            source=EN,
        ),
    )
    assert [(row.subject, row.role, row.detail) for row in rows] == [
        ("group:lakes", None, "urges"),
        ("party:ke", "addressee", "urges"),
    ]
    assert all(worded(row.words) == {"en": ("Share data.",)} for row in rows)


def test_a_party_with_two_parts_in_one_event_has_two_lines() -> None:
    """Whoever speaks, and speaks for itself too, is told both."""
    rows = told(
        Timeline,
        StatementDelivered(
            meeting="m1",
            statement="s1",
            speaker="ke",
            on_behalf_of=("ke", "ug"),
            valid="2026-03-12",
            source=EN,
        ),
    )
    assert [(row.subject, row.role) for row in rows] == [
        ("party:ke", "speaker"),
        ("party:ke", "represented"),
        ("party:ug", "represented"),
    ]


def test_days_come_in_order_and_a_day_in_the_order_of_what_happens_on_it() -> None:
    """A name is borne, a seat is taken, a vote is cast: one after another."""
    rows = told(
        Timeline,
        VoteRecorded(ballot="b1", party="ke", choice="abstain", valid="2026-03-12", source=NOTE),
        MembershipBegan(group="lakes", party="ke", valid="2026-03-12", source=EN),
        PartyRenamed(party="ke", names={"en": "Kenya"}, valid="2026-03-12", source=EN),
        MembershipBegan(group="peaks", party="ke", valid="2025", source=EN),
    )
    assert [(row.kind, row.about) for row in rows if row.subject == "party:ke"] == [
        ("membership-began", "group:peaks"),
        ("party-renamed", None),
        ("membership-began", "group:lakes"),
        ("vote-recorded", "ballot:b1"),
    ]


def test_what_has_no_date_has_no_place_on_a_timeline() -> None:
    """A vote whose day nobody states is in the log and in `votes`, and not here."""
    assert told(Timeline, VoteRecorded(ballot="b1", party="ke", choice="yes", source=EN)) == []


def test_a_succession_is_told_of_both() -> None:
    """The successor's line names the predecessor, and the other way round."""
    rows = told(Timeline, PartySucceeded(party="ru", predecessor="su", valid="1991", source=EN))
    assert {(row.subject, row.about, row.role) for row in rows} == {
        ("party:ru", "party:su", "successor"),
        ("party:su", "party:ru", "predecessor"),
    }


def test_a_line_bears_the_stored_name_of_its_event() -> None:
    """`kind` is the name under which the log has the event, for every event that is handled."""
    for kind in Timeline.handles:
        assert Timeline.kinds[kind] == declaration_of(kind).name


@given(st.lists(facts(Timeline.handles, ONE_KEY), max_size=12))
def test_steps_are_the_fold(events: list[Any]) -> None:
    """What the steps finish, and what their tail holds at each point, is the fold of the facts."""
    timeline = Timeline()
    said = [Fact.of(event, f"{n:02}") for n, event in enumerate(events)]
    for key in dict.fromkeys(chain.from_iterable(map(timeline.key, events))):
        bearing = in_order(timeline, [f for f in said if key in timeline.key(f.event)])
        state: Any = None
        finished: list[Row] = []
        for count, fact in enumerate(bearing, 1):
            state, more = timeline.step(key, state, fact)
            finished += more
            so_far = [*finished, *timeline.tail(key, state)]
            assert so_far == list(timeline.fold(key, bearing[:count]))

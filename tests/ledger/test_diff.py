from collections.abc import Iterator

import pytest

from ledger import Ledger, Source
from ledger.errors import InvalidMoment, UnknownColumn
from ledger.events import AttendanceRecorded, MeetingConvened, MembershipBegan
from projections.attendance import Attendance
from projections.meetings import Meetings
from projections.membership import Membership
from tests.clocks import SetClock

REPORT = Source(document="report", language="en")
NOTE = Source(document="note", language="fr")


@pytest.fixture
def ledger(clock: SetClock) -> Iterator[Ledger]:
    """A ledger of two attendances, a membership and a meeting, one after the other."""
    with Ledger.open("sqlite://", clock=clock, actor="ann") as opened:
        for party in ("ke", "ug"):
            opened.record(AttendanceRecorded(meeting="m1", party=party), source=REPORT.at(1))
        opened.record(MembershipBegan(group="lakes", party="ke", valid="2016"))
        opened.record(MeetingConvened(meeting="m1", place="Nairobi"), source=REPORT.at(2))
        yield opened


def test_a_diff_says_what_appeared_and_by_which_event(ledger: Ledger) -> None:
    """What came between two positions is there with the event that brought it."""
    found = ledger.view(Attendance).diff(1, 2)
    (change,) = found.changes
    assert (change.kind, change.key, change.positions) == ("appeared", ("m1", "ug"), (2,))
    assert (change.before, change.after and change.after.row.party) == (None, "ug")
    event = found.events[2]
    assert (event.type, event.actor) == ("attendance-recorded", "ann")
    assert event.event.source == REPORT.at(1)


def test_a_row_that_was_corrected_is_one_that_changed(ledger: Ledger) -> None:
    """The same key, before and after, the columns that differ, all events on the way."""
    ledger.correct(4, {"place": "Kampala"}, source=NOTE)
    ledger.correct(4, {"place": "Entebbe"}, source=NOTE.at(3))
    found = ledger.view(Meetings).diff(4)
    (change,) = found.changes
    assert change.before is not None
    assert change.after is not None
    assert (change.before.row.place, change.after.row.place) == ("Nairobi", "Entebbe")
    assert (change.kind, change.columns) == ("changed", ("place", "because"))
    assert change.positions == (5, 6)
    assert found.events[6].event.source == NOTE.at(3)


def test_a_fact_that_moved_is_gone_here_and_came_there(ledger: Ledger) -> None:
    """An attendance that should have named another party: one event, two keys."""
    ledger.correct(2, {"party": "tz"})
    found = ledger.view(Attendance).diff(4, 5)
    assert [(c.kind, c.key[1], c.positions) for c in found.changes] == [
        ("appeared", "tz", (5,)),
        ("gone", "ug", (5,)),
    ]


def test_what_went_and_came_back_is_no_change(ledger: Ledger) -> None:
    """Between a retraction and its undoing the row is gone; across both nothing differs."""
    ledger.retract(1)
    ledger.retract(5)
    view = ledger.view(Attendance)
    assert [change.kind for change in view.diff(4, 5).changes] == ["gone"]
    assert view.diff(4, 6).changes == []
    assert view.diff(4, 6).events == {}


def test_of_several_rows_those_of_the_same_facts_belong_together(ledger: Ledger) -> None:
    """Where a second account splits a row, the account that was there changed, and one appeared."""
    ledger.record(MeetingConvened(meeting="m1", place="Arusha"), source=NOTE.at(1))
    found = ledger.view(Meetings).diff(4, 5)
    told = {change.kind: change for change in found.changes}
    changed, came = told["changed"], told["appeared"]
    assert changed.before is not None
    assert changed.after is not None
    assert came.after is not None
    assert (changed.before.row.place, changed.after.row.place) == ("Nairobi", "Nairobi")
    assert changed.columns == ("divergent",)
    assert came.after.row.place == "Arusha"


def test_a_diff_is_of_the_rows_that_are_asked_for(ledger: Ledger) -> None:
    """Fields and a day choose rows as in an answer; a row that leaves the choice is gone."""
    view = ledger.view(Attendance)
    assert [c.key for c in view.diff(0, 4, party="ke").changes] == [("m1", "ke")]
    membership = ledger.view(Membership)
    ledger.correct(3, {"valid": "2018"})
    assert [c.kind for c in membership.diff(4, as_of="2017-06-01").changes] == ["gone"]
    assert [c.kind for c in membership.diff(4, as_of="2019-06-01").changes] == ["changed"]
    assert membership.diff(0, 4, as_of="2016-06-01").changes == []
    assert len(membership.diff(0, 4, as_of="2016-06-01", possible=True).changes) == 1
    with pytest.raises(UnknownColumn):
        view.diff(0, 4, partty="ke")


def test_states_are_named_by_position_or_by_time(ledger: Ledger, clock: SetClock) -> None:
    """A time means the last position recorded by then; without `to`, now is meant."""
    before = clock.now
    clock.move(hours=1)
    ledger.record(AttendanceRecorded(meeting="m1", party="tz"))
    found = ledger.view(Attendance).diff(before.isoformat())
    assert (found.from_, found.to) == (4, 5)
    assert [change.key for change in found.changes] == [("m1", "tz")]
    with pytest.raises(InvalidMoment):
        ledger.view(Attendance).diff("yesterday")


def test_a_diff_says_how_far_it_knows(ledger: Ledger) -> None:
    """Asked past the end, it answers up to the last position there is."""
    found = ledger.view(Attendance).diff(1, 900)
    assert (found.to, found.asked) == (4, 900)

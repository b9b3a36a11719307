"""What a type checker sees of the public interface; mypy reads this file, pytest runs it."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_type

from ledger import Ledger, NewEvent, Receipt, RecordedEvent, Source, View
from ledger.events import Event, MembershipBegan
from ledger.log import Head
from ledger.projection import Fact, Projection
from ledger.replay.engine import Drift, Progress
from ledger.replay.query import Answer, Known
from projections.attendance import AttendanceRow
from projections.membership import Membership, MembershipRow

BEGAN = MembershipBegan(group="lakes", party="ke", valid="2016-04-15")


def test_a_view_by_class_has_typed_rows() -> None:
    """The rows of a view that is asked for by class are of the class's own row type."""
    with Ledger.open("sqlite://") as ledger:
        assert_type(ledger, Ledger)
        ledger.record(BEGAN)
        view = assert_type(ledger.view(Membership), View[MembershipRow])
        rows = assert_type(view.rows(group="lakes", as_of="2016-05-01"), list[MembershipRow])
        answer = assert_type(view.answer(), Answer[MembershipRow])
        known = assert_type(answer.known, list[Known[MembershipRow]])
        assert_type(answer.rows, list[MembershipRow])
    assert [row.party for row in rows] == ["ke"]
    assert isinstance(known[0].row, MembershipRow)
    assert not isinstance(rows[0], AttendanceRow)


def test_a_view_by_name_has_rows_of_any_type() -> None:
    """A name says nothing to a type checker, so nothing is promised of the rows."""
    with Ledger.open("sqlite://") as ledger:
        ledger.record(BEGAN)
        view = assert_type(ledger.view("membership"), View[Any])
        rows = assert_type(view.rows(), list[Any])
        views = assert_type(ledger.views, Mapping[str, Projection[Any, Any]])
    assert isinstance(rows[0], MembershipRow)
    assert isinstance(views["membership"], Membership)


def test_recording_gives_receipts() -> None:
    """One event gives one receipt, a batch a list of them."""
    with Ledger.open("sqlite://") as ledger:
        source = assert_type(Source(document="report").at(3), Source)
        receipt = assert_type(ledger.record(BEGAN, source=source), Receipt)
        receipts = assert_type(ledger.append([BEGAN, NewEvent(BEGAN)]), list[Receipt])
        assert_type(receipt.version, int)
        assert_type(ledger.head, int)
        head = assert_type(ledger.state, Head)
    assert [r.position for r in (receipt, *receipts)] == [1, 2, 3]
    assert head.size == 3


def test_reading_gives_recorded_events() -> None:
    """Reading yields recorded events; each holds an event."""
    with Ledger.open("sqlite://") as ledger:
        ledger.record(BEGAN)
        events = list(assert_type(ledger.read(), Iterator[RecordedEvent]))
        found = assert_type(ledger.event(1), RecordedEvent)
        event = assert_type(found.event, Event)
    assert events == [found]
    assert event == BEGAN


def test_keeping_views_gives_progress_and_drift() -> None:
    """Bringing views up says how far; rebuilding and checking say what differed."""
    with Ledger.open("sqlite://") as ledger:
        progress = assert_type(ledger.project("membership"), list[Progress])
        rebuilt = assert_type(ledger.rebuild("membership"), list[Drift])
        checked = assert_type(ledger.check("membership"), list[Drift])
    assert len(progress) == 1
    assert rebuilt == checked == []


def test_a_fold_gives_the_rows_of_its_class() -> None:
    """A projection that is tried with plain values yields its own row type."""
    projection = Membership()
    facts = [Fact.of(BEGAN, "a")]
    rows = list(assert_type(projection.fold(("lakes", "ke"), facts), Iterator[MembershipRow]))
    assert [row.because for row in rows] == [("a",)]

from collections.abc import Iterator
from typing import Any

import pytest

from ledger import Ledger, Source
from ledger.events import AttendanceRecorded, MeetingConvened, Person, PersonalDataErased
from ledger.reasons import Reason
from projections.attendance import Attendance
from projections.meetings import Meetings
from tests.clocks import SetClock

REPORT = Source(document="report", language="en", edition="draft")
ARABIC = Source(document="report", language="ar")


@pytest.fixture
def ledger(clock: SetClock) -> Iterator[Ledger]:
    """A ledger of a meeting that two versions place alike, and of two attendances."""
    with Ledger.open("sqlite://", clock=clock, actor="ann") as opened:
        for source in (REPORT, ARABIC):
            opened.record(MeetingConvened(meeting="m1", place="Nairobi"), source=source.at(1))
        for party in ("ke", "ug"):
            head = Person(name=f"Head of {party}")
            opened.record(AttendanceRecorded(meeting="m1", party=party, head=head), source=REPORT)
        yield opened


def reasons(ledger: Ledger, view: Any, **question: Any) -> list[Reason[Any]]:
    """Return the reasons of the rows that answer."""
    return ledger.view(view).why(**question).reasons


def test_a_row_rests_on_its_facts(ledger: Ledger) -> None:
    """Each fact is there, with document, language, edition, paragraph, by whom and when."""
    (reason,) = reasons(ledger, Meetings, meeting="m1")
    assert reason.row is not None
    assert reason.key == ("m1",)
    assert [e.root.position for e in reason.rests_on] == [1, 2]
    assert [e.content.source for e in reason.rests_on] == [REPORT.at(1), ARABIC.at(1)]
    assert {(e.root.actor, e.root.recorded_at) for e in reason.rests_on} == {
        ("ann", ledger.event(1).recorded_at)
    }
    assert (reason.otherwise, reason.set_aside) == ((), ())


def test_what_was_corrected_stands_beside_what_is_believed(ledger: Ledger) -> None:
    """Old and new content, field by field; the fact keeps its own source."""
    ledger.correct(1, {"place": "Kampala"}, reason="Misread.")
    ledger.correct(1, {"place": "Entebbe", "level": "summit"})
    ledger.retract(6)
    (reason,) = reasons(ledger, Meetings, place="Kampala")
    (evidence,) = reason.rests_on
    assert evidence.content.place == "Kampala"  # type: ignore[attr-defined]
    assert [(r.event.position, r.changes, r.counts) for r in evidence.revisions] == [
        (5, (("place", "Nairobi", "Kampala"),), True),
        (6, (("place", "Kampala", "Entebbe"), ("level", None, "summit")), False),
        (7, (("place", "Entebbe", "Kampala"), ("level", "summit", None)), True),
    ]
    assert all(revision.believed for revision in evidence.revisions)


def test_who_says_otherwise_is_named(ledger: Ledger) -> None:
    """Where versions contradict each other, each row names those that cannot be true with it."""
    ledger.correct(1, {"place": "Kampala"})
    first, second = reasons(ledger, Meetings, meeting="m1")
    assert [other.row.place for other in first.otherwise] == ["Nairobi"]
    assert [other.row.attested_by for other in second.otherwise] == [
        ("report/en/draft#¶1",),
    ]
    (only,) = reasons(ledger, Meetings, place="Kampala")
    assert [other.row.place for other in only.otherwise] == ["Nairobi"]


def test_a_fact_that_no_longer_counts_is_told_of(ledger: Ledger) -> None:
    """A retracted fact stands beside the row that others still attest."""
    ledger.retract(1)
    (reason,) = reasons(ledger, Meetings, meeting="m1")
    assert [e.root.position for e in reason.rests_on] == [2]
    (aside,) = reason.set_aside
    assert (aside.root.position, aside.retraction and aside.retraction.position) == (1, 5)
    assert [(r.event.position, r.believed) for r in aside.revisions] == [(5, False)]


def test_a_row_that_is_no_more_is_told_of(ledger: Ledger) -> None:
    """Why is there no row? The key is there without one, and what moved away or was retracted."""
    ledger.correct(4, {"party": "tz"})
    ledger.retract(3)
    moved, gone = (reasons(ledger, Attendance, party=party)[0] for party in ("ug", "ke"))
    assert (moved.row, gone.row) == (None, None)
    (aside,) = moved.set_aside
    assert aside.revisions[0].changes == (("party", "ug", "tz"),)
    assert gone.set_aside[0].retraction is not None
    (come,) = reasons(ledger, Attendance, party="tz")
    assert [e.root.position for e in come.rests_on] == [4]
    assert reasons(ledger, Attendance, party="nobody") == []


def test_reasons_are_those_of_their_time(ledger: Ledger) -> None:
    """As known at a position, nothing that was recorded later is among the reasons."""
    ledger.correct(4, {"party": "tz"})
    (reason,) = reasons(ledger, Attendance, party="ug", known_at=4)
    assert reason.row is not None
    assert reason.rests_on[0].revisions == ()
    assert reasons(ledger, Attendance, party="tz", known_at=4) == []
    assert reasons(ledger, Attendance, party="ug", known_at=3) == []


def test_an_erasure_is_shown_as_such(ledger: Ledger) -> None:
    """Erased texts read `erased`, at any time, and the erasure is named."""
    ledger.record(PersonalDataErased(target=ledger.event(3).event_id))
    for known_at in (None, 4):
        (reason,) = reasons(ledger, Attendance, party="ke", known_at=known_at)
        (evidence,) = reason.rests_on
        assert evidence.content.head.name == "erased"  # type: ignore[attr-defined]
        assert [erasure.position for erasure in evidence.erasures] == [5]

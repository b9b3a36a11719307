from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger, NewEvent
from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    EventRetracted,
    Person,
    PersonalDataErased,
    Source,
)
from ledger.replay.engine import Step
from projections.attendance import Attendance, AttendanceRow
from tests.world import event_id

ENGLISH = Source(document="report", language="en").at(1)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open("sqlite://") as opened:
        yield opened


def attended(party: str = "ke", head: str = "Ann") -> AttendanceRecorded:
    """Say that somebody led a delegation to the meeting."""
    return AttendanceRecorded(meeting="m1", party=party, head=Person(name=head), source=ENGLISH)


def named(name: str, event: AttendanceRecorded | EventCorrected | EventRetracted) -> NewEvent:
    """Give an event an id that a test can tell."""
    return NewEvent(event, event_id(name))


def erased(name: str) -> PersonalDataErased:
    """Erase what a test named."""
    return PersonalDataErased(target=event_id(name))


def heads(ledger: Ledger) -> list[list[str]]:
    """Return whom the view knew at each position from 1 on, by name."""
    view = ledger.view(Attendance)
    return [
        sorted(name for row in view.rows(known_at=k) for name in row.head.texts("en"))
        for k in range(1, ledger.head + 1)
    ]


@pytest.mark.parametrize("follow", [True, False], ids=["caught up before", "read at once"])
def test_rows_read_erased_at_every_known_at(ledger: Ledger, *, follow: bool) -> None:
    """Once erased, a name is in no state of knowledge, whether or not the view had it before."""
    ledger.append([named("fact", attended())])
    if follow:
        assert heads(ledger) == [["Ann"]]
    ledger.append([attended("ug", "Bob"), erased("fact")])
    assert heads(ledger) == [["erased"], ["Bob", "erased"], ["Bob", "erased"]]


def test_the_fact_and_its_reasons_stay(ledger: Ledger) -> None:
    """What is erased is the name: row, source and reasons are as they were."""
    ledger.append([named("fact", attended()), erased("fact")])
    (row,) = ledger.view(Attendance).rows()
    assert (row.party, row.presence, row.head.texts("en")) == ("ke", "present", ("erased",))
    assert row.because == (event_id("fact"),)
    assert row.attested_by == ("report/en/unmarked#¶1",)


def test_only_the_named_event_is_erased(ledger: Ledger) -> None:
    """Erasing a fact leaves the name in its correction, and the other way round."""
    correction = EventCorrected(target=event_id("fact"), replacement=attended(head="Anne"))
    ledger.append([named("fact", attended()), named("correction", correction)])
    ledger.append([erased("fact")])
    assert heads(ledger) == [["erased"], ["Anne"], ["Anne"]]
    ledger.append([erased("correction")])
    assert heads(ledger) == [["erased"]] * 4


@pytest.mark.parametrize("follow", [True, False], ids=["caught up before", "read at once"])
def test_the_view_equals_a_rebuild(ledger: Ledger, *, follow: bool) -> None:
    """After an erasure the stored rows are those that the log now gives, version for version."""
    moved = EventCorrected(target=event_id("fact"), replacement=attended("ug"))
    ledger.append([named("fact", attended()), attended("ug", "Bob"), named("moved", moved)])
    if follow:
        ledger.project()
    ledger.append([erased("moved"), erased("fact")])
    ledger.project()
    assert ledger.check() == []
    assert heads(ledger)[-1] == ["Bob", "erased"]


@pytest.mark.parametrize("page", [1, 2, 100])
def test_what_follows_an_erasure_is_still_heard(ledger: Ledger, page: int) -> None:
    """A fact that is retracted after its erasure is gone, in whatever pages the two are read."""
    retraction = EventRetracted(target=event_id("fact"))
    ledger.append([named("fact", attended()), erased("fact"), named("retraction", retraction)])
    ledger.project("attendance", page=page)
    assert ledger.view(Attendance).rows() == []


@pytest.mark.parametrize("page", [1, 2, 100])
def test_a_fact_that_was_moved_is_not_found_where_it_never_stood(ledger: Ledger, page: int) -> None:
    """Erasing a fact that a correction moved rewrites both keys, and invents nothing."""
    moved = EventCorrected(target=event_id("fact"), replacement=attended("ug"))
    ledger.append([named("fact", attended()), named("moved", moved), erased("fact")])
    ledger.project("attendance", page=page)
    assert parties(ledger, 1) == ["ke"]
    assert parties(ledger, 2) == parties(ledger, 3) == ["ug"]


def parties(ledger: Ledger, position: int) -> list[str]:
    """Return who was known to have attended."""
    rows: list[AttendanceRow] = ledger.view(Attendance).rows(known_at=position)
    return [row.party for row in rows]


def test_what_is_erased_is_nowhere_in_the_files(tmp_path: Path) -> None:
    """No view, unfinished build or write-ahead file keeps the text, while the ledger is open."""
    name = "Zubaida Unmistakable"
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        ledger.append([named("fact", attended(head=name))])
        ledger.project()

        def pull_the_plug(_step: Step) -> None:
            raise RuntimeError("cut off")

        with pytest.raises(RuntimeError):
            ledger.check("attendance", report=pull_the_plug)
        kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert name.encode() in kept
        ledger.append([erased("fact")])
        left = {file.name for file in tmp_path.iterdir() if name.encode() in file.read_bytes()}
        assert left == set()

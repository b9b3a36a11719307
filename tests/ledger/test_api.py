from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from ledger import NO_STREAM, Ledger, Source
from ledger.errors import InvalidDate, InvalidMoment, UnknownView, WrongExpectedVersion
from ledger.events import AttendanceRecorded, MeetingConvened, MembershipBegan, MembershipEnded
from projections.attendance import Attendance
from projections.ballots import Ballots
from projections.commitments import Commitments
from projections.documents import Documents
from projections.groups import Groups
from projections.identities import Identities
from projections.instruments import Instruments
from projections.meetings import Meetings
from projections.membership import Membership
from projections.offices import Offices
from projections.parties import Parties
from projections.passages import Passages
from projections.positions import Positions
from projections.reservations import Reservations
from projections.resolutions import Resolutions
from projections.rulings import Rulings
from projections.statements import Statements
from projections.timeline import Timeline
from projections.transcriptions import Transcriptions
from projections.votes import Votes
from tests.clocks import SetClock

ALL = {
    "attendance": Attendance,
    "ballots": Ballots,
    "commitments": Commitments,
    "documents": Documents,
    "groups": Groups,
    "identities": Identities,
    "instruments": Instruments,
    "meetings": Meetings,
    "membership": Membership,
    "offices": Offices,
    "parties": Parties,
    "passages": Passages,
    "positions": Positions,
    "reservations": Reservations,
    "resolutions": Resolutions,
    "rulings": Rulings,
    "statements": Statements,
    "timeline": Timeline,
    "transcriptions": Transcriptions,
    "votes": Votes,
}


@pytest.fixture
def ledger(clock: SetClock) -> Iterator[Ledger]:
    """A ledger that learned of two members on one day, and of a third on the next."""
    clock.now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    with Ledger.open("sqlite://", clock=clock) as opened:
        opened.record(began("ke"))
        clock.move(hours=2)
        opened.record(began("ug"))
        clock.move(days=1)
        opened.record(began("tz"))
        yield opened


def began(party: str) -> MembershipBegan:
    """Say that a party became a member."""
    return MembershipBegan(group="lakes", party=party, valid="2016-04-15")


def members(ledger: Ledger, known_at: int | str | datetime | None = None) -> list[str]:
    """Return who is known to belong to the group."""
    return [row.party for row in ledger.view(Membership).rows(known_at=known_at)]


def test_what_we_knew_then_stays_answerable(tmp_path: Path) -> None:
    """The example of the style guide: who is a member on a day, now and as we then believed."""
    with Ledger.open(f"sqlite:///{tmp_path / 'proceedings.db'}") as ledger:
        report = Source(document="lakes-2026-report", language="en")
        ledger.record(
            MembershipBegan(group="lakes", party="ke", valid="2026-01-10"), source=report.at("¶2")
        )
        ledger.record(
            AttendanceRecorded(
                group="lakes",
                meeting="lakes-1",
                party="ke",
                level="ministerial",
                valid="2026-03-12",
            ),
            source=report.at("¶1"),
        )
        before = ledger.head
        ledger.record(
            MembershipEnded(group="lakes", party="ke", valid="2026-03-01"),
            source=Source(document="note-17").at("¶1"),
        )

        membership = ledger.view(Membership)
        assert membership.rows(group="lakes", as_of="2026-03-12") == []
        (kenya,) = membership.rows(group="lakes", as_of="2026-03-12", known_at=before)
        assert kenya.party == "ke"
        assert kenya.attested_by == ("lakes-2026-report/en/unmarked#¶2",)
        assert [row.level for row in ledger.view(Attendance).rows(party="ke")] == ["ministerial"]


def test_what_is_recorded_is_there_when_the_ledger_is_opened_again(tmp_path: Path) -> None:
    """A ledger that was closed is found as it was left, views included."""
    file = tmp_path / "proceedings.db"
    with Ledger.open(file) as ledger:
        ledger.record(began("ke"))
        assert members(ledger) == ["ke"]
    with Ledger.open(file, create=False) as ledger:
        assert (ledger.head, ledger.view("membership").progress.position) == (1, 1)
        assert members(ledger) == ["ke"]


def test_a_receipt_is_what_the_next_append_expects(ledger: Ledger) -> None:
    """The version in a receipt is the one to expect; another is refused, and nothing appended."""
    first = ledger.record(MembershipBegan(group="hills", party="ke"), expected_version=NO_STREAM)
    second = ledger.record(
        MembershipEnded(group="hills", party="ke"), expected_version=first.version
    )
    assert (second.stream, second.version, second.position) == ("group-hills", 2, 5)
    with pytest.raises(WrongExpectedVersion):
        ledger.record(MembershipBegan(group="hills", party="ug"), expected_version=first.version)
    assert ledger.head == 5


def test_a_view_is_had_by_name_and_by_class(ledger: Ledger) -> None:
    """Both ways lead to the same rows."""
    assert ledger.view("membership").rows() == ledger.view(Membership).rows()
    assert isinstance(ledger.view("membership").projection, Membership)


def test_an_unknown_view_is_refused_with_the_nearest(ledger: Ledger) -> None:
    """A slip in a view's name is answered with the name that was meant, and all there are."""
    with pytest.raises(UnknownView, match="did you mean 'membership'") as refused:
        ledger.view("memberships")
    assert refused.value.did_you_mean == "membership"
    assert refused.value.known == [*sorted(ALL), "concordance", "findings"]
    with pytest.raises(UnknownView):
        ledger.rebuild("xyz")


@pytest.mark.parametrize(
    ("known_at", "known"),
    [
        (None, ["ke", "tz", "ug"]),
        (0, []),
        (1, ["ke"]),
        ("0", []),
        ("2", ["ke", "ug"]),
        ("99", ["ke", "tz", "ug"]),
        ("2026-11-22", []),
        ("2026-11-23", ["ke", "ug"]),
        ("2026-11-24", ["ke", "tz", "ug"]),
        ("2026-11-23T09:59:59.999999Z", []),
        ("2026-11-23T10:00:00Z", ["ke"]),
        ("2026-11-23T13:30:00+02:00", ["ke"]),
        ("2026-11-23T14:00:00+02:00", ["ke", "ug"]),
        (datetime(2026, 11, 23, 11, tzinfo=UTC), ["ke"]),
    ],
    ids=str,
)
def test_known_at_is_a_position_a_time_or_a_date(
    ledger: Ledger, known_at: int | str | datetime | None, known: list[str]
) -> None:
    """Digits are a position, a time is a moment of recording, a date is its end in UTC."""
    assert members(ledger, known_at) == known


@pytest.mark.parametrize("known_at", ["yesterday", "2026-11-23T10:00:00", "-1", ""])
def test_what_names_no_state_of_the_record_is_refused(ledger: Ledger, known_at: str) -> None:
    """A time without zone, or anything else, is refused and not guessed at."""
    with pytest.raises(InvalidMoment):
        members(ledger, known_at)


def test_as_of_is_one_day(ledger: Ledger) -> None:
    """A day or its text is taken; a month is refused, for it is many days."""
    view = ledger.view(Membership)
    assert len(view.rows(as_of="2016-04-15")) == 3
    assert view.rows(as_of=date(2016, 4, 14)) == []
    with pytest.raises(InvalidDate):
        view.rows(as_of="2016-04")


def test_all_views_are_found_through_their_entry_points(ledger: Ledger) -> None:
    """Each view is installed under its stored name, so that another package can add its own."""
    found = {entry.name: entry.load() for entry in entry_points(group="ledger.projections")}
    assert found == ALL
    assert {name: type(view) for name, view in ledger.views.items()} == ALL
    assert all(name == view.name for name, view in ledger.views.items())


def test_projecting_brings_all_views_up_or_the_named_ones(ledger: Ledger) -> None:
    """Named views alone are brought up; without a name all are."""
    (one,) = ledger.project("membership")
    assert (one.view, one.position, one.head, one.stopped) == ("membership", 3, 3, None)
    assert ledger.view("groups").progress.position == 0
    assert {(p.view, p.position) for p in ledger.project()} == {(name, 3) for name in ALL}
    assert ledger.view("groups").progress.position == 3


def test_events_are_read_back_by_what_they_are_about(ledger: Ledger) -> None:
    """The log answers by subject, stream and type, and one event by position or id."""
    (found,) = ledger.read(subject="party:ug")
    assert (found.position, found.event) == (2, began("ug"))
    assert ledger.event(2) == ledger.event(found.event_id) == found
    assert len(list(ledger.read(stream="group-lakes", types=["membership-began"], after=1))) == 2


def test_an_actor_is_kept_with_each_event(ledger: Ledger) -> None:
    """Who recorded is the ledger's actor, unless the call names another."""
    assert ledger.event(1).actor == "unnamed"
    ledger.record(began("rw"), actor="desk-7")
    assert ledger.event(4).actor == "desk-7"


def test_threads_take_turns_on_a_ledger_in_memory() -> None:
    """Several threads may append to one ledger in memory: no acknowledged event is lost."""
    with Ledger.open("sqlite://") as ledger:

        def append(number: int) -> list[str]:
            event = MeetingConvened(meeting=f"m{number}")
            return [ledger.record(event).event_id for _ in range(20)]

        with ThreadPoolExecutor(4) as pool:
            receipts = [event_id for ids in pool.map(append, range(4)) for event_id in ids]
        assert sorted(event.event_id for event in ledger.read()) == sorted(receipts)

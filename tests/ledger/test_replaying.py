from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import AlreadyThere, NoLedger, UnknownView
from ledger.events import AttendanceRecorded, MembershipBegan
from ledger.installed import installed_projections
from ledger.log import Database
from ledger.replay.engine import Engine, Step
from ledger.replay.query import Question
from projections.attendance import Attendance
from tests.ledger.replay.tampering import dump, sql


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of three attendances, one of them corrected, and a membership."""
    with Ledger.open(tmp_path / "proceedings.db") as opened:
        for party in ("ke", "tz", "ug"):
            opened.record(AttendanceRecorded(meeting="m1", party=party))
        opened.correct(2, {"party": "rw"})
        opened.record(MembershipBegan(group="lakes", party="ke"))
        opened.project()
        yield opened


def tables(file: Path) -> set[str]:
    """Return the tables of a database file."""
    return {name for (name,) in sql(file, "SELECT name FROM sqlite_master")}


def attending(address: str | Path) -> list[str]:
    """Return who attends, by a view that stands in a database of its own."""
    database = Database.at(address)
    rows = Engine(database, Attendance()).ask(Question(known_at=100)).rows
    database.close()
    return [row.party for row in rows]


def test_views_are_built_in_another_file(ledger: Ledger, tmp_path: Path) -> None:
    """Row for row as they stand here, versions of before included; nothing else is there."""
    built = ledger.replay_into(tmp_path / "views.db")
    assert {one.view for one in built} == set(ledger.views)
    assert {(one.position, one.stopped) for one in built} == {(5, None)}
    for view in ledger.views:
        assert dump(tmp_path / "views.db", view) == dump(tmp_path / "proceedings.db", view)
    assert not any(name.startswith(("log_", "build_")) for name in tables(tmp_path / "views.db"))


def test_views_are_built_on_a_server(ledger: Ledger, postgres_url: str) -> None:
    """From a file into an empty database of the other kind."""
    ledger.replay_into(postgres_url, "attendance", until=3)
    assert attending(postgres_url) == ["ke", "tz", "ug"]
    with pytest.raises(AlreadyThere, match="view_attendance"):
        ledger.replay_into(postgres_url, "attendance")
    ledger.replay_into(postgres_url, "membership")


def test_views_are_built_as_the_first_events_make_them(ledger: Ledger, tmp_path: Path) -> None:
    """Until a position, what was recorded later has no part in it."""
    ledger.replay_into(tmp_path / "views.db", "attendance", until=3)
    assert attending(tmp_path / "views.db") == ["ke", "tz", "ug"]
    assert ledger.view(Attendance).rows(known_at=3) == ledger.view(Attendance).replayed(3).rows


def test_what_is_there_is_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    """Other tables of a database stay; a table of such a name, or a ledger, is refused."""
    file = tmp_path / "theirs.db"
    sql(file, "CREATE TABLE notes AS SELECT 'keep me' AS note")
    sql(file, "CREATE TABLE view_groups AS SELECT 'mine' AS note")
    with pytest.raises(AlreadyThere, match="view_groups"):
        ledger.replay_into(file)
    assert tables(file) == {"notes", "view_groups"}
    ledger.replay_into(file, "attendance")
    assert sql(file, "SELECT note FROM notes") == [("keep me",)]
    for other in (tmp_path / "proceedings.db", tmp_path / "another.db"):
        Ledger.open(other).close()
        before = other.read_bytes()
        with pytest.raises(AlreadyThere, match="ledger"):
            ledger.replay_into(other)
        assert other.read_bytes() == before


def _no_folder(ledger: Ledger, folder: Path) -> None:
    with pytest.raises(NoLedger):
        ledger.replay_into(folder / "none" / "views.db")


def _no_view(ledger: Ledger, folder: Path) -> None:
    with pytest.raises(UnknownView):
        ledger.replay_into(folder / "views.db", "atendance")


def _stopped_on_the_way(ledger: Ledger, folder: Path) -> None:
    def report(step: Step) -> None:
        if step.view == "meetings":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.replay_into(folder / "views.db", report=report)


@pytest.mark.parametrize("refused", [_no_folder, _no_view, _stopped_on_the_way])
def test_a_replay_that_is_refused_or_stopped_leaves_nothing(
    ledger: Ledger, tmp_path: Path, refused: Callable[[Ledger, Path], None]
) -> None:
    """No file, no part of one."""
    before = {path.name for path in tmp_path.iterdir()}
    refused(ledger, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_replay_that_is_stopped_takes_back_what_it_made(
    ledger: Ledger, postgres_url: str
) -> None:
    """In a database that was there before, not a table stays, and the same can be done again."""
    with pytest.raises(KeyboardInterrupt):
        ledger.replay_into(postgres_url, report=_interrupted)
    assert len(ledger.replay_into(postgres_url)) == len(installed_projections())


def _interrupted(step: Step) -> None:
    if step.view == "meetings":
        raise KeyboardInterrupt

"""A look at a ledger says what is well and what is not, and changes nothing."""

import io
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.checkup import checkup
from ledger.errors import NoLedger, Unreachable
from ledger.events import AttendanceRecorded, Person
from ledger.formats.log_lines import read, write
from ledger.log import Database
from ledger.log.manners import Remark, Severity
from ledger.schema.migrations import HEAD
from projections.attendance import Attendance
from tests.ledger.log.refusing import event
from tests.postgres import Cluster


def about(remarks: list[Remark], what: str) -> Remark:
    """Return the one remark about something."""
    [found] = [remark for remark in remarks if remark.about == what]
    return found


@pytest.mark.parametrize("address", ["file", "postgres"], indirect=True)
def test_everything_is_looked_at(address: str) -> None:
    """Program, database, log and each view have their say."""
    with Ledger.open(address) as ledger:
        ledger.record(AttendanceRecorded(meeting="lakes-1", party="ke"))
        ledger.project("attendance")
        ledger.record(AttendanceRecorded(meeting="lakes-1", party="ug"))
    remarks = checkup(address)
    assert about(remarks, "contact-group-ledger").severity is Severity.FINE
    assert about(remarks, "log").says.startswith("2 events")
    assert about(remarks, "view attendance").says.startswith("1 events behind")
    assert about(remarks, "view meetings").says.startswith("not built yet")
    assert [r.severity for r in remarks] == sorted([r.severity for r in remarks], reverse=True)


def test_a_view_that_stands_still_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that an event stops is a danger, named with the event and the error."""

    def fails(*_: object) -> None:
        raise ArithmeticError("no such party")

    file = tmp_path / "proceedings.db"
    with Ledger.open(file) as ledger:
        ledger.record(AttendanceRecorded(meeting="lakes-1", party="ke"))
        monkeypatch.setattr(Attendance, "fold", fails)
        ledger.project("attendance")
    said = about(checkup(file), "view attendance")
    assert said.severity is Severity.DANGER
    assert "event 1, attendance-recorded: ArithmeticError: no such party" in said.says


@pytest.mark.parametrize("address", ["file", "postgres"], indirect=True)
def test_what_stands_in_the_way_of_an_append_is_named(address: str) -> None:
    """Rows that somebody put past the head are a danger; what is to be done helps."""
    headed = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other"))
    with Ledger.open(address) as ledger, closing(Database.open(address, create=False)) as database:
        ledger.record(headed)
        assert "DANGER" not in {r.severity.name for r in checkup(address) if "log_" in r.about}
        stray = event(position="2", event_id="'stray'", version="2")
        told(
            database,
            f"INSERT INTO log_events {stray}",
            "INSERT INTO log_subjects VALUES ('party:ug', 2)",
            "INSERT INTO log_private SELECT 2, salt, body FROM log_private",
        )
        with pytest.raises(Unreachable):
            ledger.record(headed)
        for table in ("log_subjects", "log_events"):
            said = about(checkup(address), table)
            assert (said.severity, "rows past the head: 1." in said.says) == (Severity.DANGER, True)
            told(database, str(said.todo).partition("owner: ")[2])
        with pytest.raises(Unreachable):
            ledger.record(headed)
        [said] = [remark for remark in checkup(address) if remark.about.startswith("log_")]
        assert (said.about, said.severity) == ("log_private", Severity.DANGER)
        lines = io.BytesIO()
        with ledger.snapshot() as log:
            write(log, lines)
        with Ledger.open("sqlite://") as anew:
            read(anew, io.BytesIO(lines.getvalue()), "log.jsonl")
            assert anew.record(headed).position == 2
            assert anew.verify().intact


def told(database: Database, *statements: str) -> None:
    """Do what a person with a SQL shell does."""
    with database.writing("the log") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_an_older_ledger_is_told_from_a_present_one(tmp_path: Path) -> None:
    """A pending migration is said, with the command that brings it."""
    file = tmp_path / "proceedings.db"
    Database.open(file, create=True).close()
    with closing(Database.at(file)) as database, database.writing("schema") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    said = about(checkup(file), str(file))
    assert (said.severity, said.todo) == (Severity.DANGER, "proceedings db upgrade")
    assert HEAD in said.says


def test_there_is_nothing_to_look_at_where_there_is_no_file(tmp_path: Path) -> None:
    """A ledger that is not there is not made."""
    with pytest.raises(NoLedger):
        checkup(tmp_path / "proceedings.db")
    assert not (tmp_path / "proceedings.db").exists()


def test_settings_that_endanger_what_was_recorded_are_named(
    postgres: Cluster, postgres_ledger: str
) -> None:
    """A server that does not wait for its disk is a danger; so is a login that owns the log."""
    with postgres.connect() as connection:
        settings = {
            name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        }
    remarks = checkup(postgres_ledger)
    for name, found in settings.items():
        danger = found == ("off",)
        assert about(remarks, name).severity is (Severity.DANGER if danger else Severity.FINE)
    assert about(remarks, "PostgreSQL").severity is Severity.FINE
    assert about(remarks, "login").severity is Severity.WARNING

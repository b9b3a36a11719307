"""A look at a ledger says what is well and what is not, and changes nothing."""

from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.checkup import checkup
from ledger.errors import NoLedger
from ledger.events import AttendanceRecorded
from ledger.log import Database
from ledger.log.manners import Remark, Severity
from ledger.schema.migrations import HEAD
from projections.attendance import Attendance
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

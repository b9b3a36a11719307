"""`proceedings project`: views up to the log, once or for as long as it is wanted."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.events import AttendanceRecorded
from ledger.projection import Key
from projections.attendance import Attendance
from tests.ledger.cli.conftest import Proceedings


def test_views_are_brought_up_to_the_record(proceedings: Proceedings, tmp_path: Path) -> None:
    """All views, or those named, read to the end of the record, and say so."""
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        ledger.record(AttendanceRecorded(meeting="m1", party="ke"))
    ran = proceedings("project", "attendance", "--json")
    assert ran.code == 0
    assert ran.json == [
        {"view": "attendance", "position": 1, "head": 1, "stopped": None, "skipped": []}
    ]
    ran = proceedings("project")
    assert ran.code == 0
    assert "up to date" in ran.out
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        assert all(ledger.view(view).progress.position == 1 for view in ledger.views)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("attendence",), "'attendance'"),
        (("--follow", "--json"), "--jsonl"),
        (("--skip", "3", "--reason", "x"), "the one view"),
        (("attendance", "--skip", "3"), "--reason"),
        (("attendance", "--reason", "x"), "--skip"),
        (("attendance", "--skip", "3", "--reason", " "), "say why"),
        (("attendance", "--skip", "3", "--reason", "x"), "nothing stops it"),
        (("attendance", "--unskip", "3"), "it skips none"),
        (("attendance", "--skip", "3", "--unskip", "3", "--reason", "x"), "alone"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    proceedings: Proceedings, arguments: tuple[str, ...], says: str
) -> None:
    """A view that is not there, or a form that has no end, is wrong usage."""
    assert proceedings("init").code == 0
    ran = proceedings("project", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_follows_until_it_is_told_to_stop(told: signal.Signals, tmp_path: Path) -> None:
    """A worker prints a line whenever a view has got further, and ends with 0 when told to."""
    file = tmp_path / "proceedings.db"
    command = [sys.executable, "-m", "ledger", "--db", str(file), "project", "attendance"]
    with Ledger.open(file) as ledger:
        ledger.record(AttendanceRecorded(meeting="m1", party="ke"))
        with subprocess.Popen(
            [*command, "--follow", "--jsonl"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as worker:
            assert worker.stdout is not None
            assert worker.stderr is not None
            assert json.loads(worker.stdout.readline())["position"] == 1
            ledger.record(AttendanceRecorded(meeting="m1", party="ug"))
            assert json.loads(worker.stdout.readline())["position"] == 2
            worker.send_signal(told)
            assert (worker.wait(60), worker.stderr.read()) == (0, "")
        assert ledger.check("attendance") == []


@pytest.fixture
def stopped(
    proceedings: Proceedings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Proceedings:
    """A ledger whose attendance is stopped by the second of three events."""
    fold = Attendance.fold

    def touchy(self: Attendance, key: Key, facts: Any) -> Any:
        if "poison" in key:
            raise RuntimeError("no row for poison")
        return fold(self, key, facts)

    monkeypatch.setattr(Attendance, "fold", touchy)
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        for party in ("ke", "poison", "ug"):
            ledger.record(AttendanceRecorded(meeting="m1", party=party))
    return proceedings


def test_what_stops_a_view_is_named_and_can_be_skipped(stopped: Proceedings) -> None:
    """The event, its type and the error are told everywhere; a skip is too, and can be undone."""
    says = "event 2, attendance-recorded: RuntimeError: no row for poison"
    ran = stopped("project", "--json")
    assert ran.code == 1
    assert {one["view"]: one["stopped"] for one in ran.json if one["stopped"]} == {
        "attendance": says
    }
    told = stopped("view", "--json").json
    assert [one["stopped"] for one in told if one["view"] == "attendance"] == [says]
    ran = stopped("doctor")
    assert ran.code == 1
    assert "--skip" in ran.out

    ran = stopped("project", "attendance", "--skip", "2", "--reason", "see note 7", "--json")
    assert ran.code == 0
    [one] = ran.json
    assert (one["position"], one["stopped"]) == (3, None)
    [skip] = one["skipped"]
    assert (skip["position"], skip["reason"], skip["actor"]) == (2, "see note 7", "unnamed")
    assert len(stopped("view", "attendance", "--json").json) == 2
    assert stopped("replay", "attendance", "--check").code == 0
    assert "without event 2" in stopped("view").out
    ran = stopped("doctor", "--json")
    assert ran.code == 0
    [remark] = [one for one in ran.json if "goes on without" in one["says"]]
    assert (remark["about"], remark["severity"]) == ("view attendance", "warning")

    ran = stopped("project", "attendance", "--unskip", "2", "--json")
    assert (ran.code, ran.json[0]["stopped"], ran.json[0]["skipped"]) == (1, says, [])

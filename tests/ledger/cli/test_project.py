"""`proceedings project`: views up to the log, once or for as long as it is wanted."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.events import AttendanceRecorded
from tests.ledger.cli.conftest import Proceedings


def test_views_are_brought_up_to_the_record(proceedings: Proceedings, tmp_path: Path) -> None:
    """All views, or those named, read to the end of the record, and say so."""
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        ledger.record(AttendanceRecorded(meeting="m1", party="ke"))
    ran = proceedings("project", "attendance", "--json")
    assert ran.code == 0
    assert ran.json == [{"view": "attendance", "position": 1, "head": 1, "stopped": None}]
    ran = proceedings("project")
    assert ran.code == 0
    assert "up to date" in ran.out
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        assert all(ledger.view(view).progress.position == 1 for view in ledger.views)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("attendence",), "'attendance'"), (("--follow", "--json"), "--jsonl")],
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

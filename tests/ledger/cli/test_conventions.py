import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ledger import Ledger
from ledger.cli import cli
from ledger.records import read_files, record
from tests.ledger.cli.conftest import Proceedings


def commands(group: click.Group, *path: str) -> list[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
    return found


@pytest.mark.parametrize(("path", "command"), commands(cli), ids=str)
def test_every_command_has_help_with_an_example(
    path: tuple[str, ...], command: click.Command, proceedings: Proceedings
) -> None:
    """`--help` of every command shows an example that begins with the command."""
    ran = proceedings(*path, "--help")
    assert ran.code == 0
    assert command.help
    assert re.search(r"^  +proceedings (--db \S+ )?" + " ".join(path), ran.out, re.MULTILINE)


def test_every_command_is_documented() -> None:
    """The reference names every command and every option of it."""
    reference = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
    for path, command in commands(cli):
        assert f"    proceedings {' '.join(path)}" in reference or path == ("db",), path
        for option in command.params:
            for spelled in option.opts:
                assert not spelled.startswith("--") or spelled in reference, (path, spelled)


def test_an_unknown_command_is_told_what_was_meant(proceedings: Proceedings) -> None:
    """A slip of the pen gets a suggestion, and exit code 2."""
    ran = proceedings("vew")
    assert ran.code == 2
    assert "Did you mean 'view'?" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("view", "attendance"), 4, "no file here"),
        (("log",), 4, "no file here"),
        (("--db", "garbage.db", "view"), 4, "not a database"),
        (("--db", "stranger.db", "view"), 4, "not a ledger"),
        (("--db", "mysql://localhost/x", "init"), 4, "give a SQLite file"),
        (("--db", "postgresql://127.0.0.1:9/x", "init"), 4, "refused"),
        (("--db", "none/at/all.db", "init"), 4, "no folder"),
        (("--db", ".", "view"), 4, "unable to open"),
        (("record", "nowhere.yaml"), 2, "cannot be read"),
        (("record",), 2, "FILE"),
        (("template", "meetings"), 2, "there are: meeting"),
        (("schema", "meeting-convend"), 2, "'meeting-convened'"),
        (("view", "--json", "--csv"), 2, "one form at a time"),
        (("view", "x", "--possible"), 2, "--as-of"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...], code: int, says: str, proceedings: Proceedings, tmp_path: Path
) -> None:
    """Bad input and unreadable databases get a sentence and an exit code, never a traceback."""
    (tmp_path / "garbage.db").write_text("not a database at all, and long enough to be read as one")
    stranger = sqlite3.connect(tmp_path / "stranger.db")
    stranger.execute("CREATE TABLE theirs (x)")
    stranger.close()
    ran = proceedings(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_a_defect_is_a_sentence_too(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is reported without a traceback, and says how to see more."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("ledger.api.Ledger.open", broken)
    ran = proceedings("init")
    assert ran.code == 4
    assert "RuntimeError: unforeseen" in ran.err
    assert "Traceback" not in ran.err


def test_the_database_comes_from_the_environment(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`PROCEEDINGS_DB` names the ledger; `--db` is stronger; else it is proceedings.db here."""
    monkeypatch.setenv("PROCEEDINGS_DB", "from-environment.db")
    assert proceedings("init").code == 0
    assert proceedings("--db", "from-option.db", "init").code == 0
    monkeypatch.delenv("PROCEEDINGS_DB")
    assert proceedings("init").code == 0
    made = sorted(path.name for path in tmp_path.glob("*.db"))
    assert made == ["from-environment.db", "from-option.db", "proceedings.db"]


def test_whoever_stops_reading_is_no_failure(recorded: Proceedings, tmp_path: Path) -> None:
    """`proceedings log | head -1` leaves with 0, and says nothing of a broken pipe."""
    assert recorded("log").code == 0
    command = [sys.executable, "-m", "ledger", "--db", str(tmp_path / "proceedings.db"), "log"]
    with subprocess.Popen(
        [*command, "--jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (0, b"")


def test_a_full_disk_is_told_in_a_sentence(recorded: Proceedings, tmp_path: Path) -> None:
    """What the output cannot take is said, with exit code 4."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    assert recorded("view").code == 0
    command = [sys.executable, "-m", "ledger", "--db", str(tmp_path / "proceedings.db"), "view"]
    with full.open("w") as out:
        ran = subprocess.run([*command, "--json"], stdout=out, stderr=subprocess.PIPE, check=False)
    assert ran.returncode == 4
    assert b"Traceback" not in ran.stderr


def test_a_hostile_file_cannot_steer_the_terminal(proceedings: Proceedings, tmp_path: Path) -> None:
    """What a file says is escaped in the message that refuses it."""
    (tmp_path / "r.yaml").write_text('"a\\e[2J\\u202E": 1\n')
    ran = proceedings("record", "r.yaml")
    assert ran.code == 2
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err


def test_one_value_a_column(recorded: Proceedings) -> None:
    """A column that is filtered twice is a slip, and is not answered by half."""
    assert recorded("view", "attendance", "--party", "pk", "--party", "tr").code == 2


def test_a_ledger_that_cannot_be_written_is_read(recorded: Proceedings, tmp_path: Path) -> None:
    """A view of a read-only ledger answers as far as it has read, and says so."""
    (tmp_path / "more.yaml").write_text(
        "document: d\nentries:\n  - {event: attendance-recorded, meeting: m, party: p}\n"
    )
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        record(ledger, read_files([tmp_path / "more.yaml"]))
    ran = recorded(
        "--db",
        f"sqlite:///file:{tmp_path}/proceedings.db?mode=ro&uri=true",
        "view",
        "attendance",
        "--json",
    )
    assert ran.code == 0
    assert len(ran.json) == 8
    assert "position 88, the last there is" in ran.err

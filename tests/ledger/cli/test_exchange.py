"""The record out of a ledger and into another, as a person moves it."""

import io
import json
import sys
from pathlib import Path

import pytest

from tests.ledger.cli.conftest import Proceedings


class Standard:
    """Standard input or output, of bytes."""

    def __init__(self, given: bytes = b"") -> None:
        self.buffer = io.BytesIO(given)

    def flush(self) -> None:
        """Do nothing more."""


def test_a_log_is_moved_from_one_ledger_to_another(recorded: Proceedings, tmp_path: Path) -> None:
    """Out into a file, in from it: the same root is told both times, and twice is once."""
    out = recorded("export", "log", "log.jsonl")
    assert (out.code, out.out) == (0, "")
    said, root = out.err.splitlines()[:2]
    assert said == "88 events exported"
    into = recorded("--db", "moved.db", "import", "log", "log.jsonl")
    assert into.out == f"moved.db: 88 events imported, 0 were there before\n{root}\n"
    again = recorded("--db", "moved.db", "import", "log", "log.jsonl", "--json")
    (told,) = again.json
    assert told == {"file": "log.jsonl", "size": 88, "new": 0, "root": root.removeprefix("root ")}
    view = ("view", "positions", "--json")
    assert recorded("--db", "moved.db", *view).out == recorded(*view).out
    assert (tmp_path / "log.jsonl").stat().st_mode & 0o077 == 0


def test_a_log_goes_through_a_pipe(
    recorded: Proceedings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`export log | import log -`: standard output has the lines alone."""
    assert recorded("export", "log", "log.jsonl").code == 0
    out = Standard()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        assert recorded("export", "log", "-").code == 0
    lines = out.buffer.getvalue()
    assert lines == (tmp_path / "log.jsonl").read_bytes()
    assert [len(json.loads(line)) for line in lines.splitlines()[:2]] == [3, 19]
    monkeypatch.setattr(sys, "stdin", Standard(lines))
    assert "88 events imported" in recorded("--db", "moved.db", "import", "log", "-").out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("export",), 2, "FORMAT"),
        (("export", "lag"), 2, "'lag' is not"),
        (("export", "log", "log.jsonl"), 2, "there is a file of this name"),
        (("export", "log", "no/such/file"), 4, "no such folder"),
        (("--db", "none.db", "export", "log"), 4, "no file here"),
        (("import", "log"), 2, "FILE"),
        (("import", "lag", "log.jsonl"), 2, "'lag' is not"),
        (("import", "log", "none.jsonl"), 2, "none.jsonl:1: cannot be read"),
        (("--db", "new.db", "import", "log", "cut.jsonl"), 2, "cut.jsonl:41: the file ends too"),
        (("--db", "new.db", "import", "log", "altered.jsonl"), 2, "altered.jsonl:7: leaf_hash: "),
        (("--db", "new.db", "import", "log", "proceedings.db"), 2, "proceedings.db:1: not JSON"),
        (("--db", "other.db", "import", "log", "log.jsonl"), 3, "these are two logs: event 1"),
    ],
)
def test_what_cannot_be_moved_is_said(
    recorded: Proceedings, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """Each refusal names the file and the line, or what is there."""
    assert recorded("export", "log", "log.jsonl").code == 0
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_bytes(b"".join(lines[:40]))
    lines[6] = lines[6].replace(b'"actor":"unnamed"', b'"actor":"nobody"')
    (tmp_path / "altered.jsonl").write_bytes(b"".join(lines))
    name = next(path.name for path in tmp_path.glob("*.yaml"))
    assert recorded("--db", "other.db", "record", name).code == 0
    ran = recorded(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert "Traceback" not in ran.err

import io
import json
import re
import sys
from pathlib import Path

import pytest

from ledger.samples import REPORT_AR, REPORT_EN, sample
from tests.ledger.cli.conftest import Proceedings

FIVE_MISTAKES = """document: lakes-1-report
language: en
defaults: {group: lakes, meeting: lakes-1, valid: 2026-03-12}
entries:
  - event: meeting-convened
    level: ministeral
  - event: atendance-recorded
    party: ke
  - event: attendance-recorded
    partie: ke
    party: ke
  - event: attendance-recorded
    party: ug
    valid: 2026-13-01
  - event: position-adopted
    position: lakes-1.urges
"""


def test_a_report_is_recorded_with_receipts(recorded: Proceedings) -> None:
    """Recording prints a receipt for each entry: where it stands, and whether it is new."""
    receipts = recorded("record", REPORT_AR, "--json").json
    assert {"position", "event_id", "stream", "version", "file", "line"} <= receipts[0].keys()
    assert not any(receipt["appended"] for receipt in receipts)


def test_recording_again_appends_nothing_and_says_so(recorded: Proceedings) -> None:
    """Both files a second time: no event is appended."""
    ran = recorded("record", REPORT_EN, REPORT_AR)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "nothing new: no event recorded",
        "102 events in the record before",
    ]
    assert len(recorded("log", "--jsonl").out.splitlines()) == 88


def test_five_mistakes_are_all_named_and_nothing_is_appended(
    proceedings: Proceedings, tmp_path: Path
) -> None:
    """Each of five mistakes is named with its line, and not even a database is made."""
    (tmp_path / "bad.yaml").write_text(FIVE_MISTAKES)
    ran = proceedings("record", "bad.yaml")
    assert ran.code == 2
    places = re.findall(r"bad\.yaml:(\d+): ", ran.err)
    assert [int(line) for line in places] == [6, 7, 10, 14, 15]
    assert "5 mistakes; nothing was recorded" in ran.err
    assert not (tmp_path / "proceedings.db").exists()


def test_lines_broken_in_their_middle_append_nothing(recorded: Proceedings, tmp_path: Path) -> None:
    """A file of events that breaks off in its middle names the line, and appends nothing."""
    lines = recorded("log", "--jsonl").out.splitlines()
    lines[40] = lines[40][:50]
    (tmp_path / "broken.jsonl").write_text("\n".join(lines))
    ran = recorded("--db", "other.db", "record", "broken.jsonl")
    assert ran.code == 2
    assert "broken.jsonl:41: not JSON" in ran.err
    assert not (tmp_path / "other.db").exists()


def test_standard_input_is_read_too(
    proceedings: Proceedings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` reads a record file, or lines of events, from standard input."""
    for given in (sample(REPORT_EN), b'{"type": "meeting-convened", "event": {"meeting": "m"}}\n'):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert proceedings("record", "-").code == 0
    assert len(proceedings("log", "--jsonl").out.splitlines()) == 50


def test_checking_says_what_recording_would_do(recorded: Proceedings, tmp_path: Path) -> None:
    """`check` rehearses against the ledger, or against an empty one, and appends nothing."""
    new = "entries:\n  - {event: meeting-convened, meeting: m}\n"
    (tmp_path / "new.yaml").write_text(new)
    before = recorded("log", "--jsonl").out
    assert recorded("check", "new.yaml").out == "1 event would be recorded, position 89\n"
    assert recorded("log", "--jsonl").out == before
    alone = recorded("--db", "none.db", "check", "new.yaml")
    assert "checked against an empty ledger" in alone.err
    assert not (tmp_path / "none.db").exists()


def test_a_changed_entry_is_a_conflict(recorded: Proceedings, tmp_path: Path) -> None:
    """An entry with other content than was recorded is refused with exit code 3 and its line."""
    changed = sample(REPORT_EN).decode().replace("place: New York", "place: Geneva")
    assert changed != sample(REPORT_EN).decode()
    (tmp_path / "changed.yaml").write_text(changed)
    ran = recorded("record", "changed.yaml")
    assert ran.code == 3
    assert "changed.yaml:" in ran.err
    assert "meeting-convened" in ran.err


def test_the_actor_is_kept_with_each_event(proceedings: Proceedings, tmp_path: Path) -> None:
    """Who recorded is kept: an opaque id."""
    (tmp_path / "r.yaml").write_text("entries:\n  - {event: meeting-convened, meeting: m}\n")
    proceedings("record", "r.yaml", "--actor", "desk-7")
    assert json.loads(proceedings("log", "--jsonl").out)["actor"] == "desk-7"


def test_a_template_prints_as_it_is(proceedings: Proceedings) -> None:
    """A template goes to standard output; without a kind, all are named."""
    assert proceedings("template", "meeting").out.startswith("#")
    listed = proceedings("template").out
    assert all(kind in listed for kind in ("meeting", "membership", "editor"))

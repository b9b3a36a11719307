"""The real report, corrected: each command tells the story right, before and after."""

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.cli.conftest import Proceedings

MEETING = "oic-cg-azerbaijan-1"
CONVENED, OF_DJIBOUTI, OF_GAMBIA = "16", "17", "18"
"""What the English draft says of the meeting, of Djibouti and of Gambia."""


@pytest.fixture
def mended(recorded: Proceedings) -> Proceedings:
    """The report, its place corrected, an attendance moved, another retracted and restored."""
    note = ("--document", "note-17", "--language", "en", "--paragraph", "2")
    edits: list[tuple[str, ...]] = [
        ("correct", CONVENED, "--set", "place=Geneva", "--reason", "Misread.", *note),
        ("correct", OF_DJIBOUTI, "--set", "party=pk", "--actor", "desk-2"),
        ("retract", OF_GAMBIA),
        ("retract", "91"),
    ]
    for edit in edits:
        assert recorded(*edit).code == 0
    return recorded


def places(ran: Any) -> list[str]:
    """Return where the meeting was, as the versions give it."""
    return sorted(row["place"] for row in ran.json)


def test_the_place_that_one_version_gives_is_corrected(mended: Proceedings) -> None:
    """The view has both places now, and one as known before; the diff and the reasons say why."""
    assert places(mended("view", "meetings", "--json")) == ["Geneva", "New York"]
    assert places(mended("view", "meetings", "--known-at", "88", "--json")) == ["New York"]
    found = mended("diff", "meetings", "--from", "88", "--to", "89", "--json").json
    assert (found["view"], found["from"], found["to"]) == ("meetings", 88, 89)
    assert sorted(change["change"] for change in found["changes"]) == ["appeared", "changed"]
    for change in found["changes"]:
        (event,) = change["events"]
        assert (event["position"], event["type"]) == (89, "event-corrected")
        assert (event["source"]["document"], event["source"]["paragraph"]) == ("note-17", "¶2")
        assert event["reason"] == "Misread."
    (reason,) = mended("why", "meetings", "--place", "Geneva", "--json").json
    fact = next(one for one in reason["rests_on"] if one["position"] == int(CONVENED))
    assert (fact["source"]["language"], fact["source"]["edition"]) == ("en", "draft")
    assert fact["revisions"][0]["changes"] == [
        {"field": "place", "old": "New York", "new": "Geneva"}
    ]
    assert [other["place"] for other in reason["otherwise"]] == ["New York"]
    (before,) = mended("why", "meetings", "--meeting", MEETING, "--known-at", "88", "--json").json
    assert before["otherwise"] == []
    assert all(one["revisions"] == [] for one in before["rests_on"])


def test_an_attendance_that_should_have_named_another_party_moves(mended: Proceedings) -> None:
    """Djibouti loses what the English version says, and Pakistan has it; not so before."""
    (here,) = mended("view", "attendance", "--party", "dj", "--json").json
    (then,) = mended("view", "attendance", "--party", "dj", "--known-at", "89", "--json").json
    assert (len(here["attested_by"]), len(then["attested_by"])) == (1, 2)
    changes = mended("diff", "attendance", "--from", "89", "--to", "90", "--jsonl").out.splitlines()
    assert len(changes) == 2
    (reason,) = mended("why", "attendance", "--party", "dj", "--json").json
    (aside,) = reason["set_aside"]
    assert (aside["position"], aside["believed"]) == (int(OF_DJIBOUTI), True)
    out = mended("why", "attendance", "--party", "pk").out
    assert "party: dj → pk" in out
    assert "by desk-2" in out
    turns = mended("replay", "attendance", "--trace", f"{MEETING},pk", "--json").json
    assert [(turn["position"], turn["fact"]) for turn in turns] == [(59, 59), (90, 17)]
    assert len(turns[1]["opened"][0]["attested_by"]) == 2
    assert turns[1]["closed"][0]["known_to"] == 90


def test_what_was_retracted_and_restored_is_as_before(mended: Proceedings) -> None:
    """Across both nothing differs; in between the English word is gone; the trace tells of both."""
    across = mended("diff", "attendance", "--from", "90", "--to", "92")
    assert (across.out, across.code) == ("", 0)
    assert "nothing differs" in across.err
    between = mended("diff", "attendance", "--from", "90", "--to", "91").out
    assert between.startswith(f"~ {MEETING} · gm")
    assert "  - en Islamic Republic of Gambia" in between
    assert "by 91 event-retracted" in between
    out = mended("replay", "attendance", "--trace", f"{MEETING},gm").out
    assert "18 is not believed" in out
    assert "18 is believed" in out
    assert "- as written: en Islamic Republic of Gambia" in out
    assert "+ as written: en Islamic Republic of Gambia" in out
    held = mended("replay", "attendance", "--trace", f"{MEETING},gm", "--until", "91", "--json")
    assert [turn["position"] for turn in held.json] == [18, 54, 91]


def test_a_replay_until_a_position_is_the_view_of_that_time(mended: Proceedings) -> None:
    """`--until` prints what `--known-at` knows, built anew, and changes nothing."""
    anew = mended("replay", "meetings", "--until", "88", "--json").json
    (known,) = mended("view", "meetings", "--known-at", "88", "--json").json
    assert known.pop("known_to") == 89
    assert [{k: v for k, v in row.items() if k != "known_to"} for row in anew] == [known]
    assert mended("replay", "--check").code == 0


def test_views_are_built_elsewhere_once(mended: Proceedings, tmp_path: Path) -> None:
    """`--into` makes a database of views, and never writes over one."""
    built = mended("replay", "attendance", "--into", "views.db", "--until", "88", "--json").json
    assert built == [{"view": "attendance", "position": 88, "stopped": None}]
    assert mended("replay", "attendance", "--into", "views.db").code == 2
    assert mended("replay", "atendance", "--into", "other.db").code == 2
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("replay", "attendance", "--step"), "give --trace"),
        (("replay", "attendance", "--trace", "pk"), "give meeting,party"),
        (("replay", "--until", "88"), "Name one"),
        (("replay", "--trace", "x,y"), "Name one"),
        (("replay", "groups", "--check", "--until", "8"), "leave out --until"),
        (("replay", "groups", "--check", "--into", "x.db"), "one at a time"),
        (("why", "attendance"), "--FIELD VALUE"),
        (("why", "attendance", "--partty", "pk"), "did you mean 'party'"),
        (("diff", "attendance", "--from", "yesterday"), "names no state"),
        (("diff", "attendance"), "--from"),
        (("diff", "attendance", "--from", "1", "--possible"), "--as-of"),
    ],
)
def test_what_cannot_be_told_is_refused_in_a_sentence(
    recorded: Proceedings, arguments: tuple[str, ...], says: str
) -> None:
    """Usage is explained, with exit code 2."""
    ran = recorded(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_nobody_to_press_a_key_is_no_step(recorded: Proceedings) -> None:
    """Where standard input is no terminal, `--step` says what to do instead."""
    ran = recorded("replay", "attendance", "--trace", f"{MEETING},pk", "--step")
    assert (ran.code, ran.out) == (2, "")
    assert "without it, all steps are printed" in ran.err


@pytest.mark.usefixtures("mended")
def test_a_trace_is_walked_forth_and_back(tmp_path: Path) -> None:
    """On a terminal each key shows one event: next, back, next, quit; in colour or without."""
    terminal, theirs = pty.openpty()
    command = ["replay", "attendance", "--trace", f"{MEETING},dj", "--step"]
    with subprocess.Popen(
        [sys.executable, "-m", "ledger", *command],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        shown = b""
        for key in b"nbnq":
            shown += _until_asked(terminal, running)
            os.write(terminal, bytes([key]))
    os.close(theirs)
    assert running.returncode == 0
    shown += _rest(terminal)
    heads = [line for line in shown.decode().splitlines() if line.startswith("event ")]
    assert [head.split()[1] for head in heads] == ["17", "53", "17", "53"]
    assert b"\x1b[3" not in shown


def _until_asked(terminal: int, running: subprocess.Popen[bytes]) -> bytes:
    """Read until a key is waited for: what is typed before is not taken for an answer."""
    shown = b""
    while b"q quit" not in shown and running.poll() is None:
        shown += os.read(terminal, 4096)
    while termios.tcgetattr(terminal)[3] & termios.ICANON and running.poll() is None:
        os.sched_yield()
    return shown


def _rest(terminal: int) -> bytes:
    """Read what is left; a terminal that nobody writes to any more is an error on Linux."""
    shown = b""
    try:
        while more := os.read(terminal, 4096):
            shown += more
    except OSError:
        pass
    os.close(terminal)
    return shown

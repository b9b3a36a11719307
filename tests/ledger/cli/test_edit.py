from pathlib import Path
from typing import Any

import pytest

from ledger.samples import REPORT_EN, sample
from tests.ledger.cli.conftest import Proceedings

CONVENED_EN, DJIBOUTI_EN = "16", "17"
MEETING = "oic-cg-azerbaijan-1"


def test_the_real_report_is_corrected_and_tells_both_stories(recorded: Proceedings) -> None:
    """The place as one version gives it, an attendance moved, one retracted and restored."""
    before = attendance(recorded)
    place = ("--set", "place=Geneva", "--document", "oic-cg-azerbaijan-1-report")
    assert (
        recorded("correct", CONVENED_EN, *place, "--language", "ar", "--paragraph", "1").code == 0
    )
    assert recorded("correct", DJIBOUTI_EN, "--set", "party=pk").code == 0
    ended = recorded("retract", "18", "--reason", "Entered by mistake.").out
    assert ended.splitlines() == [
        f"belief in the attendance-recorded at position 18 (oic-cg-azerbaijan {MEETING} gm) ends",
        "1 event recorded, position 91",
    ]
    assert attested(recorded, "gm") == ["ar"]
    back = recorded("retract", "91").out
    assert back.splitlines() == [
        f"the attendance-recorded at position 18 (oic-cg-azerbaijan {MEETING} gm) is back",
        "1 event recorded, position 92",
    ]
    assert attested(recorded, "gm") == ["ar", "en"]
    assert (attested(recorded, "dj"), attested(recorded, "pk")) == (["ar"], ["ar", "en"])
    meetings = recorded("view", "meetings", "--json").json
    assert {meeting["place"]: meeting["divergent"] for meeting in meetings} == {
        "Geneva": True,
        "New York": True,
    }
    assert recorded("view", "meetings", "--known-at", "88", "--json").json[0]["place"] == "New York"
    assert attendance(recorded, "--known-at", "88") == before
    [told] = recorded("log", "--type", "event-corrected", "--until", "89", "--json").json
    assert told["event"]["source"] == {
        "document": "oic-cg-azerbaijan-1-report",
        "language": "ar",
        "paragraph": "¶1",
    }
    assert recorded("replay", "--check").code == 0


def attendance(recorded: Proceedings, *when: str) -> list[dict[str, Any]]:
    """Return the rows of the attendance, but for how long each was known."""
    rows = recorded("view", "attendance", *when, "--json").json
    return [{**row, "known_to": None} for row in rows]


def attested(recorded: Proceedings, party: str) -> list[str]:
    """Return the languages of the versions that attest a party's attendance."""
    rows = recorded("view", "attendance", "--party", party, "--json").json
    return [citation.split("/")[1] for row in rows for citation in row["attested_by"]]


def test_a_correction_shows_what_changed_field_by_field(recorded: Proceedings) -> None:
    """Old and new stand beside each other, then where the correction stands."""
    ran = recorded("correct", CONVENED_EN, "--set", "place=Geneva", "--unset", "margins_of")
    assert ran.out.splitlines() == [
        f"the meeting-convened at position 16 (oic-cg-azerbaijan {MEETING}):",
        "  place: New York → Geneva",
        "  margins_of: Annual Coordination Meeting → —",
        "1 event recorded, position 89",
    ]


def test_a_dry_run_shows_it_and_appends_nothing(recorded: Proceedings) -> None:
    """What would be recorded is shown, of a correction and of a retraction."""
    would = recorded("correct", CONVENED_EN, "--set", "place=Geneva", "--dry-run").out
    assert would.endswith("1 event would be recorded, position 89\n")
    assert "would be recorded" in recorded("retract", "18", "--dry-run").out
    assert len(recorded("log", "--jsonl").out.splitlines()) == 88


def test_where_nothing_would_change_nothing_is_appended(recorded: Proceedings) -> None:
    """What is so already is said to be so, with exit code 0; twice retracted is once."""
    ran = recorded("correct", CONVENED_EN, "--set", "place=New York")
    assert (ran.code, ran.out.split(":")[0]) == (0, "nothing to correct")
    recorded("retract", "18")
    ran = recorded("retract", "18")
    assert (ran.code, ran.out.split(") ")[1]) == (
        0,
        "is retracted already, by position 89: nothing recorded\n",
    )
    assert len(recorded("log", "--jsonl").out.splitlines()) == 89


def test_an_event_is_named_by_its_id_or_that_of_its_correction(recorded: Proceedings) -> None:
    """A position, an event id, the id of a correction: each names the fact."""
    [first] = recorded("correct", CONVENED_EN, "--set", "place=Geneva", "--json").json
    assert first["changes"] == [{"field": "place", "old": "New York", "new": "Geneva"}]
    for number, name in enumerate((first["event_id"], first["fact"]), start=2):
        [again] = recorded("correct", name, "--set", f"number={number}", "--json").json
        assert again["fact"] == first["fact"]
    [meeting] = recorded("log", "--type", "event-corrected", "--after", "90", "--json").json
    assert meeting["event"]["replacement"]["event"]["place"] == "Geneva"


def test_a_retracted_correction_gives_back_what_was_said(recorded: Proceedings) -> None:
    """What the fact says again is shown field by field."""
    recorded("correct", CONVENED_EN, "--set", "place=Geneva")
    ran = recorded("retract", "89")
    assert ran.out.splitlines()[0] == "the event-corrected at position 89 no longer counts"
    assert "  place: Geneva → New York" in ran.out.splitlines()
    assert recorded("retract", "89", "--json").json[0]["appended"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("correct", "16", "--set", "plaice=x"), 2, "plaice: meeting-convened has no such field"),
        (("correct", "16", "--set", "plaice=x"), 2, "did you mean 'place'?"),
        (("correct", "16", "--set", "number=x"), 2, "number: a whole number is wanted"),
        (("correct", "16", "--set", "place"), 2, "write FIELD=VALUE"),
        (("correct", "16", "--set", "place="), 2, "--unset place"),
        (("correct", "16", "--set", "place=a", "--unset", "place"), 2, "place is named twice"),
        (("correct", "16"), 2, "--set FIELD=VALUE"),
        (("correct", "26", "--set", "cites=[a"), 2, "cites: this is not YAML"),
        (("correct", "999", "--set", "place=x"), 2, "no event at position 999"),
        (("correct", "x", "--set", "place=x"), 2, "no event with id x"),
        (("retract", "999"), 2, "no event at position 999"),
        (("correct", "16", "--set", "place=x", "--language", "ar"), 2, "--document"),
        (("retract", "16", "--document", "No!"), 2, "--document: 'No!'"),
    ],
)
def test_a_mistake_names_what_to_do(
    recorded: Proceedings, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """What cannot be done ends with its exit code and a sentence, and nothing is appended."""
    ran = recorded(*arguments)
    assert (ran.code, says in ran.err) == (code, True)
    assert len(recorded("log", "--jsonl").out.splitlines()) == 88


def test_what_is_retracted_is_not_corrected(recorded: Proceedings) -> None:
    """The refusal is a conflict, and says how to restore what was retracted."""
    recorded("retract", CONVENED_EN)
    ran = recorded("correct", CONVENED_EN, "--set", "place=Geneva")
    assert (ran.code, "`proceedings retract 89`" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("valid=[2016-09-18..2016-09-19]", "[2016-09-18..2016-09-19]"),
        ('place="Geneva: the old town"', "Geneva: the old town"),
        ("place=Geneva: the old town", "Geneva: the old town"),
        ('place="Geneva" and more', '"Geneva" and more'),
    ],
)
def test_a_text_is_read_as_it_stands(recorded: Proceedings, setting: str, value: str) -> None:
    """Where one text is wanted, brackets and colons are part of it; quotes around all are not."""
    [told] = recorded("correct", CONVENED_EN, "--set", setting, "--json").json
    assert told["changes"][0]["new"] == value


def test_controls_of_direction_are_shown_escaped(recorded: Proceedings) -> None:
    """What would turn a line around on the terminal is escaped; old and new stay apart."""
    ran = recorded("correct", CONVENED_EN, "--set", "place=\u202eavenG")
    assert "\u202e" not in ran.out
    assert "\\u202eavenG" in ran.out
    assert "\u202e" not in recorded("correct", "16", "--set", "\u202e=1").err


def test_who_edits_is_kept(recorded: Proceedings) -> None:
    """The actor of a correction and of a retraction is whoever made it."""
    recorded("correct", CONVENED_EN, "--set", "place=Geneva", "--actor", "desk-7")
    recorded("retract", "18", "--actor", "desk-8")
    told = recorded("log", "--after", "88", "--json").json
    assert [event["actor"] for event in told] == ["desk-7", "desk-8"]


def test_a_changed_file_is_recorded_as_corrections(recorded: Proceedings, tmp_path: Path) -> None:
    """`record --correct` shows and appends what changed; `check --correct` says so before."""
    changed = sample(REPORT_EN).decode().replace("place: New York", "place: Geneva")
    (tmp_path / "changed.yaml").write_text(changed)
    refused = recorded("record", "changed.yaml")
    assert (refused.code, "--correct" in refused.err, "+ place: Geneva" in refused.err) == (
        3,
        True,
        True,
    )
    would = recorded("check", "changed.yaml", "--correct").out.splitlines()
    assert would[0].endswith("meeting-convened at position 16 corrected:")
    assert would[1:3] == ["  place: New York → Geneva", "1 event would be recorded, position 89"]
    receipts = recorded("record", "changed.yaml", "--correct", "--json").json
    assert [r["corrects"] is not None for r in receipts if r["appended"]] == [True]
    assert "nothing new" in recorded("record", "changed.yaml", "--correct").out
    old = recorded("record", REPORT_EN)
    assert (old.code, "corrected since at position 89" in old.err) == (0, True)

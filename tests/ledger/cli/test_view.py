import csv
import io
import json
from pathlib import Path

import pytest

from tests.ledger.cli.conftest import Proceedings
from tests.ledger.replay.tampering import dump, sql

MEMBERS = ["dj", "gm", "ma", "my", "pk", "sa", "tr"]


def test_eight_rows_and_seven_before_the_arabic(recorded: Proceedings) -> None:
    """`view attendance --json` has eight rows, and seven as known at the English file's end."""
    assert len(recorded("view", "attendance", "--json").json) == 8
    assert len(recorded("view", "attendance", "--json", "--known-at", "49").json) == 7


def test_possible_members_are_a_note_until_they_are_asked_for(recorded: Proceedings) -> None:
    """No certain member in June 2016 and a note of seven possible; with --possible the seven."""
    certain = recorded("view", "membership", "--as-of", "2016-06-01", "--json")
    assert certain.json == []
    assert "7 more are possible on 2016-06-01" in certain.err
    possible = recorded("view", "membership", "--as-of", "2016-06-01", "--possible", "--json").json
    assert [row["party"] for row in possible] == MEMBERS
    assert {row["certainty"] for row in possible} == {"possible"}
    alone = {row["party"] for row in possible if len(row["attested_by"]) == 1}
    assert alone == {"pk"}
    on_the_day = recorded("view", "membership", "--as-of", "2016-09-19", "--json").json
    assert {(row["party"], row["certainty"]) for row in on_the_day} == {
        (party, "certain") for party in MEMBERS
    }


def test_nothing_to_show_is_said_on_standard_error(recorded: Proceedings) -> None:
    """An empty answer prints no data."""
    ran = recorded("view", "membership", "--as-of", "2016-06-01")
    assert (ran.code, ran.out) == (0, "")
    assert "membership: no row" in ran.err


def test_columns_filter(recorded: Proceedings) -> None:
    """Any column filters, with a space or with =, and several values by one of them."""
    assert len(recorded("view", "attendance", "--party", "pk", "--json").json) == 1
    assert len(recorded("view", "positions", "--voice=members", "--json").json) == 1
    assert len(recorded("view", "statements", "--cites", "unsc-822", "--json").json) == 2


def test_a_column_that_is_not_there_is_told(recorded: Proceedings) -> None:
    """An unknown column names those that there are, and the nearest."""
    ran = recorded("view", "attendance", "--prty", "pk")
    assert ran.code == 2
    assert "did you mean 'party'" in ran.err


@pytest.mark.parametrize("form", ["--json", "--jsonl", "--csv"])
def test_every_form_has_the_same_rows(recorded: Proceedings, form: str) -> None:
    """JSON, lines and CSV carry the same rows, with the same names."""
    out = recorded("view", "attendance", form).out
    if form == "--json":
        rows = json.loads(out)
    elif form == "--jsonl":
        rows = [json.loads(line) for line in out.splitlines()]
    else:
        rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["party"] for row in rows] == ["az", *MEMBERS]
    assert rows[0]["began_earliest"] == "2016-09-19"
    written = rows[0]["as_written"]
    assert (json.loads(written) if form == "--csv" else written)["en"] == [
        {"text": "Republic of Azerbaijan", "versions": ["oic-cg-azerbaijan-1-report/en/draft"]}
    ]


def test_a_table_says_once_what_all_rows_share(recorded: Proceedings) -> None:
    """What every row has in common stands above the table, and what is empty is left out."""
    out = recorded("view", "attendance").out
    assert out.count("oic-cg-azerbaijan-1") == 1
    assert "capacity" not in out
    assert "ar ¶1 only" in out


def test_a_table_says_whose_a_wording_is_where_there_are_several(recorded: Proceedings) -> None:
    """Two versions that word a language differently stand below each other, each by its name."""
    name = "oic-cg-azerbaijan-1.condemns-attacks"
    out = recorded("view", "positions", "--position", name).out
    assert "en (ar) Armenia's attacks" in out
    assert "en (en draft) Armenia's attacks" in out
    assert "en condemned in the strongest terms" in out


def test_right_to_left_text_is_isolated(recorded: Proceedings) -> None:
    """Arabic stands between isolates, so that it cannot rearrange the line around it."""
    out = recorded("view", "attendance").out
    assert "\u2068جمهورية جيبوتي\u2069" in out


def test_text_cannot_steer_the_terminal(proceedings: Proceedings, tmp_path: Path) -> None:
    """Control characters and bidi overrides in the record are shown escaped."""
    (tmp_path / "r.yaml").write_text(
        'entries:\n  - event: meeting-convened\n    meeting: m\n    place: "a\\u202Eb\\ec"\n'
    )
    assert proceedings("record", "r.yaml").code == 0
    out = proceedings("view", "meetings").out
    assert "a\\u202eb\\u001bc" in out
    assert "\u202e" not in out
    assert "\x1b" not in out


def test_views_are_listed_with_what_they_say(recorded: Proceedings) -> None:
    """Without a name the views are listed."""
    names = [row["view"] for row in recorded("view", "--json").json]
    assert names == [
        "attendance",
        "ballots",
        "commitments",
        "documents",
        "groups",
        "identities",
        "instruments",
        "meetings",
        "membership",
        "offices",
        "parties",
        "passages",
        "positions",
        "reservations",
        "resolutions",
        "rulings",
        "statements",
        "timeline",
        "transcriptions",
        "votes",
        "concordance",
        "findings",
    ]


def test_a_position_that_is_not_there_yet_is_answered_up_to_the_last(
    recorded: Proceedings,
) -> None:
    """Asked about a position past the end, the answer says how far it knows."""
    ran = recorded("view", "attendance", "--known-at", "500", "--json")
    assert len(ran.json) == 8
    assert "position 88, the last there is" in ran.err


def test_a_view_is_walked_page_by_page(recorded: Proceedings) -> None:
    """`--limit` notes the cursor that gives the next rows; `--sort` orders them."""
    whole = [
        row["party"] for row in recorded("view", "attendance", "--sort", "-party", "--json").json
    ]
    assert whole == sorted(whole, reverse=True)
    asked = ("view", "attendance", "--sort", "-party", "--limit", "3", "--json")
    ran = recorded(*asked)
    walked = ran.json
    while "--cursor" in ran.err:
        ran = recorded(*asked, "--cursor", ran.err.split()[-1])
        walked += ran.json
    assert [row["party"] for row in walked] == whole
    assert recorded("view", "attendance", "--limit", "3", "--cursor", "x").code == 2
    assert recorded("view", "attendance", "--sort", "summaries").code == 2


def test_a_replay_restores_a_dropped_table_row_for_row(
    recorded: Proceedings, tmp_path: Path
) -> None:
    """A view's table dropped behind the program's back is equal again after a replay."""
    recorded("replay")

    file = tmp_path / "proceedings.db"
    before = dump(file, "membership")
    sql(file, "DROP TABLE view_membership")
    assert recorded("replay", "membership").code == 0
    assert dump(file, "membership") == before


def test_checking_a_replay_finds_what_was_tampered_with(
    recorded: Proceedings, tmp_path: Path
) -> None:
    """`replay --check` leaves with 0 where nothing drifted, and with 1, naming it, where it did."""
    assert recorded("replay", "--check").code == 0
    tampering = "UPDATE view_attendance SET presence = 'absent' WHERE party = 'pk'"
    sql(tmp_path / "proceedings.db", tampering)
    ran = recorded("replay", "attendance", "--check", "--json")
    assert ran.code == 1
    assert {tuple(one["key"]) for one in ran.json[0]["drift"]} == {("oic-cg-azerbaijan-1", "pk")}
    assert recorded("replay", "attendance").code == 0
    assert recorded("replay", "--check").code == 0


def test_the_log_is_shown_and_filtered(recorded: Proceedings) -> None:
    """`log` shows events by subject, type, stream and range; a line each for a person."""
    assert len(recorded("log", "--about", "party:pk").out.splitlines()) == 3
    assert len(recorded("log", "--type", "position-adopted", "--json").json) == 17
    assert len(recorded("log", "--after", "80", "--until", "85", "--jsonl").out.splitlines()) == 5
    assert recorded("log", "--stream", "group-oic-cg-azerbaijan", "--json").json
    assert recorded("log", "--type", "position-adoptd").code == 2

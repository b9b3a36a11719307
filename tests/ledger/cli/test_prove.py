"""A person hands out proofs, and they check."""

import json
from pathlib import Path

import pytest

from ledger.formats import proof
from ledger.notes import VerifierKey
from tests.ledger.cli.conftest import Proceedings


@pytest.fixture
def key(recorded: Proceedings) -> VerifierKey:
    """The public half of a key in the file `k`."""
    return VerifierKey.parse(recorded("keys", "new", "lakes.example/record", "--into", "k").out)


def test_events_are_proved_by_position_or_id(recorded: Proceedings, key: VerifierKey) -> None:
    """A bundle has the events asked for, and checks; for a checkpoint that was kept too."""
    assert recorded("checkpoint", "--sign", "k", "--into", "kept").code == 0
    ran = recorded("prove", "24", "59", "--checkpoint", "kept")
    assert ran.code == 0
    assert proof.check(ran.out.encode(), [key]).size == 88
    headers = [json.loads(event["header"]) for event in ran.json["events"]]
    assert [header["position"] for header in headers] == [24, 59]
    again = recorded("prove", headers[0]["event_id"], "--sign", "k", "--no-body")
    proof.check(again.out.encode(), [key])
    assert "body" not in again.json["events"][0]
    assert "nobody signed" in recorded("prove", "24").err


def test_rows_are_proved_by_their_events(recorded: Proceedings, key: VerifierKey) -> None:
    """`prove --view` asks like `view`, and gives the events behind the rows."""
    ran = recorded("prove", "--view", "attendance", "--party", "pk", "--sign", "k")
    assert ran.code == 0
    proof.check(ran.out.encode(), [key])
    assert [row["party"] for row in ran.json["rows"]] == ["pk"]
    assert ran.json["documents"]


def test_growth_is_proved_between_checkpoints(
    recorded: Proceedings, key: VerifierKey, tmp_path: Path
) -> None:
    """Two checkpoints are joined by a proof; with a stranger's checkpoint, exit code 1."""
    assert recorded("checkpoint", "--sign", "k", "--into", "first").code == 0
    ran = recorded("consistency", "first", "--key", str(key))
    assert proof.check_growth(ran.out.encode(), [key]) == (88, 88)
    assert proof.check_growth(recorded("consistency", "49").out.encode()) == (49, 88)
    (tmp_path / "proceedings.db").rename(tmp_path / "ours.db")
    for name in ("proceedings.db-wal", "proceedings.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert recorded("demo").code == 0
    ran = recorded("consistency", "first")
    assert (ran.code, ran.out) == (1, "")
    assert "did not grow from the checkpoint of lakes.example/record at 88 events" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("prove",), "which events?"),
        (("prove", "99"), "no event at position 99"),
        (("prove", "--what", "1"), "not understood"),
        (("prove", "--view", "attendance", "--no-body"), "--no-body"),
        (("prove", "1", "--checkpoint", "none"), "none is no checkpoint"),
        (("consistency", "89"), "never had 89"),
        (("consistency", "50", "40"), "never had 50"),
    ],
)
def test_what_cannot_be_proved_is_said(
    recorded: Proceedings, arguments: tuple[str, ...], says: str
) -> None:
    """A mistake gets a sentence, exit code 2, and no half of a document."""
    ran = recorded(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err

"""A person who asks whether the record was altered is told, and where."""

import sqlite3
from pathlib import Path

from tests.ledger.cli.conftest import Proceedings
from tests.ledger.log.moving import unguarded


def keep(proceedings: Proceedings, tmp_path: Path) -> None:
    """Make a key and keep a checkpoint that it signed."""
    public = proceedings("keys", "new", "lakes.example/record", "--into", "k").out
    (tmp_path / "k.pub").write_text(public)
    assert proceedings("checkpoint", "--sign", "k", "--into", "kept").code == 0


def test_what_is_as_it_was_is_called_so(recorded: Proceedings, tmp_path: Path) -> None:
    """A record that nobody altered is verified with and without a checkpoint, and as JSON."""
    keep(recorded, tmp_path)
    ran = recorded("verify")
    assert (ran.code, "88 events, every hash as recorded" in ran.out) == (0, True)
    ran = recorded("verify", "--checkpoint", "kept", "--key", "k.pub")
    assert (ran.code, "grown from the checkpoint of lakes.example/record" in ran.out) == (0, True)
    unsigned = recorded("verify", "--checkpoint", "kept")
    assert "its signature was not checked" in unsigned.out
    [told] = recorded("verify", "--json", "--checkpoint", "kept").json
    assert (told["intact"], told["size"], told["mismatches"]) == (True, 88, [])
    assert told["checkpoints"][0]["root"] == told["root"]


def test_an_altered_event_is_named(recorded: Proceedings, tmp_path: Path) -> None:
    """Position, expectation, finding and a guess at what was done; exit code 1, as JSON too."""
    unguarded(tmp_path / "proceedings.db", "UPDATE log_events SET body = '{}' WHERE position = 24")
    ran = recorded("verify")
    assert ran.code == 1
    assert "event 24: body_hash: expected " in ran.out
    assert "looks as if its body was edited" in ran.out
    ran = recorded("verify", "--json")
    [mismatch] = [m for m in ran.json[0]["mismatches"] if m["field"] == "body_hash"]
    assert (ran.code, ran.json[0]["intact"], mismatch["position"]) == (1, False, 24)


def test_a_ledger_that_was_rolled_back_is_found_with_a_checkpoint(
    recorded: Proceedings, tmp_path: Path
) -> None:
    """A shorter log is intact in itself; the checkpoint says what it was."""
    keep(recorded, tmp_path)
    (tmp_path / "proceedings.db").unlink()
    recorded("init")
    assert recorded("verify").code == 0
    ran = recorded("verify", "--checkpoint", "kept", "--key", "k.pub")
    assert ran.code == 1
    assert "expected 88 events or more, found 0 (looks as if the log was rolled back" in ran.out


def test_a_checkpoint_that_was_altered_is_not_believed(
    recorded: Proceedings, tmp_path: Path
) -> None:
    """A checkpoint made up, or signed by another key, fails by name, with exit code 1."""
    keep(recorded, tmp_path)
    kept = tmp_path / "kept"
    other = recorded("keys", "new", "lakes.example/record", "--into", "other").out.strip()
    ran = recorded("verify", "--checkpoint", "kept", "--key", other)
    assert (ran.code, "kept: it is not signed by" in ran.err) == (1, True)
    kept.write_text(kept.read_text().replace("\n88\n", "\n87\n"))
    ran = recorded("verify", "--checkpoint", "kept", "--key", "k.pub")
    assert (ran.code, "not of this text" in ran.err) == (1, True)
    kept.write_text("something else\n")
    assert recorded("verify", "--checkpoint", "kept").code == 2
    assert recorded("verify", "--key", other).code == 2
    assert recorded("verify", "--checkpoint", "kept", "--key", "no key").code == 2


def test_verifying_changes_nothing(recorded: Proceedings, tmp_path: Path) -> None:
    """A look at the record writes nothing into it."""
    with sqlite3.connect(tmp_path / "proceedings.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = (tmp_path / "proceedings.db").read_bytes()
    assert recorded("verify").code == 0
    assert (tmp_path / "proceedings.db").read_bytes() == before

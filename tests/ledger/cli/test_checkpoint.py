"""Keys and checkpoints, as a person makes them."""

import stat
from pathlib import Path

from ledger.checkpoints import Checkpoint
from ledger.notes import Note, SigningKey, VerifierKey
from tests.ledger.cli.conftest import Proceedings


def test_a_new_key_stays_private(proceedings: Proceedings, tmp_path: Path) -> None:
    """The private half goes into a file that only its owner reads; the public half is printed."""
    ran = proceedings("keys", "new", "lakes.example/record", "--into", "lakes.key")
    assert ran.code == 0
    file = tmp_path / "lakes.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private = file.read_text().strip()
    assert private not in ran.out + ran.err
    assert private.rpartition("+")[2] not in ran.out + ran.err
    assert VerifierKey.parse(ran.out) == SigningKey.parse(private).verifier
    assert proceedings("keys", "show", "lakes.key").out == ran.out


def test_no_key_is_overwritten(proceedings: Proceedings) -> None:
    """A key that is lost cannot be had again: a second one needs another file."""
    assert proceedings("keys", "new", "a", "--into", "k").code == 0
    shown = proceedings("keys", "show", "k").out
    assert proceedings("keys", "new", "a", "--into", "k").code == 2
    assert proceedings("keys", "show", "k").out == shown


def test_a_checkpoint_is_printed_or_kept(recorded: Proceedings, tmp_path: Path) -> None:
    """Without a place it is standard output; a folder keeps it by its size."""
    recorded("keys", "new", "lakes.example/record", "--into", "k")
    printed = recorded("checkpoint", "--sign", "k")
    note = Note.parse(printed.out)
    key = VerifierKey.parse(recorded("keys", "show", "k").out)
    assert note.expect_signed([key]) == key
    assert Checkpoint.parse(note.text).size == 88
    (tmp_path / "kept").mkdir()
    kept = recorded("checkpoint", "--sign", "k", "--into", "kept/")
    assert (kept.code, "at 88 events" in kept.out) == (0, True)
    assert (tmp_path / "kept" / "000000000088.checkpoint").read_text() == printed.out
    assert recorded("checkpoint", "--sign", "k", "--json").json[0]["note"] == printed.out


def test_what_cannot_be_signed_is_said(recorded: Proceedings, tmp_path: Path) -> None:
    """A key that is none, and a folder that is not there, get a sentence that names them."""
    (tmp_path / "k").write_text("secret words\n")
    ran = recorded("checkpoint", "--sign", "k")
    assert (ran.code, "k: this is no private key" in ran.err) == (2, True)
    assert "secret words" not in ran.err
    assert recorded("checkpoint", "--sign", "none").code == 2
    assert recorded("checkpoint", "--into", "nowhere/").code == 2
    assert recorded("keys", "new", "two words", "--into", "x").code == 2


def test_a_ledger_that_was_swapped_is_not_signed(recorded: Proceedings, tmp_path: Path) -> None:
    """Beside the checkpoints of one ledger, another gets none: exit code 1."""
    assert recorded("checkpoint", "--into", "kept").code == 0
    (tmp_path / "proceedings.db").unlink()
    assert recorded("init").code == 0
    ran = recorded("checkpoint", "--into", "kept")
    assert ran.code == 1
    assert "expected 88 events or more, found 0" in ran.err

"""What is erased is gone from every file of the ledger; all that was shown still holds."""

from pathlib import Path

import pytest

from ledger import Ledger
from ledger.events import PersonalDataErased
from ledger.formats import proof
from ledger.notes import VerifierKey
from tests.ledger.cli.conftest import Proceedings
from tests.ledger.log.moving import KEPT, fill, heads

NAME = "Wilhelmina Quartermaine"
WORDS = NAME.encode()


@pytest.fixture
def ledger(proceedings: Proceedings, tmp_path: Path) -> Path:
    """A ledger in which position 6 names somebody, as do its views; corrected at 7."""
    file = tmp_path / "proceedings.db"
    with Ledger.open(file) as opened:
        fill(opened)
        opened.append([heads("lakes-3", NAME)])
        opened.correct(6, {"level": "ministerial"})
        opened.project()
    assert holding(tmp_path) == ["proceedings.db"]
    assert proceedings("keys", "new", "lakes.example/record", "--into", "k").code == 0
    return file


def holding(folder: Path) -> list[str]:
    """Return the files that have the name in them, -wal and -shm included."""
    named = {f.name for f in folder.iterdir() if f.is_file() and WORDS in f.read_bytes()}
    return sorted(name.removesuffix("-wal") for name in named)


def test_no_file_of_the_ledger_keeps_what_was_erased(
    ledger: Path, proceedings: Proceedings, tmp_path: Path
) -> None:
    """After the command no byte of the words is left in the database, its views or its journal."""
    del ledger
    ran = proceedings("erase", "6", "7", "--reason", "At the person's request.")
    assert ran.code == 0
    assert "position 8" in ran.out
    assert "position 9" in ran.out
    assert holding(tmp_path) == []
    assert '"erased"' in proceedings("view", "attendance", "--meeting", "lakes-3", "--json").out


def test_what_was_shown_before_still_holds(
    ledger: Path, proceedings: Proceedings, tmp_path: Path
) -> None:
    """An old checkpoint, an old bundle with the words in it, and the whole log: all as before."""
    del ledger
    key = VerifierKey.parse(proceedings("keys", "show", "k").out)
    assert proceedings("checkpoint", "--sign", "k", "--into", "kept").code == 0
    old = proceedings("prove", "6", "--checkpoint", "kept", "--private").out
    assert NAME in old
    assert proceedings("erase", "6", "7").code == 0
    assert proceedings("verify", "--checkpoint", "kept", "--key", str(key)).code == 0
    proof.check(old.encode(), [key])
    new = proceedings("prove", "6", "--checkpoint", "kept", "--private").out
    proof.check(new.encode(), [key])
    assert NAME not in new
    assert proceedings("consistency", "kept", "--key", str(key)).code == 0
    assert holding(tmp_path) == []


def test_an_erasure_says_how_far_it_reaches(ledger: Path, proceedings: Proceedings) -> None:
    """What holds the same words beside it is named, and so is what nobody can reach."""
    del ledger
    ran = proceedings("erase", "6")
    assert "the event-corrected at position 7 is about the same, and keeps" in ran.err
    assert "backups, exports, bundles" in ran.err
    [told] = proceedings("erase", "7", "--json").json
    assert (told["erased"], told["beside"], told["position"]) == (True, [], 9)


def test_what_cannot_be_erased_is_left_alone(ledger: Path, proceedings: Proceedings) -> None:
    """Twice is once; where there is nothing private, and with --dry-run, nothing is recorded."""
    del ledger
    assert "would be erased, position 8" in proceedings("erase", "6", "--dry-run").out
    assert proceedings("erase", "6").code == 0
    assert "is erased already: nothing recorded" in proceedings("erase", "6").out
    assert "nothing recorded" in proceedings("erase", "4").out
    assert proceedings("erase", "8").code == 2
    assert proceedings("erase", "99").code == 2
    assert proceedings("verify", "--json").json[0]["size"] == 8


def test_a_restored_backup_is_erased_again(
    ledger: Path, proceedings: Proceedings, tmp_path: Path
) -> None:
    """With the newer ledger at hand, what it has erased since is erased in what is restored."""
    assert proceedings("backup", "kept.db").code == 0
    assert proceedings("erase", "6", "7").code == 0
    with Ledger.open(ledger) as newer:
        newer.append([heads("lakes-4", KEPT)])
        newer.append([PersonalDataErased(target=newer.event(10).event_id)])
    assert holding(tmp_path) == ["kept.db"]
    ran = proceedings("--db", "restored.db", "restore", "kept.db", "--erasures-from", str(ledger))
    assert ran.code == 0
    assert holding(tmp_path) == ["kept.db"]
    assert proceedings("--db", "restored.db", "verify").code == 0
    with Ledger.open(tmp_path / "restored.db") as restored:
        assert restored.event(6).erased
        assert restored.event(7).erased
        assert restored.head == 9


def test_erasures_are_not_taken_from_a_stranger(
    ledger: Path, proceedings: Proceedings, tmp_path: Path
) -> None:
    """A ledger that did not grow from what was backed up says nothing about it: exit code 1."""
    del ledger
    assert proceedings("backup", "kept.db").code == 0
    with Ledger.open(tmp_path / "other.db") as other:
        fill(other, events=10)
    ran = proceedings("--db", "r.db", "restore", "kept.db", "--erasures-from", "other.db")
    assert ran.code == 1
    assert "did not grow from" in ran.err
    ran = proceedings("--db", "r2.db", "restore", "kept.db", "--erasures-from", "none.db")
    assert (ran.code, (tmp_path / "r2.db").exists()) == (4, False)

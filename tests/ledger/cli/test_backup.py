"""Backup and restore, as a person does them."""

from pathlib import Path

import pytest

from ledger import Ledger
from tests.ledger.cli.conftest import Proceedings
from tests.ledger.log.moving import unguarded


def test_a_ledger_is_kept_and_restored(recorded: Proceedings, tmp_path: Path) -> None:
    """Two commands: the ledger in one file, and the same ledger out of it, its root told."""
    with Ledger.open(tmp_path / "proceedings.db") as ledger:
        root = ledger.state.root.hex()
    kept = recorded("backup", "kept.db")
    assert (kept.code, kept.out) == (0, f"kept.db: 88 events, every hash checked\nroot {root}\n")
    restored = recorded("--db", "restored.db", "restore", "kept.db", "--json")
    assert restored.json == [{"file": "restored.db", "size": 88, "root": root}]
    view = ("view", "positions", "--json")
    assert recorded("--db", "restored.db", *view).out == recorded(*view).out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("backup",), 2, "FILE"),
        (("backup", "kept.db"), 2, "there is a file of this name"),
        (("backup", "no/such/folder.db"), 4, "no such folder"),
        (("--db", "none.db", "backup", "new.db"), 4, "no file here"),
        (("restore", "kept.db"), 2, "there is a ledger of 88 events, and is left alone"),
        (("--db", "new.db", "restore", "none.db"), 4, "none.db: there is no file here"),
        (("--db", "new.db", "restore", "text"), 4, "text: this is no backup"),
        (("--db", "new.db", "restore", "altered.db"), 4, "altered.db: this log is not as it was"),
        (("--db", "altered.db", "backup", "new.db"), 4, "event 7: leaf_hash"),
    ],
)
def test_what_cannot_be_kept_or_restored_is_said(
    recorded: Proceedings, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """Each refusal names what is there, and nothing new is made."""
    for name in ("kept.db", "altered.db"):
        assert recorded("backup", name).code == 0
    unguarded(tmp_path / "altered.db", "UPDATE log_events SET actor = 'x' WHERE position = 7")
    (tmp_path / "text").write_text("not a database at all, and long enough to be read as one")
    ran = recorded(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert not [path for path in tmp_path.iterdir() if "new.db" in path.name]

"""A backup is the whole ledger, of one moment, checked; or it is not there."""

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import AlreadyThere, DatabaseProblem, NoLedger
from ledger.events import MeetingConvened, PersonalDataErased
from ledger.mismatch import AlteredLog
from tests.ledger.log.moving import GONE, KEPT, answers, fill, stored, tables, unguarded

MANY = 300
"""How many events more are recorded: enough for a stored node."""


@pytest.fixture
def ledger(address: str) -> Ledger:
    """A ledger with a bit of everything, on each kind of database."""
    opened = Ledger.open(address, actor="desk-1")
    fill(opened, events=MANY)
    return opened


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of a ledger in a file."""
    with Ledger.open(tmp_path / "source.db") as source:
        fill(source, events=MANY)
        source.project()
        source.backup(tmp_path / "kept.db")
    return tmp_path / "kept.db"


def files(folder: Path) -> list[str]:
    """Return the names of all files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_is_the_same_ledger(ledger: Ledger, tmp_path: Path) -> None:
    """Whatever the database: the file has the same events and root, and gives the same answers."""
    with ledger:
        head = ledger.backup(tmp_path / "kept.db")
        assert head == ledger.state
        with Ledger.open(tmp_path / "kept.db", create=False) as copy:
            assert copy.state == head
            assert stored(copy) == stored(ledger)
            assert answers(copy) == answers(ledger)
            assert copy.verify().intact


def test_a_backup_is_one_file_for_its_owner(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing stands beside it, and nobody else can read it."""
    with ledger:
        folder = tmp_path / "kept"
        folder.mkdir()
        ledger.backup(folder / "kept.db")
    assert files(folder) == ["kept.db"]
    assert stat.S_IMODE((folder / "kept.db").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "kept.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize("kind", ["file", "postgres"])
def test_a_backup_of_a_ledger_in_use_is_a_beginning_of_it(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """While others append, a backup has the events up to one moment, no more and no fewer."""
    address: str | Path = tmp_path / "source.db"
    if kind == "postgres":
        address = request.getfixturevalue("postgres_ledger")
    stop = threading.Event()

    def append() -> None:
        with Ledger.open(address, actor="desk-2") as busy:
            while not stop.is_set():
                busy.append([MeetingConvened(meeting="lakes-1")] * 7)

    with Ledger.open(address, actor="desk-1") as ledger:
        fill(ledger, events=MANY)
        writing = threading.Thread(target=append)
        writing.start()
        try:
            before = ledger.head
            heads = [ledger.backup(tmp_path / f"kept-{n}.db") for n in range(3)]
        finally:
            stop.set()
            writing.join()
        assert before <= heads[0].size < heads[2].size <= ledger.head
        for n, head in enumerate(heads):
            with Ledger.open(tmp_path / f"kept-{n}.db", create=False) as copy:
                assert copy.state == head
                assert stored(copy) == stored(ledger)[: head.size]
                assert (head.size - 5 - MANY) % 7 == 0


def test_a_restored_ledger_is_the_one_that_was_kept(
    kept: Path, tmp_path: Path, postgres_url: str, postgres_ledger: str
) -> None:
    """On SQLite and on PostgreSQL, in a new database or an empty ledger: every byte of the log."""
    (tmp_path / "nothing.db").touch()
    with Ledger.open(tmp_path / "empty.db"):
        pass
    targets = [tmp_path / name for name in ("new.db", "nothing.db", "empty.db")]
    whole = tables(kept)
    before = kept.read_bytes()
    for target in (*map(str, targets), postgres_url, postgres_ledger):
        head = Ledger.restore(kept, target)
        assert tables(target) == whole
        with Ledger.open(target, create=False) as restored, Ledger.open(kept) as source:
            assert restored.state == head
            assert answers(restored) == answers(source)
            # It goes on as the ledger that it is.
            assert restored.append([MeetingConvened(meeting="m")])[0].position == head.size + 1
            assert restored.verify().intact
    assert kept.read_bytes() == before


def test_a_restored_file_is_ready_for_several_readers(kept: Path, tmp_path: Path) -> None:
    """A restored ledger writes ahead, as every ledger does, and is no more its owner's than one."""
    Ledger.restore(kept, tmp_path / "restored.db")
    with closing(sqlite3.connect(tmp_path / "restored.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    mode = (tmp_path / "restored.db").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IMODE((tmp_path / "source.db").stat().st_mode)


def test_a_ledger_in_memory_is_restored_too(kept: Path) -> None:
    """What is restored into memory is checked and gone; what matters is that it can be done."""
    assert Ledger.restore(kept, "sqlite://").size == 5 + MANY


def test_what_was_erased_is_in_no_backup(ledger: Ledger, tmp_path: Path) -> None:
    """A text that was erased before is not in the file at all, and what was not erased is."""
    with ledger:
        ledger.project()
        ledger.backup(tmp_path / "kept.db")
    content = (tmp_path / "kept.db").read_bytes()
    assert GONE.encode() not in content
    assert KEPT.encode() in content


def test_an_erasure_after_a_backup_is_done_again_by_an_import(tmp_path: Path) -> None:
    """An old backup has the text; the newer log, placed after it, erases it once more."""
    with Ledger.open(tmp_path / "source.db") as source:
        fill(source)
        source.backup(tmp_path / "kept.db")
        source.append([PersonalDataErased(target=source.event(2).event_id)])
        Ledger.restore(tmp_path / "kept.db", tmp_path / "restored.db")
        with Ledger.open(tmp_path / "restored.db") as restored:
            restored.project()
            (row,) = restored.view("attendance").rows(meeting="lakes-2")
            assert row.head.texts("und") == (KEPT,)
            with source.snapshot() as log:
                assert restored.place(log.events()).new == 1
            (row,) = restored.view("attendance").rows(meeting="lakes-2")
            assert row.head.texts("und") == ("erased",)
            assert stored(restored) == stored(source)


@pytest.mark.parametrize("there", ["ledger", "file", "folder", "link to nothing"])
def test_a_backup_overwrites_nothing(ledger: Ledger, tmp_path: Path, there: str) -> None:
    """Whatever bears the name is left alone, and nothing is left beside it."""
    folder = tmp_path / "kept"
    folder.mkdir()
    file = folder / "kept.db"
    with ledger:
        if there == "ledger":
            ledger.backup(file)
        elif there == "file":
            file.write_bytes(b"mine")
        elif there == "folder":
            file.mkdir()
        else:
            file.symlink_to(folder / "nowhere")
        before = file.read_bytes() if file.is_file() else b""
        with pytest.raises(AlreadyThere):
            ledger.backup(file)
    assert files(folder) == ["kept.db"]
    assert (file.read_bytes() if file.is_file() else b"") == before


def test_a_file_that_came_to_be_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Also who is quicker than the backup keeps what is theirs."""
    with Ledger.open(tmp_path / "source.db") as ledger:
        fill(ledger)
        with pytest.raises(AlreadyThere):
            ledger.backup(
                tmp_path / "kept.db", lambda *_: (tmp_path / "kept.db").write_bytes(b"mine")
            )
    assert (tmp_path / "kept.db").read_bytes() == b"mine"


def test_a_restore_overwrites_nothing(kept: Path, tmp_path: Path, postgres_ledger: str) -> None:
    """A ledger with an event in it stays as it is."""
    for target in (str(tmp_path / "mine.db"), postgres_ledger):
        with Ledger.open(target) as mine:
            mine.record(MeetingConvened(meeting="m"))
        before = tables(target)
        with pytest.raises(AlreadyThere, match="1 event,"):
            Ledger.restore(kept, target)
        assert tables(target) == before


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_journal_that_was_left_behind_is_not_played_into_a_new_file(
    kept: Path, tmp_path: Path, suffix: str
) -> None:
    """Neither a restore, a backup nor a new ledger goes beside it; it is named, and not touched."""
    folder = tmp_path / "folder"
    folder.mkdir()
    left = folder / f"lakes.db{suffix}"
    with Ledger.open(tmp_path / "gone.db") as gone:
        gone.record(MeetingConvened(meeting="m"))
        # What was recorded last stands in the journal alone, until the ledger is closed.
        left.write_bytes((tmp_path / "gone.db-wal").read_bytes())
    journal, told = left.read_bytes(), rf"lakes\.db{suffix}: .*lakes\.db.* move what it left"
    for empty in (False, True):
        if empty:
            (folder / "lakes.db").touch()
        with pytest.raises(AlreadyThere, match=told) as refused:
            Ledger.restore(kept, folder / "lakes.db")
        assert refused.value.place == str(left)
    (folder / "lakes.db").unlink()
    with pytest.raises(AlreadyThere, match=told):
        Ledger.open(folder / "lakes.db")
    with Ledger.open(tmp_path / "source.db") as source, pytest.raises(AlreadyThere, match=told):
        source.backup(folder / "lakes.db")
    assert files(folder) == [left.name]
    assert left.read_bytes() == journal


def test_a_ledger_that_was_altered_is_not_backed_up(tmp_path: Path) -> None:
    """What is not as it was recorded is named, and no file pretends that all is well."""
    with Ledger.open(tmp_path / "source.db") as ledger:
        fill(ledger)
    unguarded(tmp_path / "source.db", "UPDATE log_events SET actor = 'x' WHERE position = 3")
    folder = tmp_path / "kept"
    folder.mkdir()
    with Ledger.open(tmp_path / "source.db") as ledger, pytest.raises(AlteredLog) as caught:
        ledger.backup(folder / "kept.db")
    assert [(m.position, m.field) for m in caught.value.mismatches] == [(3, "leaf_hash")]
    assert "kept.db: this log is not as it was recorded" in str(caught.value)
    assert files(folder) == []


def test_an_altered_backup_is_not_restored(
    kept: Path, tmp_path: Path, postgres_ledger: str
) -> None:
    """What is not as it was recorded is named, and the ledger is as it was: not there."""
    unguarded(kept, "UPDATE log_events SET actor = 'x' WHERE position = 3")
    for target in (str(tmp_path / "new.db"), postgres_ledger):
        with pytest.raises(AlteredLog, match=r"kept\.db: .*\n.*event 3: leaf_hash"):
            Ledger.restore(kept, target)
    assert not [name for name in files(tmp_path) if "new.db" in name]
    with Ledger.open(postgres_ledger) as ledger:
        assert ledger.head == 0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_backup_is_not_restored(kept: Path, tmp_path: Path, share: float) -> None:
    """Half a file is no backup, wherever it ends."""
    whole = kept.read_bytes()
    os.truncate(kept, int(len(whole) * share) // 4096 * 4096)
    with pytest.raises(DatabaseProblem, match=r"kept\.db"):
        Ledger.restore(kept, tmp_path / "new.db")
    assert not [name for name in files(tmp_path) if "new.db" in name]


def test_what_is_no_backup_is_not_restored(tmp_path: Path) -> None:
    """A stranger's file, and none at all, are refused by their own name."""
    (tmp_path / "text").write_text("not a database at all, and long enough to be read as one")
    with closing(sqlite3.connect(tmp_path / "theirs.db")) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    for name, says in (
        ("text", "no backup"),
        ("theirs.db", "not a ledger"),
        ("nowhere", "no file"),
    ):
        with pytest.raises(NoLedger, match=says) as caught:
            Ledger.restore(tmp_path / name, tmp_path / "new.db")
        assert caught.value.address == str(tmp_path / name)
    assert not (tmp_path / "new.db").exists()

"""A ledger is opened or made where it should be, and nothing else is touched."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import DatabaseProblem, NoLedger, SchemaMismatch, Unreachable
from ledger.events import MeetingConvened
from ledger.log import Database, Log
from ledger.schema import migrations

both_ways = pytest.mark.parametrize("create", [True, False])


def make(file: Path) -> None:
    """Make a ledger with one event."""
    with closing(Database.open(file, create=True)) as database:
        Log(database).append([MeetingConvened(meeting="lakes-1")], actor="desk-1")


def files(folder: Path) -> dict[str, bytes]:
    """Return all that is in a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_new_ledger_is_made_and_opened_again(tmp_path: Path) -> None:
    """What was recorded is there when the file is opened again, by path or by URL."""
    make(tmp_path / "proceedings.db")
    for address in (tmp_path / "proceedings.db", f"sqlite:///{tmp_path}/proceedings.db"):
        for create in (True, False):
            with closing(Database.open(address, create=create)) as database:
                assert Log(database).head().size == 1


def test_a_ledger_is_one_file_once_closed(tmp_path: Path) -> None:
    """When nobody has it open, a ledger is a single file that can be copied."""
    make(tmp_path / "proceedings.db")
    assert list(files(tmp_path)) == ["proceedings.db"]


def test_two_ledgers_in_memory_are_two() -> None:
    """Each ledger in memory is its own."""
    with (
        closing(Database.open("sqlite://", create=True)) as one,
        closing(Database.open(":memory:", create=True)) as other,
    ):
        Log(one).append([MeetingConvened(meeting="lakes-1")], actor="desk-1")
        assert Log(other).head().size == 0


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    """A file without a byte is as good as none."""
    file = tmp_path / "proceedings.db"
    file.touch()
    make(file)
    with closing(Database.open(file, create=False)) as database:
        assert Log(database).head().size == 1


def test_an_empty_file_is_no_ledger(tmp_path: Path) -> None:
    """Without leave to create, an empty file is said to be empty, and stays so."""
    file = tmp_path / "proceedings.db"
    file.touch()
    with pytest.raises(NoLedger, match="empty"):
        Database.open(file, create=False)
    assert files(tmp_path) == {"proceedings.db": b""}


def test_a_missing_file_is_not_made_without_leave(tmp_path: Path) -> None:
    """Without leave to create, nothing is made, and the answer says how to."""
    with pytest.raises(NoLedger, match="proceedings init") as error:
        Database.open(tmp_path / "proceedings.db", create=False)
    assert error.value.address == str(tmp_path / "proceedings.db")
    assert files(tmp_path) == {}


@both_ways
def test_a_missing_folder_is_not_made(tmp_path: Path, create: bool) -> None:
    """A file in a folder that is not there is most likely a slip: nothing is made."""
    with pytest.raises(NoLedger, match="no f"):
        Database.open(tmp_path / "nowhere" / "proceedings.db", create=create)
    assert files(tmp_path) == {}


@both_ways
def test_a_folder_is_no_ledger(tmp_path: Path, create: bool) -> None:
    """A folder in a file's place is a problem of the database, with its address."""
    with pytest.raises(DatabaseProblem, match=str(tmp_path)):
        Database.open(tmp_path, create=create)


@both_ways
def test_what_is_no_database_is_left_alone(tmp_path: Path, create: bool) -> None:
    """A file of any other kind is refused, and not a byte of it is changed."""
    (tmp_path / "notes.txt").write_text("Hear, hear. " * 1_000)
    before = files(tmp_path)
    with pytest.raises(Unreachable, match="not a database"):
        Database.open(tmp_path / "notes.txt", create=create)
    assert files(tmp_path) == before


@both_ways
@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE photos (name TEXT)",
        "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE photos (name TEXT)",
        "CREATE TABLE alembic_version AS SELECT 'ae1027a6acf' AS version_num",
    ],
    ids=["plain", "alembic, empty", "alembic"],
)
def test_a_strangers_database_is_left_untouched(tmp_path: Path, create: bool, script: str) -> None:
    """Another program's database is no ledger, even if Alembic looks after it; no byte changes."""
    with closing(sqlite3.connect(tmp_path / "photos.db")) as connection:
        connection.executescript(script)
    before = files(tmp_path)
    with pytest.raises(NoLedger, match="left alone"):
        Database.open(tmp_path / "photos.db", create=create)
    assert files(tmp_path) == before


@both_ways
@pytest.mark.parametrize("found", ["0000", "9999"])
def test_another_migration_is_said_so(tmp_path: Path, create: bool, found: str) -> None:
    """A ledger of an older or newer program is refused, with what is expected and what is there."""
    file = tmp_path / "proceedings.db"
    make(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    with pytest.raises(SchemaMismatch, match="db upgrade") as error:
        Database.open(file, create=create)
    assert (error.value.expected, error.value.found) == (migrations.HEAD, found)


@pytest.mark.parametrize(
    "address", ["mysql://desk:secret@db/proceedings", "no-such://x", "://", "postgresql://"]
)
def test_another_kind_of_database_is_refused(address: str) -> None:
    """A URL that cannot be opened is refused, and its password is not repeated."""
    with pytest.raises(NoLedger) as error:
        Database.open(address, create=True)
    assert "secret" not in str(error.value)


def test_a_busy_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another writer does not let go, the error names the file and says that it is locked."""
    file = tmp_path / "proceedings.db"
    make(file)
    monkeypatch.setattr("ledger.log.sqlite.BUSY", 0)
    monkeypatch.setattr("ledger.log.patience.PATIENCE", 0)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as other,
        closing(Database.open(file, create=False)) as database,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unreachable, match="locked") as error:
            Log(database).append([MeetingConvened(meeting="lakes-1")], actor="desk-1")
        assert error.value.address == str(file)
        assert Log(database).head().size == 1


def test_commits_are_durable(tmp_path: Path) -> None:
    """Every connection waits for the disk, and readers do not wait for writers."""
    with (
        closing(Database.open(tmp_path / "proceedings.db", create=True)) as database,
        database.reading() as connection,
    ):
        full = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    assert (full, journal) == (2, "wal")

# ruff: noqa: S608 - the names in these statements are our own
"""The database itself refuses to change the log, whoever asks: here, a stranger with a SQL shell.

Every statement below runs through the standard library's `sqlite3`, as it would in the `sqlite3`
shell, on a file that the library wrote.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.events import MeetingConvened
from ledger.log import Database, Log
from tests.ledger.log.refusing import (
    HEADS_ELSEWHERE,
    NODES,
    NOT_NEXT,
    OLD,
    SIZE,
    WANTED,
    event,
    fill,
)
from tests.ledger.log.stored import COLUMNS, TABLES, contents


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with rows in every table, one of its private parts erased."""
    path = tmp_path_factory.mktemp("refuses") / "proceedings.db"
    with closing(Database.open(path, create=True)) as database:
        fill(Log(database))
    return path


@pytest.fixture
def shell(file: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A stranger's connection, each statement a transaction; the log must be as it was after."""
    copy = shutil.copy(file, tmp_path)
    before = contents(copy)
    assert all(before[table] for table in TABLES)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        yield connection
    assert contents(copy) == before


def refused(shell: sqlite3.Connection, statement: str, because: str) -> None:
    """Run a statement, each way its `INSERT` can be put, which must fail for this reason."""
    verbs = VERBS if statement.startswith("INSERT") else ("",)
    for verb in verbs:
        with pytest.raises(sqlite3.IntegrityError, match=because):
            shell.execute(verb + statement.removeprefix("INSERT"))


VERBS = ("INSERT", "REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL")
every_table = pytest.mark.parametrize("table", TABLES)
every_column = pytest.mark.parametrize(("table", "column"), COLUMNS)


# ---------------------------------------------------------------------------- UPDATE, DELETE


@every_column
def test_no_column_is_updated(shell: sqlite3.Connection, table: str, column: str) -> None:
    """UPDATE is refused in every column of every table, even to the value that is there."""
    for verb in ("UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"):
        refused(shell, f"{verb} {table} SET {column} = {column}", "the log is|the head")


@every_column
def test_no_column_is_emptied(shell: sqlite3.Connection, table: str, column: str) -> None:
    """UPDATE to nothing is refused as well, by a guard or by the column's own rule."""
    refused(shell, f"UPDATE {table} SET {column} = NULL", "the log is|the head|NOT NULL|datatype")


@every_table
def test_no_row_is_deleted(shell: sqlite3.Connection, table: str) -> None:
    """DELETE is refused in every table."""
    refused(shell, f"DELETE FROM {table}", "deleted|personal-data-erased")


def test_a_private_part_goes_only_with_its_erasure(shell: sqlite3.Connection) -> None:
    """An erasure of another event's private part is no leave to delete this one."""
    private = shell.execute("SELECT position FROM log_private ORDER BY 1").fetchall()
    assert (3,) not in private  # erased by the event that names it
    for position in (private[0][0], private[-1][0]):
        refused(
            shell,
            f"DELETE FROM log_private WHERE position = {position}",
            "only with a personal-data-erased event that names it",
        )


# -------------------------------------------------------------------------- REPLACE, INSERT


@every_table
def test_no_row_is_replaced_by_itself(shell: sqlite3.Connection, table: str) -> None:
    """A row that is there is not put in again: REPLACE fires no trigger of DELETE."""
    refused(
        shell, f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1", "an event|belongs|node|head"
    )


@pytest.mark.parametrize("changes", NOT_NEXT.values(), ids=NOT_NEXT)
def test_an_event_takes_no_place_but_the_next(
    shell: sqlite3.Connection, changes: dict[str, str]
) -> None:
    """A taken position, id or stream version and a gap are refused, by every verb of INSERT."""
    refused(shell, f"INSERT INTO log_events {event(**changes)}", "takes the next position")


def test_an_event_is_not_changed_by_an_upsert(shell: sqlite3.Connection) -> None:
    """INSERT that turns into UPDATE where there is a conflict is refused like both."""
    upsert = f"INSERT INTO log_events {event()} AND TRUE ON CONFLICT DO UPDATE SET body = '{{}}'"
    refused(shell, upsert, "takes the next position")


@pytest.mark.parametrize("position", OLD)
def test_an_old_event_gets_no_private_part(shell: sqlite3.Connection, position: int) -> None:
    """No private part is put beside an event that is there, erased or not, or that is not there."""
    refused(
        shell,
        f"INSERT INTO log_private VALUES ({position}, {WANTED}, '{{}}')",
        "belongs to an event that is being appended",
    )


@pytest.mark.parametrize("position", OLD)
def test_an_old_event_gets_no_subject(shell: sqlite3.Connection, position: int) -> None:
    """No event is made to speak of what it did not, and none to erase what it did not name."""
    for subject in ("party:zz", "event:whatever"):
        refused(
            shell,
            f"INSERT INTO log_subjects VALUES ('{subject}', {position})",
            "belongs to an event that is being appended",
        )


@pytest.mark.parametrize("place", NODES)
def test_no_node_is_put_in_by_hand(shell: sqlite3.Connection, place: tuple[int, int]) -> None:
    """A node that is there is not replaced, and one whose leaves are not all there is refused."""
    level, number = place
    refused(shell, f"INSERT INTO log_nodes VALUES ({level}, {number}, {WANTED})", "node")


@pytest.mark.parametrize("head", [1, 2, "NULL"])
def test_there_is_one_head(shell: sqlite3.Connection, head: int | str) -> None:
    """A second head is refused, and so is a new one in the old one's place."""
    row = f"SELECT {head}, size, root, frontier, last_recorded_at FROM log_head"
    refused(shell, f"INSERT INTO log_head {row}", "there is one head")


@pytest.mark.parametrize("change", HEADS_ELSEWHERE)
def test_the_head_moves_only_to_the_newest_event(shell: sqlite3.Connection, change: str) -> None:
    """The head does not go back, does not run ahead and does not change where it stands."""
    refused(shell, f"UPDATE log_head SET {change}", "the head only moves to the newest event")


def test_an_append_still_goes_through(file: Path, tmp_path: Path) -> None:
    """What the database refuses to strangers it takes from an append: the guards are no wall."""
    copy = shutil.copy(file, tmp_path)
    with closing(Database.open(copy, create=False)) as database:
        receipt = Log(database).append([MeetingConvened(meeting="lakes-1")], actor="desk-1")[0]
    assert receipt.position == SIZE + 1

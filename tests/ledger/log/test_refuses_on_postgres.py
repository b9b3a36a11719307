# ruff: noqa: S608 - the names in these statements are our own
"""PostgreSQL itself refuses to change the log, whoever asks: here, the superuser, in plain SQL.

Every statement below runs through psycopg as it would in `psql`, on a log that the library wrote.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
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
from tests.ledger.log.stored import COLUMNS, TABLES
from tests.postgres import Cluster

Shell = psycopg.Connection[tuple[Any, ...]]

every_table = pytest.mark.parametrize("table", TABLES)
every_column = pytest.mark.parametrize(("table", "column"), COLUMNS)
REFUSED = (
    "the log is|deleted|personal-data-erased|an event|belongs|node|head|duplicate key|null value"
)
NEXT = event(position=f"{SIZE + 1}", event_id="'new'", version="9999")
AFTER = event(position=f"{SIZE + 2}", event_id="'newer'", version="10000")


def contents(shell: Shell) -> dict[str, list[Any]]:
    """Return all rows of all tables of the log."""
    return {t: run(shell, f"SELECT * FROM public.{t} ORDER BY 1, 2").fetchall() for t in TABLES}


def run(shell: Shell, statement: str) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement as it stands."""
    return shell.execute(statement.encode())


def refused(shell: Shell, statement: str, because: str = REFUSED) -> None:
    """Run a statement, which must fail for this reason."""
    with pytest.raises(psycopg.errors.IntegrityError, match=because):
        run(shell, statement)


@pytest.fixture(scope="module")
def full(postgres: Cluster, postgres_template: str) -> Iterator[str]:
    """A database whose log has rows in every table, one of its private parts erased."""
    name = f"{postgres_template}_full"
    with closing(
        Database.open(postgres.create_database(name, template=postgres_template), create=False)
    ) as d:
        fill(Log(d))
    yield name
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def before(postgres: Cluster, full: str) -> dict[str, list[Any]]:
    """What is in it, and must be after each test."""
    with closing(postgres.connect(full)) as connection:
        found = contents(connection)
    assert all(found[table] for table in TABLES)
    return found


@pytest.fixture
def shell(postgres: Cluster, full: str, before: dict[str, list[Any]]) -> Iterator[Shell]:
    """A stranger's connection, each statement a transaction; the log must be as it was after."""
    with closing(postgres.connect(full)) as connection:
        yield connection
        assert contents(connection) == before


@pytest.fixture
def trial(shell: Shell) -> Iterator[Shell]:
    """A stranger's connection in a transaction that comes to nothing."""
    with shell.transaction(force_rollback=True):
        yield shell


def test_the_shell_is_a_superusers(shell: Shell) -> None:
    """What is refused here is refused to everybody."""
    assert run(shell, "SELECT usesuper FROM pg_user WHERE usename = user").fetchone() == (True,)


# ------------------------------------------------------------------- UPDATE, DELETE, TRUNCATE


@every_column
def test_no_column_is_updated(shell: Shell, table: str, column: str) -> None:
    """UPDATE is refused in every column of every table, even to the value that is there."""
    refused(shell, f"UPDATE {table} SET {column} = {column}")
    refused(shell, f"UPDATE ONLY {table} SET {column} = NULL")


@every_table
def test_no_row_is_deleted(shell: Shell, table: str) -> None:
    """DELETE is refused in every table."""
    refused(shell, f"DELETE FROM {table}", "deleted|personal-data-erased")
    refused(shell, f"WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT FROM gone")


@every_table
@pytest.mark.parametrize("how", ["", "CASCADE", "RESTART IDENTITY"])
def test_no_table_is_emptied(shell: Shell, table: str, how: str) -> None:
    """TRUNCATE is refused in every table, alone or among others."""
    refused(shell, f"TRUNCATE {table} {how}", "deleted")
    refused(shell, f"TRUNCATE view_progress, ONLY {table} {how}", "deleted")


def test_a_private_part_goes_only_with_its_erasure(shell: Shell) -> None:
    """An erasure of another event's private part is no leave to delete this one."""
    positions = [row[0] for row in run(shell, "SELECT position FROM log_private ORDER BY 1")]
    assert 3 not in positions  # erased by the event that names it
    for position in (positions[0], positions[-1]):
        refused(shell, f"DELETE FROM log_private WHERE position = {position}", "names it")


# -------------------------------------------------------------------------------------- INSERT


@every_table
def test_no_row_is_put_in_twice(shell: Shell, table: str) -> None:
    """A row that is there is not put in again, nor changed where there is a conflict."""
    again = f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1"
    key = next(column for name, column in COLUMNS if name == table)
    refused(shell, again)
    refused(shell, f"{again} ON CONFLICT ON CONSTRAINT pk_{table} DO UPDATE SET {key} = NULL")
    assert run(shell, f"{again} ON CONFLICT DO NOTHING").rowcount == 0


@pytest.mark.parametrize("changes", NOT_NEXT.values(), ids=NOT_NEXT)
def test_an_event_takes_no_place_but_the_next(shell: Shell, changes: dict[str, str]) -> None:
    """A taken position, id or stream version and a gap are refused."""
    refused(shell, f"INSERT INTO log_events {event(**changes)}")
    refused(
        shell,
        f"INSERT INTO log_events {event(**changes)} ON CONFLICT (event_id) DO UPDATE "
        "SET body = '{}'",
    )


@pytest.mark.parametrize("changes", [NOT_NEXT["gap"], NOT_NEXT["zero"], NOT_NEXT["negative"]])
def test_ignoring_conflicts_makes_no_gap(shell: Shell, changes: dict[str, str]) -> None:
    """ON CONFLICT DO NOTHING puts in what conflicts with nothing; the guard looks at that too."""
    refused(shell, f"INSERT INTO log_events {event(**changes)} ON CONFLICT DO NOTHING", "next")


def test_several_events_leave_no_gap(shell: Shell) -> None:
    """Rows of one statement are looked at together: none before, between or after them is left."""
    beyond = event(position=f"{SIZE + 4}", event_id="'newest'", version="10001")
    for some in ((NEXT, beyond), (AFTER, beyond)):
        refused(shell, f"INSERT INTO log_events {' UNION ALL '.join(some)}", "next")
    refused(
        shell,
        f"WITH one AS (INSERT INTO log_events {NEXT}) INSERT INTO log_events {beyond}",
        "next",
    )


def test_what_was_put_past_the_head_goes_from_the_end_alone(trial: Shell) -> None:
    """Of events that wait for a head none goes from under another: that would be a gap."""
    run(trial, f"INSERT INTO log_events {NEXT} UNION ALL {AFTER}")
    with trial.transaction():
        run(trial, f"DELETE FROM log_events WHERE position > {SIZE}")
        run(trial, f"INSERT INTO log_events {NEXT} UNION ALL {AFTER}")
    for those in (f"= {SIZE + 1}", f"IN ({SIZE}, {SIZE + 2})"):
        with pytest.raises(psycopg.errors.RestrictViolation), trial.transaction():
            run(trial, f"DELETE FROM log_events WHERE position {those}")
    run(trial, f"DELETE FROM log_events WHERE position = {SIZE + 2}")
    with pytest.raises(psycopg.errors.RestrictViolation, match="newest event"):
        run(trial, f"UPDATE log_head SET size = {SIZE + 2}")


def test_merge_is_refused_like_what_it_does(shell: Shell) -> None:
    """MERGE that updates, deletes or inserts is refused like UPDATE, DELETE and INSERT."""
    for table, key in (("log_events", "position"), ("log_head", "id"), ("log_private", "position")):
        merge = f"MERGE INTO {table} AS t USING {table} AS s ON t.{key} = s.{key} WHEN MATCHED THEN"
        refused(shell, f"{merge} UPDATE SET {key} = s.{key}", "the log is|the head")
        refused(shell, f"{merge} DELETE", "deleted|personal-data-erased")
    columns = ", ".join(column for table, column in COLUMNS if table == "log_events")
    refused(
        shell,
        f"MERGE INTO log_events AS t USING ({AFTER}) AS s ({columns}) ON t.position = s.position "
        f"WHEN NOT MATCHED THEN INSERT VALUES ({columns})",
        "next",
    )


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("log_subjects", "event:whatever\t1"),
        ("log_private", f"{SIZE + 1}\t\\\\x00\t{{}}"),
        ("log_private", "3\t\\\\x00\t{}"),
        ("log_nodes", "8\t1\t\\\\x00"),
        ("log_head", "2\t0\t\\\\x00\t\\\\x00\t\\N"),
    ],
)
def test_copy_is_refused_like_insert(shell: Shell, table: str, row: str) -> None:
    """COPY puts in nothing that INSERT may not."""
    with (
        pytest.raises(psycopg.errors.IntegrityError, match=REFUSED),
        shell.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy,
    ):
        copy.write(f"{row}\n")


def test_copy_makes_no_gap(shell: Shell) -> None:
    """An event that is copied in takes the next position too."""
    with shell.cursor().copy(f"COPY ({AFTER}) TO STDOUT".encode()) as copy:
        row = b"".join(bytes(part) for part in copy)
    with (
        pytest.raises(psycopg.errors.RestrictViolation, match="next"),
        shell.cursor().copy(b"COPY log_events FROM STDIN") as copy,
    ):
        copy.write(row)


@pytest.mark.parametrize("position", OLD)
def test_an_old_event_gets_no_part(shell: Shell, position: int) -> None:
    """No private part and no subject is put beside an event that is there, or that is not there."""
    refused(shell, f"INSERT INTO log_private VALUES ({position}, {WANTED}, '{{}}')")
    for name in ("party:zz", "event:whatever"):
        subject = f"INSERT INTO log_subjects VALUES ('{name}', {position})"
        refused(shell, subject, "belongs")
        refused(shell, f"{subject} ON CONFLICT DO NOTHING", "belongs")


@pytest.mark.parametrize("place", NODES)
def test_no_node_is_put_in_by_hand(shell: Shell, place: tuple[int, int]) -> None:
    """A node that is there is not replaced, and one whose leaves are not all there is refused."""
    level, number = place
    refused(shell, f"INSERT INTO log_nodes VALUES ({level}, {number}, {WANTED})")


@pytest.mark.parametrize("head", ["1", "2", "NULL"])
def test_there_is_one_head(shell: Shell, head: str) -> None:
    """A second head is refused."""
    row = f"SELECT {head}, size, root, frontier, last_recorded_at FROM log_head"
    refused(shell, f"INSERT INTO log_head {row}", "pk_log_head|one_row|null value")


@pytest.mark.parametrize("change", HEADS_ELSEWHERE)
def test_the_head_moves_only_to_the_newest_event(shell: Shell, change: str) -> None:
    """The head does not go back, does not run ahead and does not change where it stands."""
    refused(shell, f"UPDATE log_head SET {change}", "the head only moves to the newest event")


# ------------------------------------------------------------------------ tables that look alike


@pytest.mark.parametrize("path", ["public", "decoy, public", "decoy, pg_catalog, public"])
def test_tables_that_look_alike_fool_no_guard(trial: Shell, path: str) -> None:
    """A session's own tables, or another schema's, that tell of another log change nothing."""
    in_front = "pg_temp" if path == "public" else "decoy"
    run(trial, "CREATE SCHEMA decoy")
    for table in TABLES:
        run(trial, f"CREATE TABLE {in_front}.{table} AS SELECT * FROM public.{table}")
    run(trial, f"SET LOCAL search_path = {path}")
    run(trial, f"UPDATE {in_front}.log_head SET size = 0")
    run(
        trial, f"INSERT INTO {in_front}.log_subjects SELECT 'event:' || event_id, 4 FROM log_events"
    )
    run(trial, f"DELETE FROM {in_front}.log_events WHERE position > 5")
    for attempt in (
        "DELETE FROM public.log_events",
        "DELETE FROM public.log_subjects",
        "DELETE FROM public.log_private",
        "UPDATE public.log_head SET size = 5",
        f"INSERT INTO public.log_private VALUES (3, {WANTED}, '{{}}')",
        "INSERT INTO public.log_subjects VALUES ('party:zz', 3)",
        f"INSERT INTO public.log_nodes VALUES (8, 1, {WANTED})",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation), trial.transaction():
            run(trial, attempt)


# ----------------------------------------------------------------------------------- no wall


def test_an_append_still_goes_through(trial: Shell) -> None:
    """What the database refuses to strangers it takes from whoever does as an append does."""
    run(trial, f"INSERT INTO log_events {NEXT} UNION ALL {AFTER}")
    run(trial, f"INSERT INTO log_private VALUES ({SIZE + 2}, {WANTED}, '{{}}')")
    run(trial, f"INSERT INTO log_subjects VALUES ('party:zz', {SIZE + 1})")
    run(trial, f"UPDATE log_head SET size = {SIZE + 2}")
    refused(trial, "DELETE FROM log_events WHERE event_id = 'newer'", "deleted")


def test_an_append_by_the_library_goes_through(postgres_ledger: str) -> None:
    """The library itself appends brief batches and long ones."""
    with closing(Database.open(postgres_ledger, create=False)) as database:
        fill(Log(database))
        receipt = Log(database).append([MeetingConvened(meeting="lakes-1")], actor="desk-1")[0]
    assert receipt.position == SIZE + 1

# ruff: noqa: S608 - the names in these statements are our own
"""What somebody can do to a log who owns its database: plain SQL, without the guards."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

from ledger.codec.stored import header
from ledger.integrity import Frontier, leaf_hash, salted_hash
from tests.ledger.log.stored import TABLES

Run = Callable[..., list[tuple[Any, ...]]]
"""Runs a statement with values for its question marks, and returns its rows."""


@contextmanager
def unguarded(address: str) -> Iterator[Run]:
    """Open a database as its owner, or as PostgreSQL's superuser, with every guard switched off."""
    if "://" not in address:
        with closing(sqlite3.connect(address)) as file, file:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in file.execute(triggers).fetchall():
                file.execute(f"DROP TRIGGER {name}")
            yield lambda statement, *values: file.execute(statement, values).fetchall()
        return
    url = make_url(address).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as server:
        assert server.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        for table in TABLES:
            server.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())

        def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
            done = server.execute(statement.replace("?", "%s").encode(), values)
            return done.fetchall() if done.description else []

        yield run


COLUMNS: Final = (
    *("position", "batch", "event_id", "stream", "version", "type", "schema_version"),
    *("recorded_at", "valid", "actor", "causation", "body", "body_salt", "body_hash"),
    *("private_hash", "leaf_hash"),
)


def edit(run: Run, position: int, **changes: Any) -> None:
    """Change columns of one event, and nothing else."""
    given = ", ".join(f"{name} = ?" for name in changes)
    run(f"UPDATE log_events SET {given} WHERE position = ?", *changes.values(), position)


def move(run: Run, position: int, to: int) -> None:
    """Give all rows of an event another position."""
    for table in ("log_events", "log_private", "log_subjects"):
        run(f"UPDATE {table} SET position = ? WHERE position = ?", to, position)


def swap(run: Run, one: int, other: int) -> None:
    """Let two events change places."""
    for position, to in ((one, -1), (other, one), (-1, other)):
        move(run, position, to)


def delete(run: Run, position: int) -> None:
    """Delete all rows of an event."""
    for table in ("log_events", "log_private", "log_subjects"):
        run(f"DELETE FROM {table} WHERE position = ?", position)


def insert(run: Run, position: int, size: int) -> None:
    """Put a forged event into the past, with hashes of its own, and move what follows."""
    for later in range(size, position - 1, -1):
        move(run, later, later + 1)
    [found] = run(f"SELECT {', '.join(COLUMNS)} FROM log_events WHERE position = ?", position - 1)
    forged = dict(zip(COLUMNS, found, strict=True))
    forged.update(position=position, event_id="f0f0f0f0-0000-4000-8000-000000000000", version=9999)
    forged.update(stream=f"{forged['stream']}", body='{"meeting":"forged"}', private_hash=None)
    forged.update(hashes(forged))
    places = ", ".join("?" * len(COLUMNS))
    run(f"INSERT INTO log_events ({', '.join(COLUMNS)}) VALUES ({places})", *forged.values())


def hashes(event: dict[str, Any]) -> dict[str, bytes]:
    """Compute the hashes that an event should have."""
    body_hash = salted_hash(event["body_salt"], event["body"].encode())
    told = {name: event[name] for name in COLUMNS[:11] if name != "type"}
    leaf = leaf_hash(
        header(
            **told, type_name=event["type"], body_hash=body_hash, private_hash=event["private_hash"]
        )
    )
    return {"body_hash": body_hash, "leaf_hash": leaf}


def recompute(run: Run) -> None:
    """Compute all hashes of the log anew, nodes and head included: nothing contradicts itself."""
    leaves: list[bytes] = []
    for found in run(f"SELECT {', '.join(COLUMNS)} FROM log_events ORDER BY position"):
        event = dict(zip(COLUMNS, found, strict=True))
        computed = hashes(event)
        edit(run, event["position"], **computed)
        leaves.append(computed["leaf_hash"])
    set_tree(run, leaves)


def set_tree(run: Run, leaves: Sequence[bytes]) -> None:
    """Make nodes and head what these leaves lead to."""
    tree, nodes = Frontier.empty().extend(leaves)
    run("DELETE FROM log_nodes")
    for node in nodes:
        run("INSERT INTO log_nodes (level, number, hash) VALUES (?, ?, ?)", *node)
    [(last,)] = run("SELECT MAX(recorded_at) FROM log_events")
    run(
        "UPDATE log_head SET size = ?, root = ?, frontier = ?, last_recorded_at = ?",
        *(tree.size, tree.root, tree.to_bytes(), last),
    )


def roll_back(run: Run, size: int) -> None:
    """Make the log what it was when it had so many events, as an older backup would."""
    [(newest,)] = run("SELECT MAX(position) FROM log_events")
    for position in range(size + 1, newest + 1):
        delete(run, position)
    leaves = [leaf for (leaf,) in run("SELECT leaf_hash FROM log_events ORDER BY position")]
    set_tree(run, leaves)

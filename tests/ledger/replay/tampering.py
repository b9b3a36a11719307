"""A ledger's file as somebody else's program sees it: plain SQL, and nothing of ours."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def sql(file: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a statement on a database file, and return what it finds."""
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def dump(file: Path, view: str) -> list[list[tuple[Any, ...]]]:
    """Return all that a view's tables hold, in the order of their keys."""
    return [sql(file, f"SELECT * FROM {table}") for table in (f"view_{view}", f"view_inbox_{view}")]  # noqa: S608 -- our own names


def left_over(file: Path) -> list[tuple[Any, ...]]:
    """Return what remains of tables being built."""
    tables = sql(file, "SELECT name FROM sqlite_master WHERE type = 'table'")
    marks = sql(file, "SELECT view FROM view_progress")
    return [found for found in tables + marks if found[0].startswith(("build_", "check_"))]

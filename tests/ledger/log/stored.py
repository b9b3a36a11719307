"""What a database holds, read as a stranger would: plain SQL."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ledger.log import Database, Log
from ledger.schema.tables import metadata

TABLES: Final = ("log_head", "log_events", "log_private", "log_subjects", "log_nodes")
"""The tables of the log; those of views are not the record."""

COLUMNS: Final = [
    (table, column.name) for table in TABLES for column in metadata.tables[table].columns
]


def rows(log: Log | Database, query: str) -> list[Any]:
    """Return the rows of a query on a log's database."""
    database = log.database if isinstance(log, Log) else log
    with database.reading() as connection:
        return list(connection.exec_driver_sql(query).all())


def everything(log: Log | Database) -> dict[str, list[Any]]:
    """Return all rows of all tables of a log."""
    return {table: rows(log, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}  # noqa: S608 - our own names


def contents(file: str | Path) -> dict[str, list[Any]]:
    """Return all rows of all tables of a log in a file, by the standard library alone."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
            for table in TABLES
        }

"""Databases to try a law on: each is wiped for every ledger, for opening one takes longest."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, Protocol

from sqlalchemy import select

from ledger.installed import AnyProjection, installed_projections
from ledger.integrity import EMPTY_ROOT
from ledger.log import Database
from ledger.replay.engine import Engine
from ledger.replay.tables import BUILDING, CHECKING, LIVE, ViewTables
from ledger.schema.tables import AS_IT_STANDS, metadata
from tests.properties.chairs import Chairs

VIEWS: Final[tuple[AnyProjection, ...]] = (*installed_projections().values(), Chairs())
"""Those that are installed, and one that takes steps."""


class Bench(Protocol):
    """One database, and an engine for each view.

    Views stay built, and empty, from one ledger to the next: to make their tables takes longer than
    to fill them. What an engine keeps is the shape of its tables.
    """

    database: Database
    engines: dict[str, Engine]

    def wipe(self) -> None:
        """Begin a fresh ledger."""
        ...

    def everything(self) -> list[str]:
        """Return the whole database as text."""
        ...


def engines(database: Database) -> dict[str, Engine]:
    """Return an engine for each view."""
    return {view.name: Engine(database, view) for view in VIEWS}


class InMemory:
    """SQLite in memory."""

    def __init__(self) -> None:
        self.database = Database.open("sqlite://", create=True)
        self.engines = engines(self.database)
        for engine in self.engines.values():
            engine.rebuild()
        self._empty = sqlite3.connect(":memory:")
        self._driver.backup(self._empty)

    def wipe(self) -> None:
        """Put the empty database back, which statements that are kept take notice of."""
        self._empty.backup(self._driver)

    def close(self) -> None:
        """Give both databases back."""
        self._empty.close()
        self.database.close()

    @property
    def _driver(self) -> sqlite3.Connection:
        with self.database.reading() as connection:
            driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return driver

    def everything(self) -> list[str]:
        """Return what the shell's `.dump` would."""
        return list(self._driver.iterdump())


class OnPostgres:
    """A database on PostgreSQL."""

    def __init__(self, address: str) -> None:
        self.database = Database.open(address, create=False)
        self.engines = engines(self.database)
        for engine in self.engines.values():
            engine.rebuild()

    def wipe(self) -> None:
        """Take all rows out, past the guards, as a superuser can."""
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(_WIPE, execution_options=AS_IT_STANDS)

    def everything(self) -> list[str]:
        """Return every row of every table."""
        with self.database.reading() as connection:
            ask = connection.exec_driver_sql
            tables = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars()
            return [
                f"{table}: {row}"
                for table in sorted(tables)
                for row in ask(f"SELECT t::text FROM {table} AS t ORDER BY 1").scalars()  # noqa: S608
            ]


def _wipe() -> Iterator[str]:
    yield "SET LOCAL session_replication_role = replica"
    views = [ViewTables(view, LIVE) for view in VIEWS]
    for table in (t.name for view in views for t in (view.rows, view.inbox)):
        yield f"DELETE FROM {table}"  # noqa: S608 - our own names
    for prefix in (BUILDING, CHECKING):
        for view in (ViewTables(view, prefix) for view in VIEWS):
            yield f"DROP TABLE IF EXISTS {view.rows.name}, {view.inbox.name}"
            yield f"DELETE FROM view_progress WHERE view = '{view.name}'"  # noqa: S608
    yield "UPDATE view_progress SET position = 0, stopped_at = NULL, state = 'live'"
    for name in metadata.tables:
        if name.startswith("log_") and name != "log_head":
            yield f"DELETE FROM {name}"  # noqa: S608
    yield f"UPDATE log_head SET size = 0, root = '\\x{EMPTY_ROOT.hex()}', frontier = ''"  # noqa: S608
    yield "UPDATE log_head SET last_recorded_at = NULL"


_WIPE: Final = ";".join(_wipe())
_used: list[Bench] = []


@contextmanager
def using(bench: Bench) -> Generator[None]:
    """Try laws on this bench."""
    _used.append(bench)
    try:
        yield
    finally:
        _used.pop()


def bench() -> Bench:
    """Return the bench to try a law on."""
    return _used[-1]


@cache
def live(view: AnyProjection) -> ViewTables:
    """Return the tables of a view, always the same ones: a statement on others is compiled anew."""
    return ViewTables(view, LIVE)


def stored(engine: Engine) -> list[list[dict[str, Any]]]:
    """Return all that a view's two tables hold, in the database's own order of their keys."""
    tables = live(engine.projection)
    with engine.database.reading() as connection:
        return [
            [
                dict(row)
                for row in connection.execute(
                    select(table).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in (tables.rows, tables.inbox)
        ]

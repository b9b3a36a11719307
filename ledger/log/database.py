"""A database: reading and writing transactions, and errors that name its address.

What differs between kinds of database is in `sqlite` and `postgres`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ledger.errors import NoLedger, SchemaMismatch, Unreachable
from ledger.log.manners import Manners, Remark, Values, Writer
from ledger.log.sqlite import SQLite
from ledger.schema import migrations, roles
from ledger.schema.tables import log_head

T = TypeVar("T")


def database_url(address: str | Path) -> URL:
    """Return the URL of a database: a URL as it is, anything else as a SQLite file.

    Raises `NoLedger` for a URL that names no database this program can open.
    """
    text = str(address)
    if not text:
        raise NoLedger(text, "an empty address: give a file, or sqlite:// for one in memory")
    try:
        url = make_url(text) if "://" in text else URL.create("sqlite", database=text)
    except ArgumentError as error:
        raise NoLedger(text, f"this is no database address: {error}") from error
    return url.set(drivername="postgresql") if url.drivername == "postgres" else url


def _manners(url: URL) -> Manners:
    kind = url.get_backend_name()
    if kind == SQLite.backend:
        return SQLite(url)
    shown = url.render_as_string(hide_password=True)
    if kind != "postgresql":
        raise NoLedger(shown, "give a SQLite file, or postgresql://HOST/DATABASE")
    try:
        from ledger.log.postgres import PostgreSQL  # noqa: PLC0415 - its driver is an extra
    except ImportError as error:
        missing = "the driver is missing: pip install 'contact-group-ledger[postgres]'"
        raise NoLedger(shown, missing) from error
    return PostgreSQL()


class Database:
    """One database: reading and writing transactions, and errors that name its address."""

    def __init__(self, url: URL, manners: Manners | None = None) -> None:
        self._manners = _manners(url) if manners is None else manners
        self.address = self._manners.address(url)
        try:
            self.engine = self._manners.engine(url)
        except (NoSuchModuleError, ImportError) as error:
            raise NoLedger(self.address, str(error)) from error
        self._one_at_a_time: AbstractContextManager[Any] = (
            threading.RLock() if self._manners.takes_turns else nullcontext()
        )

    @classmethod
    def open(cls, address: str | Path, *, create: bool) -> Database:
        """Open the ledger at an address; make one there first if `create` says so.

        Raises `NoLedger` where there is none, `SchemaMismatch` where it is of another time, and
        `Unreachable` where the database refuses.
        """
        database = cls.at(address, create=create)
        try:
            database.expect_ledger(create=create)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def at(cls, address: str | Path, *, create: bool = False) -> Database:
        """Return the database at an address, whatever is in it."""
        url = database_url(address)
        manners = _manners(url)
        manners.expect(url, create=create)
        return cls(url, manners)

    def expect_ledger(self, *, create: bool) -> None:
        """See to it that a ledger of this program's time is there; raises as `open` does."""
        with self.reading() as connection:
            found = migrations.current(connection)
            empty = found is None and self._manners.is_empty(connection)
        if found is None and not empty:
            raise NoLedger(self.address, "this database is not a ledger, and is left alone")
        if found is None:
            if not create:
                raise NoLedger(self.address, "this database is empty; `proceedings init` fills it")
            self._with_engine(self._manners.prepare)
            with self.writing("schema") as connection:
                if migrations.current(connection) is None:
                    migrations.create(connection)
        elif found != migrations.HEAD:
            raise SchemaMismatch(self.address, expected=migrations.HEAD, found=found)

    def leave_no_trace(self) -> None:
        """Let no file of the database keep what was erased."""
        self._with_engine(self._manners.leave_no_trace)

    def remarks(self) -> Sequence[Remark]:
        """Return what a look at the database itself finds: its build, its settings, the login."""
        return self._with_engine(self._manners.remarks)

    def among(self, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        """Say that a column has one of many values, however many, in one statement."""
        return self._manners.among(column, values)

    def lists(self, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        """Say that a column's list, a JSON array of texts, has just this text in it."""
        return self._manners.lists(column, text)

    def fill(self, connection: Connection, table: Table, rows: Sequence[Values]) -> None:
        """Insert rows, whole and in the order of the table's columns, in an open transaction."""
        if rows:
            self._manners.fill(connection, table, rows)

    @cached_property
    def sees_private(self) -> bool:
        """Whether this login may read private parts."""
        with self.reading() as connection:
            return self._manners.sees_private(connection)

    @contextmanager
    def growth(self) -> Generator[Callable[[float], None]]:
        """Watch for appends, by this process or another.

        Yields what returns when the log may have grown, after so many seconds at the latest.
        """
        with self._named(), self._manners.growth(self.engine) as growth:

            def wait(seconds: float) -> None:
                with self._named():
                    growth.wait(seconds)

            yield wait

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Open a transaction that sees one state of the database."""
        with self._named(), self._one_at_a_time, self._manners.reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self, what: str, *, keep: bool = True) -> Generator[Connection]:
        """Open a transaction that alone may write to `what`, a table, from its first moment.

        Without `keep`, all that was written is taken back at the end.
        """
        opening = self._manners.writing(self.engine, what)
        with self._named(), self._one_at_a_time, opening as connection:
            yield connection
            if not keep:
                connection.rollback()

    def takes(self, connection: Connection, what: str) -> bool:
        """Let an open transaction write to `what` as well, as in `writing`, unless somebody does.

        Nobody is waited for: who holds `what` may be waiting for this transaction.
        """
        return self._manners.takes(connection, what)

    @contextmanager
    def appending(self, *, keep: bool = True) -> Generator[tuple[Connection, Writer]]:
        """Open a transaction for a writer of the log; what it does is kept as in `writing`."""
        with self.writing(log_head.name, keep=keep) as connection:
            yield connection, self._manners.writer(connection)

    @contextmanager
    def appending_briefly(self) -> Generator[Writer]:
        """Open a transaction for a writer of a small batch, and for nothing else."""
        opening = self._manners.brief(self.engine)
        with self._named(), self._one_at_a_time, opening as writer:
            yield writer

    def _with_engine(self, act: Callable[[Engine], T]) -> T:
        with self._named(), self._one_at_a_time:
            return act(self.engine)

    @contextmanager
    def _named(self) -> Generator[None]:
        """Raise what the driver says as an error that names the address."""
        try:
            yield
        except DBAPIError as error:
            raise self._failed(error.orig or error) from error
        except SQLAlchemyError as error:
            raise Unreachable(self.address, str(error)) from error
        except Exception as error:
            if self._manners.failure(error) is None:
                raise
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> Unreachable:
        kind = self._manners.failure(error) if isinstance(error, Exception) else None
        return (kind or Unreachable)(self.address, str(error).strip())

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def stands_at(address: str | Path) -> str:
    """Return the migration at which an existing ledger stands, whatever this program expects."""
    with closing(Database.at(address)) as database:
        return _standing(database)


def upgrade(address: str | Path) -> str:
    """Take an existing ledger through the migrations; return where it stood before."""
    with closing(Database.at(address)) as database:
        before = _standing(database)
        older = before != migrations.HEAD
        # Roles may have been made since, for a ledger that had to do without.
        shared = database.engine.dialect.name == "postgresql"
        if older or shared:
            with database.writing("schema") as connection:
                if older:
                    migrations.upgrade(connection)
                if shared:
                    roles.grant(connection)
        return before


def _standing(database: Database) -> str:
    with database.reading() as connection:
        found = migrations.current(connection)
    if found is None:
        raise NoLedger(database.address, "this database is not a ledger")
    return found

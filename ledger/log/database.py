"""A database and its manners: how a connection is opened, how a transaction begins.

Both databases are one program to the rest of the log; what differs between them is here.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from ledger.errors import NoLedger, ReadOnly, SchemaMismatch, Unreachable
from ledger.schema import migrations

_WRITES: Final = "proceedings_writes"
_BUSY_SECONDS: Final = 10
_NO_FILE: Final = "there is no file here; `proceedings init` makes one"


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
    if url.get_backend_name() != "sqlite":
        shown = url.render_as_string(hide_password=True)
        raise NoLedger(shown, "only SQLite can be opened so far: give a file, or sqlite:///FILE")
    return url


class Database:
    """One database: reading and writing transactions, and errors that name its address."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.address = engine.url.database or ":memory:"
        # A database in memory is one connection, which threads have to take turns on.
        in_memory = _file(engine.url) is None
        self._one_at_a_time = threading.RLock() if in_memory else nullcontext()

    @classmethod
    def open(cls, address: str | Path, *, create: bool) -> Database:
        """Open the ledger at an address; make one there first if `create` says so.

        Raises `NoLedger` where there is none, `SchemaMismatch` where it is of another time, and
        `Unreachable` where the database refuses.
        """
        url = database_url(address)
        file = _file(url)
        if file is not None and not file.exists():
            if not create:
                raise NoLedger(str(file), _NO_FILE)
            if not file.parent.is_dir():
                raise NoLedger(str(file), f"there is no folder {file.parent}")
        database = cls(_engine(url))
        try:
            database._expect_schema(create=create)
        except BaseException:
            database.close()
            raise
        return database

    def _expect_schema(self, *, create: bool) -> None:
        with self.reading() as connection:
            found = migrations.current(connection)
            empty = found is None and not _has_tables(connection)
        if found is None and not empty:
            raise NoLedger(self.address, "this database is not a ledger, and is left alone")
        if found is None:
            if not create:
                raise NoLedger(self.address, "this database is empty; `proceedings init` fills it")
            # Readers and a writer work at once; the file remembers it.
            self._tell("PRAGMA journal_mode = WAL")
            with self.writing() as connection:
                if migrations.current(connection) is None:
                    migrations.create(connection)
        elif found != migrations.HEAD:
            raise SchemaMismatch(self.address, expected=migrations.HEAD, found=found)

    def leave_no_trace(self) -> None:
        """Fold the write-ahead file into the database, so that what was erased is not in it."""
        self._tell("PRAGMA wal_checkpoint(TRUNCATE)")

    def _tell(self, statement: str) -> None:
        """Tell the database something that no transaction may hold."""
        try:
            with self._one_at_a_time, closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute(statement)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise Unreachable(self.address, str(error)) from error

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Open a transaction that sees one state of the database."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self, *, keep: bool = True) -> Generator[Connection]:
        """Open a transaction that holds the right to write from its first moment.

        Without `keep`, all that was written is taken back at the end.
        """
        with self._transaction(writes=True) as connection:
            yield connection
            if not keep:
                connection.rollback()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Generator[Connection]:
        try:
            with self._one_at_a_time, self.engine.connect() as connection:
                chosen = connection.execution_options(**{_WRITES: writes})
                with chosen.begin():
                    yield chosen
        except DBAPIError as error:
            reason = str(error.orig)
            kind = ReadOnly if "readonly" in reason else Unreachable
            raise kind(self.address, reason) from error
        except SQLAlchemyError as error:
            raise Unreachable(self.address, str(error)) from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def stands_at(address: str | Path) -> str:
    """Return the migration at which an existing ledger stands, whatever this program expects."""
    with closing(_existing(address)) as database:
        return _standing(database)


def upgrade(address: str | Path) -> str:
    """Take an existing ledger through the migrations; return where it stood before."""
    with closing(_existing(address)) as database:
        before = _standing(database)
        if before != migrations.HEAD:
            with database.writing() as connection:
                migrations.upgrade(connection)
        return before


def _existing(address: str | Path) -> Database:
    url = database_url(address)
    file = _file(url)
    if file is not None and not file.exists():
        raise NoLedger(str(file), _NO_FILE)
    return Database(_engine(url))


def _standing(database: Database) -> str:
    with database.reading() as connection:
        found = migrations.current(connection)
    if found is None:
        raise NoLedger(database.address, "this database is not a ledger")
    return found


def _file(url: URL) -> Path | None:
    name = url.database
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def _has_tables(connection: Connection) -> bool:
    count = connection.exec_driver_sql("SELECT COUNT(*) FROM sqlite_master").scalar_one()
    return bool(count)


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {"connect_args": {"timeout": _BUSY_SECONDS}}
    if _file(url) is None:
        # One connection is the whole database.
        options["poolclass"] = StaticPool
        options["connect_args"]["check_same_thread"] = False
    try:
        engine = create_engine(url, **options)
    except (NoSuchModuleError, ImportError) as error:
        raise NoLedger(str(url), str(error)) from error
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin transactions of its own: a deferred BEGIN that turns into a writer
    # fails under load with "database is locked", however long the timeout.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    # What is erased must not stay readable in the file's free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

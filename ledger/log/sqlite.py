"""SQLite's manners: one file, one writer at a time, many readers."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Engine,
    Table,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.engine import URL
from sqlalchemy.pool import StaticPool

from ledger.errors import Interrupted, NoLedger, ReadOnly, Unreachable
from ledger.files import expect_no_journal, left_behind
from ledger.log.manners import RECORDED, Found, Growth, Remark, Rows, Severity, Values
from ledger.log.mounts import mount_of
from ledger.schema.tables import log_events, log_nodes, log_private, log_subjects

_WRITES: Final = "proceedings_writes"
BUSY = 10.0
"""For how many seconds SQLite itself waits for another writer, before an append is tried again."""
_POLLS: Final = 0.02
"""Seconds between two looks at the head, by whoever follows."""

# https://sqlite.org/wal.html#walresetbug: two connections that write or checkpoint at one moment
# can damage the file.
_WAL_RESET_BUG: Final = ((3, 7, 0), (3, 51, 3))


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Say whether a version of SQLite may damage a database that several connections write to."""
    first, fixed = _WAL_RESET_BUG
    return first <= version < fixed


def build() -> Any:
    """Return the driver: Python's own, or `pysqlite3` where only that carries a fixed SQLite."""
    if has_wal_reset_bug(sqlite3.sqlite_version_info):
        try:
            other = import_module("pysqlite3.dbapi2")
        except ImportError:
            return sqlite3
        if not has_wal_reset_bug(other.sqlite_version_info):
            return other
    return sqlite3


def file_of(url: URL) -> Path | None:
    """Return the file of a database; None where it is in memory."""
    name = url.database
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


class SQLite:
    """A database in a file, or in memory."""

    backend: ClassVar[str] = "sqlite"

    def __init__(self, url: URL, *, alone: bool = False) -> None:
        """`alone` says that nobody else knows of the file, so that no lock is relied on."""
        self._file = file_of(url)
        self._alone = alone
        self._driver = build()
        # A database in memory is one connection, which threads have to take turns on.
        self.takes_turns = self._file is None

    def address(self, url: URL) -> str:
        return url.database or ":memory:"

    def expect(self, url: URL, *, create: bool) -> None:
        del url
        file = self._file
        if file is None:
            return
        # Looked for first: somebody may be making the file at this moment, and then its journal.
        left = left_behind(file)
        if file.exists():
            return
        if not create:
            raise NoLedger(str(file), "there is no file here; `proceedings init` makes one")
        if not file.parent.is_dir():
            raise NoLedger(str(file), f"there is no folder {file.parent}")
        if self._shared:
            raise NoLedger(str(file), f"{self._shared}: choose a folder on a disk")
        if left:
            expect_no_journal(file)

    def engine(self, url: URL) -> Engine:
        options: dict[str, Any] = {"connect_args": {"timeout": BUSY}, "module": self._driver}
        if self._file is None:
            # One connection is the whole database.
            options["poolclass"] = StaticPool
            options["connect_args"]["check_same_thread"] = False
        engine = create_engine(url, **options)
        if self._file is not None:
            event.listen(engine, "do_connect", partial(_on_do_connect, self._driver, self._file))
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        event.listen(engine, "invalidate", _on_invalidate)
        return engine

    @contextmanager
    def reading(self, engine: Engine) -> Generator[Connection]:
        with engine.connect().execution_options(**{_WRITES: False}) as opened, opened.begin():
            yield opened

    @contextmanager
    def writing(self, engine: Engine, what: str) -> Generator[Connection]:
        del what  # there is one writer, whatever it writes to
        self._expect_own_disk()
        with engine.connect().execution_options(**{_WRITES: True}) as opened, opened.begin():
            yield opened

    def takes(self, connection: Connection, what: str) -> bool:
        del connection, what  # it is the one writer
        return True

    def writer(self, connection: Connection) -> _Writer:
        return _Writer(connection.connection.driver_connection)

    @contextmanager
    def brief(self, engine: Engine) -> Generator[_Writer]:
        self._expect_own_disk()
        with closing(engine.raw_connection()) as pooled:
            driver: Any = pooled.driver_connection
            driver.cursor().execute("BEGIN IMMEDIATE")
            try:
                yield _Writer(driver)
                driver.commit()
            except BaseException:
                driver.rollback()
                raise

    def fill(self, connection: Connection, table: Table, rows: Sequence[Values]) -> None:
        days = [at for at, column in enumerate(table.columns) if isinstance(column.type, Date)]
        connection.exec_driver_sql(_insert(table), [_written(row, days) for row in rows])

    def is_empty(self, connection: Connection) -> bool:
        return not connection.exec_driver_sql("SELECT COUNT(*) FROM sqlite_master").scalar_one()

    def prepare(self, engine: Engine) -> None:
        self._expect_own_disk()
        # Readers and a writer work at once; the file remembers it.
        _tell(engine, "PRAGMA journal_mode = WAL")

    def leave_no_trace(self, engine: Engine) -> None:
        # Fold the write-ahead file into the database, so that what was erased is not in it.
        _tell(engine, "PRAGMA wal_checkpoint(TRUNCATE)")

    def among(self, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        given = func.json_each(_json(list(values))).table_valued("value")
        return column.in_(select(given.c.value))

    def lists(self, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        return literal(text).in_(select(func.json_each(column).table_valued("value").c.value))

    @contextmanager
    def growth(self, engine: Engine) -> Generator[Growth]:
        del engine
        yield _Poll()

    def failure(self, error: Exception) -> type[Unreachable] | None:
        if not isinstance(error, self._driver.Error):
            return None
        reason = str(error)
        if "readonly" in reason:
            return ReadOnly
        return Interrupted if "locked" in reason or "busy" in reason else Unreachable

    def sees_private(self, connection: Connection) -> bool:
        del connection
        return True

    @cached_property
    def _shared(self) -> str | None:
        """Over which network file system others may reach the file, in words; None if over none."""
        mount = mount_of(self._file) if self._file and not self._alone else None
        return _NO_NETWORK.format(mount.kind) if mount and mount.shared else None

    def _expect_own_disk(self) -> None:
        if self._shared:
            raise ReadOnly(str(self._file), f"{self._shared}: {_MOVE_IT}")

    def remarks(self, engine: Engine) -> Sequence[Remark]:
        return list(self._remarks(engine))

    def _remarks(self, engine: Engine) -> Iterator[Remark]:
        version, name = self._driver.sqlite_version, self._driver.__name__.partition(".")[0]
        about = f"SQLite {version} ({name})"
        if has_wal_reset_bug(self._driver.sqlite_version_info):
            yield Remark(
                about,
                Severity.WARNING,
                "can damage a file that two connections write to at one moment (WAL-reset bug, "
                "fixed in 3.51.3)",
                "pip install 'contact-group-ledger[sqlite]' brings a fixed build, where there is "
                "one for this machine",
            )
        else:
            yield Remark(about, Severity.FINE, "has the fix of the WAL-reset bug")
        if self._file is None:
            yield Remark("database", Severity.WARNING, "is in memory, and gone when it is closed")
            return
        if self._shared:
            says = f"{self._shared}: nothing can be appended"
            yield Remark("file system", Severity.DANGER, says, _MOVE_IT)
        with engine.connect() as connection:
            for pragma, good, says in _PRAGMAS:
                found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
                severity = Severity.FINE if found in good else Severity.DANGER
                yield Remark(pragma, severity, f"is {found}" + ("" if found in good else says))


_PRAGMAS: Final = (
    ("journal_mode", ("wal",), ": readers and the writer keep each other waiting"),
    ("synchronous", (2, 3), ": what was acknowledged may be lost when the power fails"),
)
_NO_NETWORK: Final = "{} is shared over a network, where SQLite's locks cannot be trusted"
_MOVE_IT: Final = "move it to a disk of one machine, or to PostgreSQL (`backup`, `restore`)"


class _Writer:
    """Writes a batch with the driver's own calls: nothing stands between it and the lock."""

    def __init__(self, driver: Any) -> None:
        self._cursor = driver.cursor()

    def look(self, event_ids: Sequence[str], streams: Sequence[str]) -> Found:
        run = self._cursor.execute
        size, frontier, last = run(
            "SELECT size, frontier, last_recorded_at FROM log_head"
        ).fetchone()
        recorded = run(_FIND, (_json(event_ids),)).fetchall()
        versions = run(_VERSIONS, (_json(streams),)).fetchall()
        return Found(
            size, frontier, last, recorded, {name: found for name, found in versions if found}
        )

    def write(self, rows: Rows) -> None:
        insert = self._cursor.executemany
        for statement, some in zip(
            _INSERTS, (rows.events, rows.private, rows.subjects, rows.nodes), strict=True
        ):
            if some:
                insert(statement, some)
        self._cursor.execute(
            "UPDATE log_head SET size = ?, root = ?, frontier = ?, last_recorded_at = ?", rows.head
        )
        insert(_ERASE, [(event_id,) for event_id in rows.erased])


class _Poll:
    """Nobody tells a follower of a file that it has grown."""

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, _POLLS))


_FIND: Final = f"{RECORDED} WHERE e.event_id IN (SELECT value FROM json_each(?))"
_VERSIONS: Final = (
    "SELECT value, (SELECT MAX(version) FROM log_events WHERE stream = value) FROM json_each(?)"
)


def _insert(table: Table) -> str:
    columns = [f'"{column.name}"' for column in table.columns]
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"


_INSERTS: Final = tuple(map(_insert, (log_events, log_private, log_subjects, log_nodes)))
_ERASE: Final = (
    "DELETE FROM log_private WHERE position = (SELECT position FROM log_events WHERE event_id = ?)"
)


def _json(values: Sequence[Any]) -> str:
    return orjson.dumps(values).decode()


def _written(row: Values, days: Sequence[int]) -> Values:
    """Return a row as SQLite keeps it, which has no type for days."""
    values = list(row)
    for at in days:
        if values[at] is not None:
            values[at] = values[at].isoformat()
    return tuple(values)


def _tell(engine: Engine, statement: str) -> Values | None:
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        found: Values | None = cursor.fetchone()
        return found


def _on_connect(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin transactions of its own: a deferred BEGIN that turns into a writer
    # fails under load with "database is locked", however long the timeout.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    # A large batch fills what by default is folded into the database at every turn.
    cursor.execute("PRAGMA wal_autocheckpoint = 4000")
    # What is erased must not stay readable in the file's free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _on_invalidate(dbapi_connection: Any, _record: Any, _error: Any) -> None:
    # What interrupts a statement makes SQLAlchemy let go of the connection; its lock goes with it.
    if dbapi_connection is not None:
        dbapi_connection.rollback()


def _on_do_connect(
    driver: Any, file: Path, _dialect: Any, _record: Any, arguments: Any, options: Any
) -> Any:
    """Open a file for whoever may not write beside it, as SQLite wants to even when it reads."""
    if not file.is_file() or os.access(file.parent, os.W_OK):
        return None  # as ever
    if is_archived(file):
        # Told that nothing changes, SQLite wants nothing more.
        return driver.connect(f"file:{quote(str(file.absolute()))}?immutable=1", uri=True)
    opened = driver.connect(*arguments, **options)
    try:
        opened.execute("PRAGMA schema_version").fetchone()
    except driver.OperationalError as error:
        opened.close()
        raise Unreachable(str(file), f"{error}: {_NOT_BESIDE}") from error
    return opened


def is_archived(file: Path) -> bool:
    """Say whether a file is all there is, and nobody can write to it: not without a journal."""
    if left_behind(file):
        return False
    mount = mount_of(file)
    return not file.parent.stat().st_mode & _ANYBODY_WRITES or (
        mount is not None and mount.read_only
    )


_ANYBODY_WRITES: Final = 0o222
_NOT_BESIDE: Final = (
    "somebody may write to it at any moment, and who reads it then has to write beside it. Let "
    "this login write to its folder, or read a backup; where nobody is to write any more, take "
    "that leave from everybody (chmod a-w the folder)"
)


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

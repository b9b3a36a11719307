"""PostgreSQL's manners: many readers, writers that take their turn at the head row."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ClassVar, Final

import psycopg
from psycopg import errors as refused
from psycopg.rows import scalar_row
from sqlalchemy import ColumnElement, Connection, Engine, Text, any_, create_engine, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import URL

from ledger.errors import Interrupted, NoLedger, ReadOnly, Unreachable
from ledger.log.manners import PATIENCE, RECORDED, Found, Growth, Remark, Rows, Severity, Values
from ledger.schema.roles import ERASER, READER, WRITER
from ledger.schema.tables import log_events, log_head, log_nodes, log_private, log_subjects

CHANNEL: Final = "proceedings"
"""On which an append wakes whoever follows; what it says is never relied on."""

_POLLS: Final = 1.0
"""Seconds between two looks at the head by whoever follows, if nothing wakes it."""


class PostgreSQL:
    """A database on a server."""

    backend: ClassVar[str] = "postgresql"
    takes_turns = False

    def __init__(self, url: URL) -> None:
        self._url = url

    def address(self, url: URL) -> str:
        return url.set(drivername="postgresql").render_as_string(hide_password=True)

    def expect(self, url: URL, *, create: bool) -> None:
        del create
        if not url.database:
            raise NoLedger(self.address(url), "name the database: postgresql://host/lakes")

    def engine(self, url: URL) -> Engine:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"application_name": "proceedings", "connect_timeout": int(PATIENCE)},
        )

    @contextmanager
    def reading(self, engine: Engine) -> Generator[Connection]:
        options: Any = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**options) as opened, opened.begin():
            yield opened

    @contextmanager
    def writing(self, engine: Engine, what: str, *, brief: bool) -> Generator[Connection]:
        with engine.connect() as opened:
            if brief:
                driver: Any = opened.connection.driver_connection
                # The commit goes out with the last statements, and the lock is let go sooner.
                with driver.pipeline(), opened.begin():
                    yield opened
                return
            with opened.begin():
                # A writer of the log takes the head row itself.
                if what != log_head.name:
                    opened.exec_driver_sql(
                        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (what,)
                    )
                yield opened

    def writer(self, connection: Connection, *, brief: bool) -> _Writer:
        return _Writer(connection, brief=brief)

    def is_empty(self, connection: Connection) -> bool:
        count = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        return not connection.exec_driver_sql(count).scalar_one()

    def prepare(self, engine: Engine) -> None:
        del engine

    def leave_no_trace(self, engine: Engine) -> None:
        # A row that was deleted stands in its page until it is swept.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM log_private")

    def among(self, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        return column == any_(literal(list(values), ARRAY(column.type or Text())))

    @contextmanager
    def growth(self, engine: Engine) -> Generator[Growth]:
        url = engine.url.set(drivername="postgresql")
        with psycopg.connect(
            url.render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=int(PATIENCE),
            application_name="proceedings follower",
        ) as connection:
            standby = connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
            if not standby:
                connection.execute(f"LISTEN {CHANNEL}")
            yield _Listener(connection)

    def failure(self, error: Exception) -> type[Unreachable] | None:
        if not isinstance(error, psycopg.Error):
            return None
        if isinstance(error, refused.InsufficientPrivilege | refused.ReadOnlySqlTransaction):
            return ReadOnly
        if isinstance(error, _PASSING):
            return Interrupted
        # Without a state of its own it is no answer of the server: the connection broke.
        lost = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
        return Interrupted if lost else Unreachable

    def sees_private(self, connection: Connection) -> bool:
        return bool(
            connection.exec_driver_sql(
                "SELECT has_table_privilege('log_private', 'SELECT')"
            ).scalar_one()
        )

    def remarks(self, engine: Engine) -> Sequence[Remark]:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor(row_factory=scalar_row) as cursor:
                return list(_remarks(cursor))


_PASSING: Final = (
    refused.AdminShutdown,
    refused.CannotConnectNow,
    refused.CrashShutdown,
    refused.DeadlockDetected,
    refused.IdleInTransactionSessionTimeout,
    refused.LockNotAvailable,
    refused.SerializationFailure,
    refused.TooManyConnections,
    psycopg.errors.ConnectionException,
    psycopg.errors.ConnectionFailure,
)


class _Writer:
    """Writes a batch with the driver's own calls, in as few exchanges as there can be."""

    def __init__(self, connection: Connection, *, brief: bool) -> None:
        driver: Any = connection.connection.driver_connection
        self._driver: psycopg.Connection[Values] = driver
        self._brief = brief

    def look(self, event_ids: Sequence[str], streams: Sequence[str]) -> Found:
        with self._together():
            head = self._driver.execute(_HEAD)
            # Each statement sees what was committed before it began: these, what the lock let in.
            recorded = self._driver.execute(_FIND, (list(event_ids),))
            versions = self._driver.execute(_VERSIONS, (list(streams),))
            size, frontier, last = head.fetchone() or _NO_HEAD
            here = {name: found for name, found in versions if found}
            return Found(size, frontier, last, recorded.fetchall(), here)

    def write(self, rows: Rows) -> None:
        tables = (rows.events, rows.private, rows.subjects, rows.nodes)
        if not self._brief:
            for (copy, types), some in zip(_COPIES, tables, strict=True):
                if some:
                    with self._driver.cursor().copy(copy) as target:
                        target.set_types(types)
                        for row in some:
                            target.write_row(row)
        with self._together():
            if self._brief:
                for statement, some in zip(_INSERTS, tables, strict=True):
                    if some:
                        self._driver.cursor().executemany(statement, some)
            self._driver.execute(_MOVE, rows.head)
            if rows.erased:
                self._driver.execute(_ERASE, (list(rows.erased),))
            self._driver.execute(f"NOTIFY {CHANNEL}")

    def _together(self) -> AbstractContextManager[Any]:
        """Send statements without waiting for each answer; a brief writer does throughout."""
        return nullcontext() if self._brief else self._driver.pipeline()


class _Listener:
    """Wakes when an append is committed; a standby has nobody to wake it, and looks."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> None:
        for _ in self._connection.notifies(timeout=min(seconds, _POLLS), stop_after=1):
            pass


_NO_HEAD: Final = (0, b"", None)
_HEAD: Final = "SELECT size, frontier, last_recorded_at FROM log_head FOR UPDATE"
_FIND: Final = f"{RECORDED} WHERE e.event_id = ANY(%s)"
_VERSIONS: Final = (
    "SELECT name, (SELECT max(version) FROM log_events WHERE stream = name) "
    "FROM unnest(%s::text[]) AS name"
)
_MOVE: Final = "UPDATE log_head SET size = %s, root = %s, frontier = %s, last_recorded_at = %s"
_ERASE: Final = (
    "DELETE FROM log_private AS p USING log_events AS e "
    "WHERE p.position = e.position AND e.event_id = ANY(%s)"
)
_TABLES: Final = (log_events, log_private, log_subjects, log_nodes)
_COLUMNS: Final = tuple(f"{table.name} ({', '.join(table.columns.keys())})" for table in _TABLES)
_INSERTS: Final = tuple(
    f"INSERT INTO {columns} VALUES ({', '.join(['%s'] * len(table.columns))})".encode()
    for table, columns in zip(_TABLES, _COLUMNS, strict=True)
)
_TYPES: Final = {"BigInteger": "int8", "Integer": "int4", "Text": "text", "LargeBinary": "bytea"}
_COPIES: Final = tuple(
    (
        f"COPY {columns} FROM STDIN (FORMAT BINARY)".encode(),
        [_TYPES[type(column.type).__name__] for column in table.columns],
    )
    for table, columns in zip(_TABLES, _COLUMNS, strict=True)
)


def _remarks(cursor: psycopg.Cursor[Any]) -> Iterator[Remark]:
    ask = cursor.execute
    yield Remark("PostgreSQL", Severity.FINE, str(ask("SHOW server_version").fetchone()))
    for name, bad, says in _SETTINGS:
        found = ask("SELECT current_setting(%s)", (name,)).fetchone()
        severity = Severity.DANGER if found in bad else Severity.FINE
        yield Remark(name, severity, f"is {found}" + (f": {says}" if found in bad else ""))
    there = set(ask("SELECT rolname FROM pg_roles WHERE rolname LIKE 'proceedings_%'").fetchall())
    missing = [role for role in (WRITER, READER, ERASER) if role not in there]
    if missing:
        yield Remark(
            "roles",
            Severity.WARNING,
            f"{', '.join(missing)} are not there: this login could make none",
            "have somebody who may make roles run `proceedings init` or create them",
        )
    owns = ask(_OWNS).fetchone()
    who = ask("SELECT current_user").fetchone()
    if owns:
        yield Remark(
            "login",
            Severity.WARNING,
            f"{who} owns the log, and could switch off the guards that keep it unchanged",
            f"record as a login of its own: CREATE ROLE desk_1 LOGIN IN ROLE {WRITER}",
        )
    else:
        yield Remark("login", Severity.FINE, f"{who} cannot switch off the guards of the log")


_OWNS: Final = (
    "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'log_events'::regclass"
)
_SETTINGS: Final = (
    ("fsync", ("off",), "what was acknowledged may be lost when the power fails"),
    ("full_page_writes", ("off",), "pages may be damaged when the power fails"),
    ("synchronous_commit", ("off",), "what was acknowledged may be lost when the server fails"),
)

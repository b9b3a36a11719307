"""PostgreSQL's manners: many readers, writers that take their turn at the head row."""

from __future__ import annotations

import logging
import selectors
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, ClassVar, Final, NamedTuple

import psycopg
from psycopg import errors as refused
from psycopg.pq import TransactionStatus as Status
from psycopg.rows import scalar_row
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    Text,
    any_,
    create_engine,
    event,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError, InvalidRequestError

from ledger.errors import Interrupted, NoLedger, ReadOnly, Unreachable
from ledger.log.manners import RECORDED, Found, Growth, Remark, Rows, Values
from ledger.log.postgres_remarks import look_around
from ledger.schema.roles import ERASER
from ledger.schema.tables import log_events, log_head, log_nodes, log_private, log_subjects

CHANNEL: Final = "proceedings"
"""On which an append wakes whoever follows; what it says is never relied on."""

_CONNECTION: Final = {
    "application_name": "proceedings",
    # For how many seconds a server is given to take a connection.
    "connect_timeout": "10",
    # One that says nothing for half a minute, not even that it heard, is away.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
"""How to connect, where the address says nothing else; as libpq calls it."""
_ALIVE: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}
"""By these the server finds out whose machine is gone, and takes its locks back."""
LIMITS: Final = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
"""How long a writer waits for the head before it is told, and may hold it without a word."""
_POLLS: Final = 1.0
"""Seconds between two looks at the head by whoever follows, if nothing wakes it."""


class PostgreSQL:
    """A database on a server."""

    backend: ClassVar[str] = "postgresql"
    takes_turns = False

    def address(self, url: URL) -> str:
        return url.set(drivername="postgresql").render_as_string(hide_password=True)

    def expect(self, url: URL, *, create: bool) -> None:
        del create
        if not url.database:
            raise NoLedger(self.address(url), "name the database: postgresql://host/lakes")

    def engine(self, url: URL) -> Engine:
        # A connection that breaks is told as an error; the pool need not print it as well.
        logging.getLogger("sqlalchemy.pool").addHandler(logging.NullHandler())
        engine = create_engine(
            url.set(drivername="postgresql+psycopg", query={**_CONNECTION, **url.query}),
            # What one session has prepared, the next that a pooler gives has not.
            connect_args={"prepare_threshold": None},
        )
        event.listen(engine, "checkout", _on_checkout)
        return engine

    @contextmanager
    def reading(self, engine: Engine) -> Generator[Connection]:
        # Not READ ONLY as well: a connection given back would ask for READ WRITE in so many words
        # the next time, which a standby refuses.
        snapshot = _connected(engine).execution_options(isolation_level="REPEATABLE READ")
        with snapshot as opened, opened.begin():
            yield opened

    @contextmanager
    def writing(self, engine: Engine, what: str) -> Generator[Connection]:
        with (
            _connected(engine) as opened,
            _waited_for(opened.connection.driver_connection),
            opened.begin(),
        ):
            # A writer of the log takes the head row itself.
            if what != log_head.name:
                opened.exec_driver_sql(_TAKE, (what,))
            yield opened

    def takes(self, connection: Connection, what: str) -> bool:
        return bool(connection.exec_driver_sql(_TAKE_AT_ONCE, (what,)).scalar_one())

    def writer(self, connection: Connection) -> _Writer:
        return _Writer(connection.connection.driver_connection, brief=False)

    @contextmanager
    def brief(self, engine: Engine) -> Generator[_Writer]:
        with _connected(engine).execution_options(isolation_level="AUTOCOMMIT") as opened:
            driver: Any = opened.connection.driver_connection
            try:
                with _waited_for(driver):
                    yield _Writer(driver, brief=True)
                    # The writer begins, and commits what it wrote. If all was there already, this
                    # waits for the standby: what put it there may not have waited.
                    if driver.info.transaction_status != Status.IDLE:
                        driver.commit()
            except BaseException:
                if not driver.closed:
                    driver.rollback()
                raise

    def fill(self, connection: Connection, table: Table, rows: Sequence[Values]) -> None:
        driver: Any = connection.connection.driver_connection
        _copy(driver.cursor(), _table(table), rows)

    def is_empty(self, connection: Connection) -> bool:
        count = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        return not connection.exec_driver_sql(count).scalar_one()

    def prepare(self, engine: Engine) -> None:
        del engine

    def leave_no_trace(self, engine: Engine) -> None:
        # A row that was deleted stands in its page until it is swept.
        with _connected(engine).execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM log_private")

    def among(self, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        return column == any_(literal(list(values), ARRAY(column.type or Text())))

    def lists(self, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        return column.cast(JSONB).contains([text])

    @contextmanager
    def growth(self, engine: Engine) -> Generator[Growth]:
        url = engine.url.set(drivername="postgresql")
        with psycopg.connect(
            url.render_as_string(hide_password=False),
            autocommit=True,
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
        with _connected(engine) as connection:
            driver: Any = connection.connection.driver_connection
            with driver.cursor(row_factory=scalar_row) as cursor:
                return list(look_around(cursor))


class _NotWaitedFor(psycopg.OperationalError):
    """A commit was acknowledged before the standby had it."""


_PASSING: Final = (
    _NotWaitedFor,
    refused.AdminShutdown,
    refused.CannotConnectNow,
    refused.CrashShutdown,
    refused.DeadlockDetected,
    refused.IdleInTransactionSessionTimeout,
    refused.IdleSessionTimeout,
    refused.LockNotAvailable,
    refused.SerializationFailure,
    refused.TooManyConnections,
    refused.ConnectionException,
    refused.ConnectionFailure,
)


@contextmanager
def _waited_for(driver: Any) -> Generator[None]:
    """Raise if a commit was acknowledged before the standby had it: the server merely warns."""
    warned: list[str] = []

    def hear(said: psycopg.errors.Diagnostic) -> None:
        # The words are in the server's language, and the state is that of any warning.
        if said.source_function == "SyncRepWaitForLSN":
            warned.append(f"{said.message_primary}: {said.message_detail}")

    driver.add_notice_handler(hear)
    try:
        yield
    finally:
        driver.remove_notice_handler(hear)
    if warned:
        raise _NotWaitedFor(*warned)


class _Writer:
    """Writes a batch in as few exchanges as there can be: the head is held from the first on.

    Statements that need no answer in between go as one text. A brief writer needs two exchanges in
    all; another loads its rows by COPY.
    """

    def __init__(self, driver: Any, *, brief: bool) -> None:
        self._cursor: psycopg.ClientCursor[Values] = psycopg.ClientCursor(driver)
        self._brief = brief

    def look(self, event_ids: Sequence[str], streams: Sequence[str]) -> Found:
        # Each statement sees what was committed before it began: the later two, what the lock on
        # the head let in. Settings are of the transaction: the next may be in another session.
        before = b"BEGIN; " + _set(LIMITS) if self._brief else _set({**LIMITS, **_ALIVE})
        run = self._cursor.execute(before + _LOOK, (list(streams), list(event_ids)))
        while run.description is None:
            run.nextset()
        size, frontier, last = run.fetchone() or _NO_HEAD
        run.nextset()
        versions = {name: found for name, found in run.fetchall() if found}
        run.nextset()
        return Found(size, frontier, last, run.fetchall(), versions)

    def write(self, rows: Rows) -> None:
        tables = zip(_TABLES, (rows.events, rows.private, rows.subjects, rows.nodes), strict=True)
        statements: list[bytes] = []
        values: list[Any] = []
        for table, some in tables:
            if not some:
                continue
            if not self._brief:
                _copy(self._cursor, table, some)
                continue
            statements.append(table.insert + b", ".join([table.row] * len(some)))
            values += chain.from_iterable(some)
        statements.append(_MOVE)
        values += rows.head
        if rows.erased:
            statements.append(_ERASE)
            values.append(list(rows.erased))
        if self._brief:
            statements.append(b"COMMIT")
        try:
            self._cursor.execute(b"; ".join(statements), values)
        except refused.InsufficientPrivilege as error:
            if not rows.erased:
                raise
            # Whoever holds the head is a writer, and so may do all of it but erase.
            wanted = (
                f"only a member of {ERASER} erases: GRANT {ERASER} TO this login, or use another"
            )
            raise refused.InsufficientPrivilege(
                f"{error.diag.message_primary}; {wanted}"
            ) from error


class _Listener:
    """Wakes when an append is committed; a standby has nobody to wake it, and looks."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> None:
        for _ in self._connection.notifies(timeout=min(seconds, _POLLS), stop_after=1):
            pass


def _connected(engine: Engine) -> Connection:
    """Take a connection from the pool, or make one."""
    try:
        return engine.connect()
    except InvalidRequestError as error:
        # One was found ended, and so was the one in its place: the server is away.
        raise psycopg.OperationalError(str(error)) from error


def _on_checkout(driver: Any, _record: Any, _fairy: Any) -> None:
    """Let go of a session that was ended while nobody used it, and have another."""
    with selectors.DefaultSelector() as selector:
        selector.register(driver, selectors.EVENT_READ)
        # Nobody asked: what it has to say is good-bye.
        if selector.select(0):
            raise DisconnectionError


def _set(settings: Mapping[str, str]) -> bytes:
    """Return what gives the transaction some settings."""
    return "".join(f"SET LOCAL {name} = '{value}'; " for name, value in settings.items()).encode()


# What can be rebuilt need not wait for a standby, which may be away.
_TAKE: Final = ", ".join(
    [
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
        "set_config('synchronous_commit', 'local', true)",
        *(f"set_config('{name}', '{value}', true)" for name, value in _ALIVE.items()),
    ]
)
_TAKE_AT_ONCE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
_NO_HEAD: Final = (0, b"", None)
_LOOK: Final = (
    "SELECT size, frontier, last_recorded_at FROM log_head FOR UPDATE; "
    "SELECT name, (SELECT max(version) FROM log_events WHERE stream = name) "
    "FROM unnest(%s::text[]) AS name; "
    f"{RECORDED} WHERE e.event_id = ANY(%s)"
).encode()
_MOVE: Final = (
    "UPDATE log_head SET size = %s, root = %s, frontier = %s, last_recorded_at = %s; "
    f"NOTIFY {CHANNEL}"
).encode()
_ERASE: Final = (
    b"DELETE FROM log_private AS p USING log_events AS e "
    b"WHERE p.position = e.position AND e.event_id = ANY(%s)"
)
_TYPES: Final = {
    "BigInteger": "int8",
    "Boolean": "bool",
    "Date": "date",
    "Integer": "int4",
    "LargeBinary": "bytea",
    "Text": "text",
}


class _Table(NamedTuple):
    """How the rows of one table are written."""

    insert: bytes
    row: bytes
    copy: bytes
    types: list[str]


def _copy(cursor: Any, table: _Table, rows: Sequence[Values]) -> None:
    with cursor.copy(table.copy) as target:
        target.set_types(table.types)
        for row in rows:
            target.write_row(row)


def _table(table: Table) -> _Table:
    names = [f'"{column.name}"' for column in table.columns]
    columns = f"{table.name} ({', '.join(names)})"
    types = [_TYPES[type(column.type).__name__] for column in table.columns]
    values = f"({', '.join(['%s'] * len(types))})"
    return _Table(
        f"INSERT INTO {columns} VALUES ".encode(),
        values.encode(),
        f"COPY {columns} FROM STDIN (FORMAT BINARY)".encode(),
        types,
    )


_TABLES: Final = tuple(map(_table, (log_events, log_private, log_subjects, log_nodes)))

"""A hook around every statement that a database's driver is given, and around each commit."""

from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import event

from ledger.log import Database

Proceed = Callable[[str], Any]
Hook = Callable[[str, Proceed], Any]
"""Gets a statement and what carries it out; it may change it, or raise, before or after."""

COMMIT = "COMMIT"


def tap(database: Database, hook: Hook) -> None:
    """Let all that the connections made from now on are told go through a hook."""

    def connect(dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        if dialect.name == "sqlite":
            options["factory"] = _sqlite(dialect.loaded_dbapi, hook)
            return None
        return _psycopg(hook).connect(*arguments, **options)

    event.listen(database.engine, "do_connect", connect)


def _sqlite(driver: Any, hook: Hook) -> Any:
    """A class of connections: the driver may be Python's own, or another build."""
    plain, cursors = driver.Connection, driver.Cursor

    def execute(cursor: Any, statement: str, values: Any = ()) -> Any:
        return hook(statement, lambda text: cursors.execute(cursor, text, values))

    def executemany(cursor: Any, statement: str, values: Any) -> Any:
        return hook(statement, lambda text: cursors.executemany(cursor, text, values))

    tapped = type("TappedCursor", (cursors,), {"execute": execute, "executemany": executemany})

    def cursor(connection: Any) -> Any:
        return plain.cursor(connection, tapped)

    def commit(connection: Any) -> Any:
        return hook(COMMIT, lambda _: plain.commit(connection))

    return type("TappedConnection", (plain,), {"cursor": cursor, "commit": commit})


def _psycopg(hook: Hook) -> type[psycopg.Connection[Any]]:
    _tap_client_cursors()

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *values: Any, **options: Any) -> Any:
            plain = super().execute
            return hook(_text(query), lambda text: plain(_as(query, text), *values, **options))

        def executemany(self, query: Any, *values: Any, **options: Any) -> Any:
            plain = super().executemany
            return hook(_text(query), lambda text: plain(_as(query, text), *values, **options))

        def copy(self, statement: Any, *values: Any, **options: Any) -> Any:
            plain = super().copy
            return hook(
                _text(statement), lambda text: plain(_as(statement, text), *values, **options)
            )

    class Connection(psycopg.Connection[Any]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.cursor_factory = Cursor
            self.hook = hook

        def commit(self) -> None:
            plain = super().commit
            hook(COMMIT, lambda _: plain())

    return Connection


def _tap_client_cursors() -> None:
    """Hook cursors that a writer makes for itself, if their connection has a hook."""
    made: Any = psycopg.ClientCursor
    if "copy" in vars(made):
        return

    def execute(cursor: Any, query: Any, *values: Any, **options: Any) -> Any:
        hook: Hook = getattr(cursor.connection, "hook", _proceed)
        plain = psycopg.Cursor.execute
        return hook(_text(query), lambda t: plain(cursor, _as(query, t), *values, **options))

    def copy(cursor: Any, statement: Any, *values: Any, **options: Any) -> Any:
        hook: Hook = getattr(cursor.connection, "hook", _proceed)
        plain = psycopg.Cursor.copy
        return hook(
            _text(statement), lambda t: plain(cursor, _as(statement, t), *values, **options)
        )

    made.execute, made.copy = execute, copy


def _proceed(statement: str, proceed: Proceed) -> Any:
    return proceed(statement)


def _text(query: Any) -> str:
    return query.decode() if isinstance(query, bytes) else str(query)


def _as(query: Any, text: str) -> Any:
    return query if _text(query) == text else text.encode()

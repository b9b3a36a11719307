"""How a database gets the log's schema, and how an older one is brought up to date.

A new database is made from the tables at once, which needs no Alembic and is quick; an older one is
taken through the migrations. A test holds the two to the same schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from ledger.integrity import EMPTY_ROOT
from ledger.schema import guards_postgres, guards_sqlite, roles
from ledger.schema.tables import AS_IT_STANDS, log_head, metadata

HEAD: Final = "0002"
"""The migration that this code expects."""


def create(connection: Connection) -> None:
    """Make the log's schema in an empty database, inside the caller's transaction."""
    metadata.create_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    connection.execute(log_head.insert(), {"id": 1, "size": 0, "root": EMPTY_ROOT, "frontier": b""})
    for statement in _guards(connection):
        connection.exec_driver_sql(statement, execution_options=AS_IT_STANDS)


def _guards(connection: Connection) -> Iterable[str]:
    """Return what makes the database itself refuse, and say who may do what."""
    if connection.dialect.name == "sqlite":
        return guards_sqlite.STATEMENTS
    schema = roles.own_schema(connection)
    return [*guards_postgres.statements(schema), *roles.statements(schema)]


def current(connection: Connection) -> str | None:
    """Return the migration at which a database stands; None where there is no ledger."""
    tables = set(inspect(connection).get_table_names())
    if not {"alembic_version", log_head.name} <= tables:
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(connection: Connection) -> None:
    """Take a database through the migrations up to `HEAD`, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - a third of a second that only upgrades pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    command.upgrade(config, HEAD)


def scripts() -> Path:
    """Return the folder of migrations: inside the installed package, or beside it in a checkout.

    Never found by importing `migrations`: that name may be a stranger's.
    """
    package = Path(__file__).parent.parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"

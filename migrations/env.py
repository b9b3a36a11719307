"""Alembic's entrance: run the migrations on a connection that the caller opened.

From the `alembic` command line, name the database with `-x url=sqlite:///proceedings.db` or
`-x url=postgresql://host/lakes`.
"""

from contextlib import closing

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from ledger.log.database import Database
from ledger.schema.tables import metadata


def is_the_logs(
    item: SchemaItem, name: str | None, kind: str, _reflected: bool, _compared: SchemaItem | None
) -> bool:
    """Leave views and their inboxes alone: they are rebuilt, not migrated."""
    del item
    if kind == "foreign_key_constraint":
        # `ddl_if` keeps them off PostgreSQL, of which Alembic knows nothing.
        return context.get_context().dialect.name == "sqlite"
    return kind != "table" or name in metadata.tables


def run(connection: Connection) -> None:
    """Run the migrations on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_the_logs,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///proceedings.db")
    # Opened as the program opens it: with its driver, its locks and one transaction.
    with closing(Database.at(url, create=True)) as database, database.writing("schema") as opened:
        run(opened)

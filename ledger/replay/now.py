"""The SQL view of what is known now, beside the table of a view: `view_NAME_now`.

It has the rows that are known, without what the engine keeps its books by, and stands at the same
place as its table, for the two are replaced in one transaction.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.schema import CreateView, SetColumnComment

from ledger.schema import roles
from ledger.schema.tables import AS_IT_STANDS

_BOOKS = ("known_to", "ordinal")
"""What says nothing of a row that is known now."""


@contextmanager
def beside(connection: Connection, old: Table, new: Table) -> Generator[None]:
    """Keep the SQL view beside a table while another table takes its place and its name."""
    if connection.dialect.name == "postgresql":
        # It follows the rows, not the name, and whoever reads takes hold of it first as well.
        _point_on_postgres(connection, old.name, new)
        yield
        return
    # Other people's views of the table, which is gone for a moment, are to stay as they are.
    connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA legacy_alter_table = OFF")
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {old.name}_now")
    connection.execute(_view(old.name, old))


def _point_on_postgres(connection: Connection, name: str, rows: Table) -> None:
    """Make the view, or point it elsewhere: what others made upon it stays, as its columns do."""
    view = _view(name, rows, or_replace=True)
    try:
        with connection.begin_nested():
            connection.execute(view)
    except ProgrammingError:
        connection.exec_driver_sql(f"DROP VIEW {name}_now")
        connection.execute(view)
    roles.share(connection, view.table.name)
    for column in view.table.columns:
        column.comment = rows.c[column.name].comment
        connection.execute(SetColumnComment(column))
    says = f"{rows.comment or name} As known now.".replace("'", "''")
    connection.exec_driver_sql(
        f"COMMENT ON VIEW {view.table.name} IS '{says}'", execution_options=AS_IT_STANDS
    )


def _view(name: str, rows: Table, *, or_replace: bool = False) -> CreateView:
    columns = [column for column in rows.columns if column.name not in _BOOKS]
    known = select(*columns).where(rows.c.known_to.is_(None))
    return CreateView(known, f"{name}_now", or_replace=or_replace)

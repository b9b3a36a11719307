"""Who may do what, on PostgreSQL: a writer, a reader and an eraser.

The roles are groups of the whole server, so that two ledgers on it share them; a login is made a
member of one: `GRANT proceedings_writer TO desk_1`. SQLite has no logins: who can write the file
can write the ledger.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from ledger.schema.tables import AS_IT_STANDS

WRITER: Final = "proceedings_writer"
READER: Final = "proceedings_reader"
ERASER: Final = "proceedings_eraser"

READING_LIMIT: Final = "30s"
"""How long a statement of the reader may take; it holds for logins as the role itself."""

LIMITED: Final = """EXISTS (
    SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting
    WHERE setrole IN (r.oid, 0) AND setdatabase IN
        (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND setting LIKE 'statement\\_timeout=%' AND setting <> 'statement_timeout=0')"""
"""Whether the statements of a role `r` have a limit here."""

# A server on which this login may make no roles keeps a ledger all the same; `doctor` says so.
_CREATE: Final = f"""
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['{WRITER}', '{READER}', '{ERASER}'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
                -- Whoever makes a view hands it over to the writers, so has to be one.
                IF role = '{WRITER}'
                    AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                    GRANT {WRITER} TO CURRENT_USER;
                END IF;
            EXCEPTION
                WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END $$"""  # noqa: S608 - the names in it are our own

# What holds of the roles whoever made them; `doctor` says so where this login may not see to it.
_MAKE: Final = (
    f"""
IF NOT pg_has_role('{ERASER}', '{WRITER}', 'USAGE') THEN
    GRANT {WRITER} TO {ERASER};
END IF""",
    f"""
IF EXISTS (SELECT FROM pg_roles AS r WHERE rolname = '{READER}' AND NOT {LIMITED}) THEN
    ALTER ROLE {READER} SET statement_timeout = '{READING_LIMIT}';
END IF""",
)

_GRANTS: Final = {
    WRITER: (
        "USAGE, CREATE ON SCHEMA {schema}",
        "SELECT, INSERT ON log_events, log_private, log_subjects, log_nodes",
        "SELECT, UPDATE ON log_head",
        "SELECT, INSERT, UPDATE, DELETE ON view_progress, view_skips",
        "SELECT ON alembic_version",
    ),
    READER: (
        "USAGE ON SCHEMA {schema}",
        "SELECT ON log_events, log_subjects, log_nodes, log_head, alembic_version",
        "SELECT ON view_progress, view_skips",
    ),
    ERASER: ("DELETE ON log_private",),
}

# What was erased stands in its page until it is swept, which before PostgreSQL 17 only the table's
# owner may do at once.
_SWEEP: Final = f"""
IF current_setting('server_version_num')::integer >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON log_private TO {ERASER}';
END IF"""


def own_schema(connection: Connection) -> str:
    """Return the quoted name of the schema that a login's tables stand in, on PostgreSQL."""
    found = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    return str(found)


def statements(schema: str) -> list[str]:
    """Return what makes the roles and gives them the log in a schema (its quoted name)."""
    granted = [
        f"GRANT {privileges.format(schema=schema)} TO {role}"
        for role, several in _GRANTS.items()
        for privileges in several
    ]
    return [_CREATE, *(map(_if_there_is_a_role, (*_MAKE, *granted, _SWEEP)))]


def grant(connection: Connection) -> None:
    """Give the roles a ledger that is there, and its views: they may have been made after it."""
    for statement in statements(own_schema(connection)):
        connection.exec_driver_sql(statement, execution_options=AS_IT_STANDS)
    for table in connection.scalars(text(_VIEWS)).all():
        share(connection, table)


_VIEWS: Final = r"""
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v')
AND relname ~ '^(view|build|check)_' AND relname NOT IN ('view_progress', 'view_skips')"""


def share(connection: Connection, table: str) -> None:
    """Let every writer rebuild a view's table, whoever made it, and every reader read it."""
    if connection.dialect.name != "postgresql":
        return
    for statement in (
        f"GRANT ALL ON {table} TO {WRITER}",
        f"GRANT SELECT ON {table} TO {READER}",
        f"ALTER TABLE {table} OWNER TO {WRITER}",
    ):
        connection.exec_driver_sql(_if_there_is_a_role(statement), execution_options=AS_IT_STANDS)


def _if_there_is_a_role(statement: str) -> str:
    return (
        f"DO $$ BEGIN {statement}; "
        "EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END $$"
    )

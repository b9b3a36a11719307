"""What a look at a PostgreSQL server finds: its settings, the roles, who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from ledger.log.manners import Remark, Severity
from ledger.schema.roles import ERASER, LIMITED, READER, READING_LIMIT, WRITER


def look_around(cursor: psycopg.Cursor[Any]) -> Iterator[Remark]:
    """Yield what there is to say; the cursor gives the first column of a row."""
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
            "have somebody create them who may, then run `proceedings db upgrade` as this login",
        )
    else:
        yield from _roles(cursor)
    yield from _login(cursor, there)


def _roles(cursor: psycopg.Cursor[Any]) -> Iterator[Remark]:
    """Say what the roles lack that they are to have, whoever made them."""
    ask = cursor.execute
    if without := ask(_WITHOUT_RIGHTS).fetchall():
        yield Remark(
            "rights",
            Severity.WARNING,
            f"{', '.join(without)} have no rights on this ledger: they were made after it",
            "run `proceedings db upgrade` as the owner of the log",
        )
    if not ask(f"SELECT pg_has_role('{ERASER}', '{WRITER}', 'USAGE')").fetchone():
        yield Remark(
            "eraser",
            Severity.WARNING,
            f"{ERASER} is no member of {WRITER}, and so cannot append what erases",
            f"GRANT {WRITER} TO {ERASER}",
        )
    if unlimited := ask(_UNLIMITED).fetchall():
        yield Remark(
            "readers",
            Severity.WARNING,
            f"{', '.join(unlimited)} may ask without an end: a login does not inherit the "
            f"statement_timeout of {READER}",
            "; ".join(
                f"ALTER ROLE {login} SET statement_timeout = '{READING_LIMIT}'"
                for login in unlimited
            ),
        )


def _login(cursor: psycopg.Cursor[Any], there: set[str]) -> Iterator[Remark]:
    """Say what the login could do to the log, and what others could not do after it."""
    ask = cursor.execute
    who = ask("SELECT quote_ident(current_user)").fetchone()
    owns = ask(_OWNS).fetchone()
    if owns:
        how = "is superuser" if ask(_SUPERUSER).fetchone() else "owns the log"
        yield Remark(
            "login",
            Severity.WARNING,
            f"{who} {how}, and could switch off the guards that keep it unchanged",
            f"record as a login of its own: CREATE ROLE desk_1 LOGIN IN ROLE {WRITER}",
        )
    else:
        yield Remark("login", Severity.FINE, f"{who} cannot switch off the guards of the log")
    if WRITER in there and owns and not ask(_WRITES).fetchone():
        yield Remark(
            "views",
            Severity.WARNING,
            f"no other login can rebuild those that {who} makes",
            f"GRANT {WRITER} TO {who}, then run `proceedings db upgrade`",
        )


_WITHOUT_RIGHTS: Final = f"""
SELECT role FROM (VALUES
    ('{WRITER}', 'log_events', 'INSERT'),
    ('{READER}', 'log_events', 'SELECT'),
    ('{ERASER}', 'log_private', 'DELETE')
) AS wanted (role, place, privilege)
WHERE NOT has_table_privilege(role, place, privilege)"""  # noqa: S608 - our own names
_UNLIMITED: Final = f"""
SELECT quote_ident(rolname) FROM pg_roles AS r
WHERE NOT {LIMITED} AND NOT rolsuper
AND (rolname = '{READER}' OR rolcanlogin AND pg_has_role(r.oid, '{READER}', 'USAGE')
     AND NOT pg_has_role(r.oid, '{WRITER}', 'USAGE'))
ORDER BY rolname"""  # noqa: S608 - our own names
_WRITES: Final = f"SELECT pg_has_role('{WRITER}', 'MEMBER')"
_SUPERUSER: Final = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
_OWNS: Final = (
    "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'log_events'::regclass"
)
_SETTINGS: Final = (
    ("fsync", ("off",), "what was acknowledged may be lost when the power fails"),
    ("full_page_writes", ("off",), "pages may be damaged when the power fails"),
    ("synchronous_commit", ("off",), "what was acknowledged may be lost when the server fails"),
    ("client_min_messages", ("error",), "nobody hears of a commit that no standby has"),
)

"""Whatever a database knows of its schema, to be compared with another's."""

import re
from typing import Final

from sqlalchemy import Connection


def schema(connection: Connection) -> dict[tuple[str, str], str | None]:
    """Return the definition of everything in a schema, by kind and name."""
    statement = _POSTGRES if connection.dialect.name == "postgresql" else _SQLITE
    found = connection.exec_driver_sql(statement).all()
    return {(kind, name): _normal(sql) for kind, name, sql in found}


def _normal(sql: str | None) -> str | None:
    """Return a statement on one line, its brackets without space."""
    return None if sql is None else re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.split()))


_SQLITE: Final = "SELECT type, name, sql FROM sqlite_master"

# Types, collations, defaults and comments are the columns'; grants stand with what they are on.
_POSTGRES: Final = """
    WITH ours AS (SELECT current_schema()::regnamespace AS id)
    SELECT 'relation', c.relname, concat_ws(' | ', c.relkind, c.reloptions,
            obj_description(c.oid, 'pg_class'), c.relacl)
        FROM pg_class AS c, ours WHERE c.relnamespace = ours.id
    UNION ALL
    SELECT 'column', c.relname || '.' || a.attname, concat_ws(' | ', a.attnum,
            format_type(a.atttypid, a.atttypmod), a.attnotnull, o.collname, a.attidentity,
            pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum), a.attacl)
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        JOIN ours ON ours.id = c.relnamespace
        LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE a.attnum > 0
    UNION ALL
    SELECT 'constraint', n.conrelid::regclass || '.' || n.conname, pg_get_constraintdef(n.oid)
        FROM pg_constraint AS n, ours WHERE n.connamespace = ours.id
    UNION ALL
    SELECT 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        JOIN ours ON ours.id = c.relnamespace
    UNION ALL
    SELECT 'trigger', t.tgname, concat_ws(' | ', pg_get_triggerdef(t.oid), t.tgenabled)
        FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
        JOIN ours ON ours.id = c.relnamespace
    UNION ALL
    SELECT 'function', p.proname, concat_ws(' | ', pg_get_functiondef(p.oid), p.proacl)
        FROM pg_proc AS p, ours WHERE p.pronamespace = ours.id
    UNION ALL
    SELECT 'schema', s.nspname, s.nspacl::text FROM pg_namespace AS s, ours WHERE s.oid = ours.id
"""

"""What the database itself refuses, on PostgreSQL: any change to the log but an append.

The same promises as `guards_sqlite` keeps row by row. Here one look at each statement's rows is
enough: nothing replaces a row without an UPDATE or a DELETE, which are refused, and no id or stream
version is taken twice, for both are unique.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_CHANGED: Final = "the log is never changed: append a correction"
_DELETED: Final = "nothing is deleted from the log: append a retraction"

_FUNCTIONS: Final = {
    "log_refuses": "RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';",
    # What stands past the head was put there by hand, and would block every append.
    "log_refuses_recorded": """
        IF OLD.position <= (SELECT size FROM log_head) THEN
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;""",
    # Such events go from the end alone, or the log would have a gap.
    "log_events_stay": """
        IF (SELECT min(position) FROM gone) <= GREATEST(
            (SELECT size FROM log_head), (SELECT max(position) FROM log_events))
        THEN
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;""",
    "log_private_lets_go": """
        IF NOT EXISTS (
            SELECT FROM log_subjects AS s JOIN log_events AS e ON e.position = s.position
            WHERE e.type = 'personal-data-erased' AND s.subject = 'event:' || (
                SELECT event_id FROM log_events WHERE position = OLD.position)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'a private part goes only with a personal-data-erased event that names it';
        END IF;
        RETURN OLD;""",
    "log_events_are_next": """
        IF EXISTS (
            SELECT FROM (SELECT min(position) AS first, max(position) AS last, count(*) AS number
                FROM fresh) AS those
            WHERE number > 0 AND (last - first + 1 <> number OR first - 1 <> COALESCE(
                (SELECT max(position) FROM log_events WHERE position < first), 0))
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'an event takes the next position, a new id and a new stream version';
        END IF;
        RETURN NULL;""",
    "log_parts_are_new": """
        IF EXISTS (
            SELECT FROM fresh WHERE position <= (SELECT size FROM log_head)
                OR position > (SELECT COALESCE(max(position), 0) FROM log_events)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'this belongs to an event that is being appended';
        END IF;
        RETURN NULL;""",
    "log_nodes_are_new": """
        IF EXISTS (
            SELECT FROM fresh WHERE level % 8 <> 0 OR level NOT BETWEEN 8 AND 56
                OR number < ((SELECT size FROM log_head) >> level)
                OR number >= ((SELECT COALESCE(max(position), 0) FROM log_events) >> level)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'this node is not of leaves that are being appended';
        END IF;
        RETURN NULL;""",
    "log_head_moves_on": """
        IF NEW.id <> 1 OR NEW.size <= OLD.size
            OR NEW.size <> (SELECT COALESCE(max(position), 0) FROM log_events)
        THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'the head only moves to the newest event';
        END IF;
        RETURN NEW;""",
}


def statements(schema: str) -> Iterator[str]:
    """Yield the statements, in order, for a log in a schema (its quoted name)."""
    for name, body in _FUNCTIONS.items():
        # A table of a session's own must not stand in for the log's: pg_temp comes last.
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = {schema}, pg_temp AS $$ BEGIN {body} END $$"
        )
    for table in ("log_events", "log_private", "log_subjects", "log_nodes"):
        yield _refuse(table, "UPDATE", _CHANGED)
    for table in ("log_head", "log_nodes"):
        yield _refuse(table, "DELETE", _DELETED)
    for table in ("log_events", "log_private", "log_subjects", "log_nodes", "log_head"):
        yield _refuse(table, "TRUNCATE", _DELETED)
    yield (
        "CREATE TRIGGER log_events_refuses_delete AFTER DELETE ON log_events REFERENCING "
        f"OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION log_events_stay('{_DELETED}')"
    )
    yield (
        "CREATE TRIGGER log_subjects_refuses_delete BEFORE DELETE ON log_subjects "
        f"FOR EACH ROW EXECUTE FUNCTION log_refuses_recorded('{_DELETED}')"
    )
    yield (
        "CREATE TRIGGER log_private_refuses_delete BEFORE DELETE ON log_private "
        "FOR EACH ROW EXECUTE FUNCTION log_private_lets_go()"
    )
    for table, function in _INSERTS.items():
        yield (
            f"CREATE TRIGGER {table}_refuses_insert AFTER INSERT ON {table} "
            f"REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    yield (
        "CREATE TRIGGER log_head_refuses_update BEFORE UPDATE ON log_head "
        "FOR EACH ROW EXECUTE FUNCTION log_head_moves_on()"
    )


_INSERTS: Final = {
    "log_events": "log_events_are_next",
    "log_private": "log_parts_are_new",
    "log_subjects": "log_parts_are_new",
    "log_nodes": "log_nodes_are_new",
}


def _refuse(table: str, operation: str, message: str) -> str:
    return (
        f"CREATE TRIGGER {table}_refuses_{operation.lower()} BEFORE {operation} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION log_refuses('{message}')"
    )

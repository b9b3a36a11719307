"""What the database itself refuses, on SQLite: any change to the log but an append.

REPLACE deletes the row in its way without firing a DELETE trigger, so each insert is checked too:
only the next position, and only an id and a stream version that are not there.
"""

from __future__ import annotations

from typing import Final


def _refuse(name: str, operation: str, table: str, message: str, when: str = "") -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {operation} ON {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


_NEVER_CHANGED: Final = "the log is never changed: append a correction"
_NEVER_DELETED: Final = "nothing is deleted from the log: append a retraction"

STATEMENTS: Final = (
    *(
        _refuse(f"{table}_refuses_update", "UPDATE", table, _NEVER_CHANGED)
        for table in ("log_events", "log_private", "log_subjects", "log_nodes")
    ),
    *(
        _refuse(f"{table}_refuses_delete", "DELETE", table, _NEVER_DELETED)
        for table in ("log_head", "log_nodes")
    ),
    # What stands past the head was put there by hand, and would block every append.
    *(
        _refuse(
            f"{table}_refuses_delete",
            "DELETE",
            table,
            _NEVER_DELETED,
            "OLD.position <= (SELECT size FROM log_head)",
        )
        for table in ("log_events", "log_subjects")
    ),
    _refuse(
        "log_private_refuses_delete",
        "DELETE",
        "log_private",
        "a private part goes only with a personal-data-erased event that names it",
        """NOT EXISTS (
            SELECT 1 FROM log_subjects AS s JOIN log_events AS e ON e.position = s.position
            WHERE e.type = 'personal-data-erased' AND s.subject = 'event:' || (
                SELECT event_id FROM log_events WHERE position = OLD.position))""",
    ),
    _refuse(
        "log_events_refuses_insert",
        "INSERT",
        "log_events",
        "an event takes the next position, a new id and a new stream version",
        """NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM log_events)
            OR EXISTS (SELECT 1 FROM log_events WHERE event_id = NEW.event_id)
            OR EXISTS (SELECT 1 FROM log_events
                WHERE stream = NEW.stream AND version = NEW.version)""",
    ),
    *(
        _refuse(
            f"{table}_refuses_insert",
            "INSERT",
            table,
            "this belongs to an event that is being appended",
            "NEW.position <= (SELECT size FROM log_head) "
            "OR NOT EXISTS (SELECT 1 FROM log_events WHERE position = NEW.position)",
        )
        for table in ("log_private", "log_subjects")
    ),
    _refuse(
        "log_nodes_refuses_insert",
        "INSERT",
        "log_nodes",
        "this node is not of leaves that are being appended",
        """NEW.level % 8 <> 0 OR NEW.level < 8
            OR ((NEW.number + 1) << NEW.level) <= (SELECT size FROM log_head)
            OR ((NEW.number + 1) << NEW.level) > (SELECT MAX(position) FROM log_events)
            OR EXISTS (SELECT 1 FROM log_nodes WHERE level = NEW.level AND number = NEW.number)""",
    ),
    _refuse(
        "log_head_refuses_insert",
        "INSERT",
        "log_head",
        "there is one head",
        "EXISTS (SELECT 1 FROM log_head)",
    ),
    _refuse(
        "log_head_refuses_update",
        "UPDATE",
        "log_head",
        "the head only moves to the newest event",
        "NEW.id <> 1 OR NEW.size <= OLD.size OR NEW.size <> (SELECT MAX(position) FROM log_events)",
    ),
)
"""The statements, in order."""

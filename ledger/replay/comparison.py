"""A view compared with what the log gives: the same view, built anew beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, case, select

from ledger.projection import Key
from ledger.replay.progress import Mark
from ledger.replay.tables import ViewTables, key_of_inbox


class Fault(StrEnum):
    """In what way a view is not what the log gives."""

    UNFOUNDED = "stored, and not in the log"
    MISSING = "in the log, and not stored"
    FORGOTTEN = "a fact that bears on it is not in its inbox, or one that does not is"
    GONE = "its table is gone, or was made by another version"
    STOPPED = "an event stops it"


@dataclass(frozen=True, slots=True)
class Drift:
    """Something in a view that is not what the log gives."""

    view: str
    key: Key
    """The key of the row; empty where it is about the whole view."""
    position: int
    """From where the row was known; the event that bears on it, or stops the view."""
    fault: Fault


def differences(
    connection: Connection, live: ViewTables, mark: Mark, fresh: ViewTables, made: Mark
) -> Iterator[Drift]:
    """Yield what is different in the view that is read, as far as both have read."""
    name = live.projection.name
    both = min(mark.position, made.position)
    here, there = (_known_by(both, tables) for tables in (live, fresh))
    for one, other, fault in ((here, there, Fault.UNFOUNDED), (there, here, Fault.MISSING)):
        for row in connection.execute(one.except_(other)).mappings():
            yield Drift(name, live.key_of(dict(row)), row["known_from"], fault)
    if mark.position != made.position:
        # A correction that only one has read may have brought an older fact to another key.
        return
    here, there = (select(tables.inbox) for tables in (live, fresh))
    for one, other in ((here, there), (there, here)):
        for key, root in connection.execute(one.except_(other)):
            yield Drift(name, key_of_inbox(key), root, Fault.FORGOTTEN)


def _known_by(position: int, tables: ViewTables) -> Select[*tuple[Any, ...]]:
    """Select the row versions as they were at a position."""
    table = tables.rows
    closed = case((table.c.known_to <= position, table.c.known_to))
    others = [column for column in table.columns if column.name != "known_to"]
    return select(*others, closed.label("known_to")).where(table.c.known_from <= position)

"""How far each view has read, as the database knows it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, insert, select

from ledger.schema.tables import view_progress


@dataclass(frozen=True, slots=True)
class Mark:
    """One table of rows: what made it, how far it has read, and whether it goes on."""

    table: str
    version: int
    """The version of the projection that made the rows."""
    generation: int
    """How often the view has been built; it sets the names of indexes apart."""
    position: int
    """The last position applied."""
    skipped: tuple[int, ...] = ()
    """The events that it passed by."""
    stopped_at: int | None = None
    """The position of the event that stopped it."""
    stopped_by: str | None = None
    """The type of that event, and the error."""

    def moved(self, position: int, skips: Iterable[int]) -> Mark:
        """Return the mark at another position, going on; `skips` are to be passed by."""
        skipped = tuple(skip for skip in skips if skip <= position)
        return replace(self, position=position, skipped=skipped, stopped_at=None, stopped_by=None)

    def honours(self, skips: Iterable[int]) -> bool:
        """Say whether it passed by what is to be passed by, and nothing else."""
        return self.skipped == tuple(skip for skip in skips if skip <= self.position)


def find(connection: Connection, table: str) -> Mark | None:
    """Return the mark of a table; None where there is none."""
    row = connection.execute(
        select(view_progress).where(view_progress.c.view == table)
    ).one_or_none()
    if row is None:
        return None
    return Mark(
        row.view,
        row.version,
        row.generation,
        row.position,
        tuple(json.loads(row.skipped)),
        row.stopped_at,
        row.stopped_by,
    )


def tables(connection: Connection) -> list[str]:
    """Return the names of all tables that have a mark."""
    return list(connection.scalars(select(view_progress.c.view)))


def put(connection: Connection, mark: Mark) -> None:
    """Write a mark in the place of the one its table had."""
    forget(connection, mark.table)
    values = {
        "view": mark.table,
        "version": mark.version,
        "generation": mark.generation,
        "position": mark.position,
        "skipped": json.dumps(mark.skipped),
        "state": "live" if mark.stopped_at is None else "stopped",
        "stopped_at": mark.stopped_at,
        "stopped_by": mark.stopped_by,
    }
    connection.execute(insert(view_progress), values)


def forget(connection: Connection, table: str) -> None:
    """Remove the mark of a table."""
    connection.execute(delete(view_progress).where(view_progress.c.view == table))

"""Events that a view passes by because a person said so, and why.

Unlike the view, this cannot be had from the log: it outlasts every rebuild, and each honours it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from ledger.schema.tables import view_skips


@dataclass(frozen=True, slots=True)
class Skip:
    """An event that a view passes by."""

    position: int
    reason: str
    actor: str
    """Who said so: an opaque id."""
    recorded_at: str
    """When, in RFC 3339, UTC."""

    def __str__(self) -> str:
        return f"event {self.position}, skipped by {self.actor}: {self.reason}"


def of(connection: Connection, view: str) -> tuple[Skip, ...]:
    """Return what a view passes by, in order of position."""
    s = view_skips.c
    query = select(s.position, s.reason, s.actor, s.recorded_at).where(s.view == view)
    return tuple(Skip(*row) for row in connection.execute(query.order_by(s.position)))


def positions(connection: Connection, view: str) -> tuple[int, ...]:
    """Return the positions of what a view passes by, in order."""
    s = view_skips.c
    return tuple(connection.scalars(select(s.position).where(s.view == view).order_by(s.position)))


def put(connection: Connection, view: str, skip: Skip) -> None:
    """Let a view pass an event by."""
    values = {
        "view": view,
        "position": skip.position,
        "reason": skip.reason,
        "actor": skip.actor,
        "recorded_at": skip.recorded_at,
    }
    connection.execute(insert(view_skips), values)


def forget(connection: Connection, view: str, position: int) -> bool:
    """Let a view pass an event by no longer; say whether it did."""
    s = view_skips.c
    gone = delete(view_skips).where(s.view == view, s.position == position)
    return connection.execute(gone).rowcount > 0

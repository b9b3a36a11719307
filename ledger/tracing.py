"""Tracing: what each event did to the rows of one key, told from the first on.

The projection's own fold tells it, as it does in a catch-up or a rebuild; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledger.changes import Change
from ledger.errors import BadInput
from ledger.grounds import Facts
from ledger.log import Log, RecordedEvent
from ledger.projection import Key, Row
from ledger.replay import skips
from ledger.replay.bearing import facts_of
from ledger.replay.engine import Engine
from ledger.replay.keys import KeyState, RowVersion, retold
from ledger.replay.query import Known, position_of
from ledger.replay.tables import LIVE, ViewTables
from ledger.times import KnownAt

R = TypeVar("R", bound=Row)


class NoSuchKey(BadInput):
    """A view's keys are not of this form. `columns` are those of a key."""

    def __init__(self, view: str, key: Key, columns: Key) -> None:
        self.view = view
        self.key = key
        self.columns = columns
        super().__init__(
            f"{','.join(key) or 'nothing'!r} is no key of view {view!r}: give {','.join(columns)}"
        )


@dataclass(frozen=True, slots=True)
class Turn(Generic[R]):
    """An event, and what it did to the rows of a key."""

    event: RecordedEvent
    fact: RecordedEvent
    """What it is about in the end: itself, unless it is a directive."""
    changes: tuple[Change, ...]
    """Of a correction or a retraction: what the fact says otherwise, field by field."""
    believed: bool
    """Whether the fact was believed after it."""
    closed: tuple[Known[R], ...]
    """The rows that were known until then."""
    opened: tuple[Known[R], ...]
    """The rows that were known from then on."""


@dataclass(frozen=True, slots=True)
class Trace(Generic[R]):
    """How the rows of one key came about, event by event."""

    view: str
    key: Key
    known_at: int
    """The last position that is told of."""
    asked: int
    """The position that was asked about; past `known_at` if the view has not read so far."""
    stopped: str | None
    """The event that keeps the view from reading on, and why."""
    turns: list[Turn[R]]


def trace(log: Log, engine: Engine, key: Key, until: KnownAt | None) -> Trace[Any]:
    """Return what each event did to the rows of a key, up to a position or a time.

    Raises `NoSuchKey` where a key of this view has other columns.
    """
    projection = engine.projection
    if len(key) != len(projection.row.key):
        raise NoSuchKey(projection.name, key, projection.row.key)
    tables = ViewTables(projection, LIVE)
    with engine.reading() as view:
        asked = position_of(view.connection, until)
        known_at = view.within(asked)
        bearing = facts_of(log.database, view.connection, tables, [key])
        skipped = skips.positions(view.connection, projection.name)
    facts = Facts(log, projection, bearing, known_at, skips=skipped)
    turns = list(_turns(KeyState(tables, key), facts))
    return Trace(projection.name, key, known_at, asked, view.stopped, turns)


def _turns(fresh: KeyState, facts: Facts) -> Iterator[Turn[Any]]:
    grounds = list(facts.of(fresh.key))
    revisions = {r.event.event_id: r for one in grounds for r in one.revisions}
    beliefs = [facts.belief(one) for one in grounds]
    projection = fresh.tables.projection
    for event, belief in retold(fresh, beliefs):
        changed, fresh.changed = fresh.changed, []
        bears = any(fresh.key in projection.key(content) for content in belief.contents())
        if not bears:
            # A correction will bring the fact here; until then it is about another key.
            continue
        revision = revisions.get(event.event_id)
        yield Turn(
            event=event,
            fact=belief.root,
            changes=revision.changes if revision is not None else (),
            believed=belief.fact is not None,
            closed=tuple(_known(fresh, v) for v in changed if v.known_to is not None),
            opened=tuple(_known(fresh, v) for v in changed if v.known_to is None),
        )
        for version in changed:
            version.stored = True


def _known(fresh: KeyState, version: RowVersion) -> Known[Any]:
    row = fresh.tables.row(version.values)
    return Known(row, None, version.known_from, version.known_to)

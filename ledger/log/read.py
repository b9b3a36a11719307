"""Read: events in the order of the record, in pages, so that memory stays bounded.

Positions have no gaps and are never changed, so a reader needs only `position > last`; no
transaction is held open between pages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from ledger.log.database import Database
from ledger.log.recorded import Head, RecordedEvent
from ledger.schema.tables import log_events, log_head, log_private, log_subjects
from ledger.times import timestamp

PAGE: Final = 1_000
"""How many events a page has."""

_e: Final = log_events.c
_COLUMNS: Final = (
    _e.position,
    _e.batch,
    _e.event_id,
    _e.stream,
    _e.version,
    _e.type,
    _e.schema_version,
    _e.recorded_at,
    _e.actor,
    _e.causation,
    _e.body,
    _e.private_hash,
    log_private.c.body.label("private"),
)


def head(connection: Connection) -> Head:
    """Return where the log ends."""
    row = connection.execute(select(log_head)).one()
    return Head(row.size, row.root, row.last_recorded_at)


def position_at(connection: Connection, moment: datetime) -> int:
    """Return the last position recorded at or before a moment; 0 if none was.

    Recorded times never fall from one position to the next, so twenty looks find one in a million.
    """
    wanted = timestamp(moment)
    first, last = 0, head(connection).size
    while first < last:
        middle = (first + last + 1) // 2
        recorded_at = connection.scalar(select(_e.recorded_at).where(_e.position == middle))
        if recorded_at is not None and recorded_at <= wanted:
            first = middle
        else:
            last = middle - 1
    return first


def selection(
    *,
    types: Collection[str] | None = None,
    stream: str | None = None,
    subject: str | None = None,
) -> Select[*tuple[Any, ...]]:
    """Return a query for recorded events, in order; `recorded` turns its rows into events."""
    source = log_events.outerjoin(log_private)
    if subject is not None:
        source = source.join(log_subjects, log_subjects.c.position == _e.position)
    query = select(*_COLUMNS).select_from(source).order_by(_e.position)
    if subject is not None:
        query = query.where(log_subjects.c.subject == subject)
    if stream is not None:
        query = query.where(_e.stream == stream)
    if types is not None:
        query = query.where(_e.type.in_(sorted(types)))
    return query


def recorded(row: Row[*tuple[Any, ...]]) -> RecordedEvent:
    """Turn a row of `selection` into an event; its body is decoded when it is asked for."""
    return RecordedEvent(
        position=row.position,
        batch=row.batch,
        event_id=row.event_id,
        stream=row.stream,
        version=row.version,
        type=row.type,
        schema_version=row.schema_version,
        recorded_at=row.recorded_at,
        actor=row.actor,
        causation=row.causation,
        body=row.body,
        private=row.private,
        erased=row.private_hash is not None and row.private is None,
    )


def page(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    *,
    after: int,
    until: int,
    size: int = PAGE,
) -> list[RecordedEvent]:
    """Return the next events of a selection, at most `size`."""
    bounded = query.where(_e.position > after, _e.position <= until).limit(size)
    return [recorded(row) for row in connection.execute(bounded)]


def pages(
    database: Database, query: Select[*tuple[Any, ...]], *, after: int, until: int | None
) -> Iterator[RecordedEvent]:
    """Yield the events of a selection in `after < position <= until`, page by page.

    `until` is the end of the log when reading begins, if not given.
    """
    if until is None:
        with database.reading() as connection:
            until = head(connection).size
    while after < until:
        with database.reading() as connection:
            events = page(connection, query, after=after, until=until, size=PAGE)
        yield from events
        if len(events) < PAGE:
            return
        after = events[-1].position


def one(connection: Connection, name: int | str) -> RecordedEvent | None:
    """Return the event at a position, or with an event id."""
    column = _e.position if isinstance(name, int) else _e.event_id
    row = connection.execute(selection().where(column == name)).one_or_none()
    return recorded(row) if row is not None else None


def at(connection: Connection, positions: Collection[int]) -> list[RecordedEvent]:
    """Return the events at some positions, in order."""
    query = selection().where(_e.position.in_(positions))
    return [recorded(row) for row in connection.execute(query)]


def about(
    connection: Connection, event_ids: Collection[str], *, types: Collection[str], before: int
) -> list[tuple[str, RecordedEvent]]:
    """Return the events of some types about other events, each with the id that it is about."""
    subject = log_subjects.c.subject
    query = (
        select(subject, *_COLUMNS)
        .select_from(
            log_subjects.join(log_events, log_subjects.c.position == _e.position).outerjoin(
                log_private
            )
        )
        .where(
            subject.in_([f"event:{event_id}" for event_id in event_ids]),
            _e.type.in_(sorted(types)),
            _e.position < before,
        )
        .order_by(_e.position)
    )
    return [
        (row.subject.removeprefix("event:"), recorded(row)) for row in connection.execute(query)
    ]

"""Read: events in the order of the record, in pages, so that memory stays bounded.

Positions have no gaps and are never changed, so a reader needs only `position > last`; no
transaction is held open between pages.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    FromClause,
    Select,
    and_,
    case,
    false,
    null,
    select,
    union_all,
)

from ledger.codec.stored import ERASED, WITHHELD
from ledger.log.database import Database
from ledger.log.recorded import Head, RecordedEvent
from ledger.schema.tables import log_events, log_head, log_private, log_subjects
from ledger.times import timestamp


class Selection(NamedTuple):
    """Which events are wanted; `page` turns it into events."""

    query: Select[*tuple[Any, ...]]
    """All of them, in order, but for their types."""
    types: Sequence[str] | None
    """Of which types they are; None for all."""
    sparse: bool
    """Whether a stream or a subject makes them few already."""
    hidden: Collection[str] = ()
    """Subjects of which no event may speak."""

    def where(self, condition: ColumnElement[bool]) -> Selection:
        """Return those of them for which a condition on the log's tables holds: few."""
        return self._replace(query=self.query.where(condition), sparse=True)


PAGE: Final = 1_000
"""How many events a page has."""
_LAST: Final = 2**63 - 1
"""The last position that a column can have."""

_e: Final = log_events.c
_p: Final = log_private.c
_HEADER: Final = (
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
)
"""The fields of a recorded event, in order; private text follows."""
_SHOWN: Final = (
    *_HEADER,
    _p.body.label("private"),
    case((and_(_e.private_hash.is_not(None), _p.body.is_(None)), ERASED)).label("missing"),
)
_WITHHELD: Final = (
    *_HEADER,
    null().label("private"),
    case((_e.private_hash.is_not(None), WITHHELD)).label("missing"),
)


def head(connection: Connection) -> Head:
    """Return where the log ends."""
    row = connection.execute(select(log_head)).one()
    return Head(row.size, row.root, row.last_recorded_at)


def leaf(connection: Connection, position: int) -> bytes | None:
    """Return the hash of the header at a position; None where there is no event."""
    return connection.scalar(select(_e.leaf_hash).where(_e.position == position))


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
    subjects: Collection[str] = (),
    private: bool = True,
    hidden: Collection[str] = (),
) -> Selection:
    """Return a selection of recorded events.

    An event is about all of `subjects` at once, and about none that is hidden. Without `private`,
    private text is not read.
    """
    source: FromClause = (
        log_events.outerjoin(log_private, _p.position == _e.position) if private else log_events
    )
    query = select(*(_SHOWN if private else _WITHHELD)).order_by(_e.position)
    for subject in subjects:
        about = log_subjects.alias()
        source = source.join(about, about.c.position == _e.position)
        query = query.where(_is(about.c.subject, subject))
    query = query.select_from(source)
    if stream is not None:
        query = query.where(_is(_e.stream, stream))
    wanted = None if types is None else sorted(filter(_can_stand, types))
    return Selection(query, wanted, bool(subjects) or stream is not None, hidden)


def _seen(hidden: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Return what makes an event speak of nothing that is hidden."""
    if not hidden:
        return ()
    spoken_of = select(log_subjects.c.position).where(log_subjects.c.subject.in_(sorted(hidden)))
    return (_e.position.not_in(spoken_of),)


def _is(column: ColumnElement[Any], value: int | str) -> ColumnElement[bool]:
    """Say that a column has a value; what cannot stand in a log, no event has."""
    return column == value if _can_stand(value) else false()


def _can_stand(value: int | str) -> bool:
    """Say whether a column of the log can have a value; a driver fails at what it cannot send."""
    if isinstance(value, int):
        return 0 <= value <= _LAST
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False


def page(
    connection: Connection,
    selection: Selection,
    *,
    after: int,
    until: int,
    size: int = PAGE,
) -> list[RecordedEvent]:
    """Return the next events of a selection, at most `size`."""
    first, last = (min(max(position, 0), _LAST) for position in (after, until))
    query, types, sparse, hidden = selection
    bounds = (_e.position > first, _e.position <= last, *_seen(hidden))
    if types is not None and not types:
        return []
    if types is None or sparse:
        of_types = () if types is None else (_e.type.in_(types),)
        return _events(connection.execute(query.where(*bounds, *of_types).limit(size)))
    # The index has each type's positions in order. One condition for all types would have a
    # database sort what is left of the log for every page.
    next_of_each = (
        select(_e.position).where(_e.type == name, *bounds).order_by(_e.position).limit(size)
        for name in types
    )
    each = union_all(*(select(some.subquery().c.position) for some in next_of_each)).subquery()
    next_of_all = select(each.c.position).order_by(each.c.position).limit(size)
    return _events(connection.execute(query.where(_e.position.in_(next_of_all))))


def _events(result: CursorResult[Any]) -> list[RecordedEvent]:
    """Turn the rows of a selection into events: millions are read, so as the driver gives them."""
    cursor = result.cursor
    rows: Sequence[Any] = cursor.fetchall() if cursor is not None else ()
    result.close()
    return [RecordedEvent._make(row) for row in rows]


def pages(
    database: Database,
    selection: Selection,
    *,
    after: int,
    until: int | None,
    limit: int | None = None,
) -> Iterator[RecordedEvent]:
    """Yield the events of a selection in `after < position <= until`, page by page.

    `until` is the end of the log when reading begins, if not given. With a `limit`, so many of them
    at most.
    """
    left = sys.maxsize if limit is None else limit
    if until is None:
        with database.reading() as connection:
            until = head(connection).size
    while after < until and left > 0:
        size = min(PAGE, left)
        with database.reading() as connection:
            events = page(connection, selection, after=after, until=until, size=size)
        yield from events
        if len(events) < size:
            return
        after = events[-1].position
        left -= size


def one(
    connection: Connection,
    name: int | str,
    *,
    private: bool = True,
    hidden: Collection[str] = (),
) -> RecordedEvent | None:
    """Return the event at a position, or with an event id, unless it speaks of what is hidden."""
    column = _e.position if isinstance(name, int) else _e.event_id
    query = selection(private=private).query.where(_is(column, name), *_seen(hidden))
    found = _events(connection.execute(query))
    return found[0] if found else None


def at(connection: Connection, positions: Collection[int]) -> list[RecordedEvent]:
    """Return the events at some positions, in order."""
    return _events(connection.execute(selection().query.where(_e.position.in_(positions))))


def chosen(
    database: Database, connection: Connection, selection: Selection, positions: Collection[int]
) -> list[RecordedEvent]:
    """Return the events of a selection that stand at some positions, however many, in order."""
    among = database.among(_e.position, sorted(positions))
    return _events(connection.execute(selection.query.where(among)))


def about(
    connection: Connection,
    event_ids: Collection[str],
    *,
    types: Collection[str],
    before: int,
    hidden: Collection[str] = (),
) -> list[tuple[str, RecordedEvent]]:
    """Return the events of some types about other events, each with the id that it is about."""
    subject = log_subjects.c.subject
    query = (
        select(*_SHOWN, subject)
        .select_from(
            log_subjects.join(log_events, log_subjects.c.position == _e.position).outerjoin(
                log_private, _p.position == _e.position
            )
        )
        .where(
            subject.in_([f"event:{event_id}" for event_id in event_ids]),
            _e.type.in_(sorted(types)),
            _e.position < before,
            *_seen(hidden),
        )
        .order_by(_e.position)
    )
    return [
        (named.removeprefix("event:"), RecordedEvent._make(row))
        for *row, named in connection.execute(query)
    ]

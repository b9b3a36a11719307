"""Told: events by id, and all that corrects or retracts them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from ledger.events import Directive
from ledger.log import read
from ledger.log.database import Database
from ledger.log.directives import CORRECTED, RETRACTED
from ledger.log.recorded import RecordedEvent
from ledger.schema.tables import log_events, log_subjects

REVISIONS: Final = (CORRECTED, RETRACTED)
"""The directives that change what is believed. An erasure does not."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and what was recorded about it since."""

    event: RecordedEvent
    directives: tuple[RecordedEvent, ...]
    """Its corrections and retractions, and the retractions of these, in order of position."""
    until: int
    """The position up to which the log was read."""


def told(database: Database, event_ids: Collection[str]) -> dict[str, Told]:
    """Return what is told of some events, by id; those that are not in the log are not here."""
    selection = read.selection(private=database.sees_private)
    revisions = read.selection(types=REVISIONS, private=database.sees_private)
    events: list[RecordedEvent] = []
    directives: dict[int, RecordedEvent] = {}
    with database.reading() as connection:
        # Read first: what is recorded while we read may be in the answer, and is after `until` too.
        until = read.head(connection).size
        wanted = list(event_ids)
        for start in range(0, len(wanted), read.PAGE):
            some = database.among(log_events.c.event_id, wanted[start : start + read.PAGE])
            events += (found := list(_all(connection, selection.where(some))))
            subjects = [f"event:{event.event_id}" for event in found]
            spoken_of = database.among(log_subjects.c.subject, subjects)
            about = log_events.c.position.in_(select(log_subjects.c.position).where(spoken_of))
            # A retraction of a correction is about both, and is found with either.
            directives |= {d.position: d for d in _all(connection, revisions.where(about))}
    return _sorted_out(events, [directives[position] for position in sorted(directives)], until)


def _all(connection: Connection, selection: read.Selection) -> Iterator[RecordedEvent]:
    """Yield the events of a selection, in order."""
    after, end = 0, read.head(connection).size
    while page := read.page(connection, selection, after=after, until=end):
        yield from page
        after = page[-1].position
        if len(page) < read.PAGE:
            return


def _sorted_out(
    events: Iterable[RecordedEvent], directives: Iterable[RecordedEvent], until: int
) -> dict[str, Told]:
    """Give each event its directives: a directive names its event, or another directive of it."""
    of: dict[str, list[RecordedEvent]] = {event.event_id: [] for event in events}
    roots = {event_id: event_id for event_id in of}
    for directive in directives:
        event = directive.event
        root = roots.get(event.target) if isinstance(event, Directive) else None
        if root is not None:
            roots.setdefault(directive.event_id, root)
            of[root].append(directive)
    return {event.event_id: Told(event, tuple(of[event.event_id]), until) for event in events}

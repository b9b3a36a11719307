"""Stored: events as the bytes that they are in the log, for whoever moves or checks a log.

`read` gives what events say; here is what was hashed, and the hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, column, func, select

from ledger.errors import UnknownEvent
from ledger.log import read
from ledger.log.database import Database
from ledger.log.recorded import Head
from ledger.schema.tables import log_events, log_private, log_subjects

Watch: TypeAlias = Callable[[int, int], object]
"""Told how many events are dealt with, and of how many."""

_e: Final = log_events.c
_p: Final = log_private.c
_s: Final = log_subjects.c


def uncounted(_done: int, _of: int) -> None:
    """Be told, and say nothing."""


class StoredEvent(NamedTuple):
    """An event as it is stored: the columns of `log_events`, its private part, its subjects."""

    position: int
    batch: int
    event_id: str
    stream: str
    version: int
    type: str
    schema_version: int
    recorded_at: str
    valid: str | None
    actor: str
    causation: str | None
    body: str
    body_salt: bytes
    body_hash: bytes
    private_hash: bytes | None
    leaf_hash: bytes
    private_salt: bytes | None
    private: str | None
    """The private part; None where there is none, or no longer."""
    subjects: tuple[str, ...]
    """In order."""


COLUMNS: Final = len(log_events.columns)
"""How many of a stored event's fields are its row in `log_events`, in order."""


class Said(NamedTuple):
    """As much of an event as says what it speaks of."""

    position: int
    type: str
    schema_version: int
    body: str


class Snapshot:
    """One state of a log, in a transaction that somebody else ends."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self.address = database.address
        self.connection = connection
        self.head: Head = read.head(connection)
        """Where the log ends."""
        self.among = database.among
        self._database = database
        self._reading: list[Any] = []

    def events(self, *, after: int = 0, until: int | None = None) -> Iterator[StoredEvent]:
        """Yield the stored events of `after < position <= until`, in bounded memory."""
        for page in self.pages(after=after, until=until):
            yield from page

    def pages(self, *, after: int = 0, until: int | None = None) -> Iterator[list[StoredEvent]]:
        """Yield the same in pages."""
        until = self.head.size if until is None else until
        query = select(*_AS_STORED).select_from(log_events).order_by(_e.position).limit(read.PAGE)
        subjects = self._subjects(after, until)
        about, spoken_of = next(subjects, _NO_MORE)
        while after < until:
            rows = self.connection.execute(
                query.where(_e.position > after, _e.position <= until)
            ).all()
            if not rows:
                break
            private = self._private(rows[0].position, rows[-1].position)
            page: list[StoredEvent] = []
            for row in rows:
                position: int = row[0]
                while about < position:
                    about, spoken_of = next(subjects, _NO_MORE)
                of_it = spoken_of if about == position else ()
                part = private.get(position, _NO_PART)
                page.append(StoredEvent._make((*row, *part, of_it)))
            after = page[-1].position
            yield page
        for _ in subjects:
            pass  # the last page took them all: this lets go of the cursor

    def close(self) -> None:
        """Let go of what was not read to its end: the database waits for whoever still reads."""
        while self._reading:
            self._reading.pop().close()

    def one(self, name: int | str) -> StoredEvent:
        """Return one event, by position or event id, without its subjects.

        Raises `UnknownEvent`.
        """
        named = _e.position == name if isinstance(name, int) else _e.event_id == name
        query = select(*_AS_STORED).select_from(log_events).where(named)
        row = self.connection.execute(query.where(_e.position <= self.head.size)).one_or_none()
        if row is None:
            raise UnknownEvent(name)
        part = self._private(row[0], row[0]) if self._database.sees_private else {}
        return StoredEvent._make((*row, *part.get(row[0], _NO_PART), ()))

    def said(self, event_ids: Collection[str]) -> dict[str, Said]:
        """Return what some events say, by event id; those that are not there are not here."""
        query = select(_e.event_id, _e.position, _e.type, _e.schema_version, _e.body)
        found = self.connection.execute(query.where(self.among(_e.event_id, event_ids)))
        return {event_id: Said(*said) for event_id, *said in found}

    def _private(self, first: int, last: int) -> dict[int, tuple[bytes, str]]:
        """Return the private parts of a page. A join might look through the table for each page."""
        query = select(_p.position, _p.salt, _p.body).where(_p.position.between(first, last))
        rows = self.connection.execute(query)
        return {position: (salt, body) for position, salt, body in rows}

    def _subjects(self, after: int, until: int) -> Iterator[tuple[float, tuple[str, ...]]]:
        """Yield position and subjects: the table is in the order of subjects, so it is sorted."""
        together = func.aggregate_strings(_s.subject, _BETWEEN)
        query = select(_s.position, together).group_by(_s.position).order_by(_s.position)
        found: Any = self.connection.execute(
            query.where(_s.position > after, _s.position <= until),
            execution_options={"stream_results": True, "yield_per": read.PAGE},
        )
        self._reading.append(found)
        for position, subjects in found:
            yield position, tuple(sorted(subjects.split(_BETWEEN)))


_BETWEEN: Final = "\n"
"""Stands in no subject."""
_AS_STORED: Final[list[ColumnElement[Any]]] = [column(name) for name in log_events.columns.keys()]  # noqa: SIM118
"""The columns without their types: what the driver gives needs no conversion, and there is much."""
_NO_PART: Final = (None, None)
_NO_MORE: Final[tuple[float, tuple[str, ...]]] = (float("inf"), ())


@contextmanager
def snapshot(database: Database) -> Generator[Snapshot]:
    """Open one state of a log: whatever is appended or erased meanwhile is not in it.

    A database in memory can do nothing else meanwhile, for it is one connection.
    """
    # Asked first: what is one connection could not be asked later.
    database.sees_private  # noqa: B018
    with database.reading() as connection, closing(Snapshot(database, connection)) as log:
        yield log


def watched(log: Snapshot, watch: Watch) -> Iterator[StoredEvent]:
    """Yield the events of a log, and tell how far they are."""
    for page in log.pages():
        yield from page
        watch(page[-1].position, log.head.size)

"""A log with a bit of everything, and what it takes to see that two ledgers are one."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ledger import Ledger
from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    Person,
    PersonalDataErased,
)
from ledger.log import Database, NewEvent, StoredEvent
from ledger.log.stored import snapshot
from tests.ledger.log.stored import everything

FIRST: Final = "11111111-1111-4111-8111-111111111111"
SECOND: Final = "22222222-2222-4222-8222-222222222222"
GONE: Final = "A. N. Other"
KEPT: Final = "Somebody Else"


def heads(meeting: str, name: str) -> AttendanceRecorded:
    """A delegation whose head has a name."""
    return AttendanceRecorded(
        group="lakes", meeting=meeting, party="ke", presence="present", head=Person(name=name)
    )


def fill(ledger: Ledger, *, events: int = 0) -> None:
    """Record facts, directives of each kind, an erasure, and some events more."""
    ledger.append([NewEvent(heads("lakes-1", GONE), FIRST), heads("lakes-2", KEPT)])
    corrected = EventCorrected(target=FIRST, replacement=heads("lakes-1", KEPT))
    ledger.append([NewEvent(corrected, SECOND, causation=FIRST)], actor="bureau-\u00e9")
    ledger.append([EventRetracted(target=SECOND), PersonalDataErased(target=FIRST)])
    convened = [MeetingConvened(meeting=f"sea-{n % 7}", valid="2026-03-12") for n in range(events)]
    ledger.append(convened)


def stored(ledger: Ledger | Database) -> list[StoredEvent]:
    """Return all stored events."""
    opened = ledger.snapshot() if isinstance(ledger, Ledger) else snapshot(ledger)
    with opened as log:
        return list(log.events())


def tables(address: str | Path) -> dict[str, list[Any]]:
    """Return every byte of the log's tables, whatever database they are in."""
    with closing(Database.open(address, create=False)) as database:
        return {
            table: sorted(tuple(map(_plain, row)) for row in rows)
            for table, rows in everything(database).items()
        }


def _plain(value: Any) -> Any:
    """Return what sorts: bytes as text, and None before all."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return "" if value is None else value


def answers(ledger: Ledger) -> dict[str, list[Any]]:
    """Return all rows of all views, now and as known half way."""
    half = ledger.head // 2
    return {
        f"{name} {known_at}": ledger.view(name).rows(known_at=known_at)
        for name in ledger.views
        for known_at in (None, half)
    }


def unguarded(file: Path, *statements: str) -> None:
    """Change a file as whoever owns it can: without the triggers."""
    with closing(sqlite3.connect(file)) as connection, connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)

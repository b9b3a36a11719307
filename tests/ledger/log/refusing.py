"""What a stranger with a SQL shell may try on a log, whichever its database."""

from typing import Final

from ledger.events import AttendanceRecorded, MeetingConvened, Person, PersonalDataErased
from ledger.log import Log, NewEvent
from tests.ledger.log.stored import COLUMNS

ERASED: Final = "11111111-1111-4111-8111-111111111111"
SIZE: Final = 303
"""Enough for one node of 256 leaves."""
WANTED: Final = "(SELECT hash FROM log_nodes)"
"""Some bytes, where bytes are wanted."""


def fill(log: Log) -> None:
    """Give a log rows in every table, one of its private parts erased."""
    headed = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other"))
    log.append([MeetingConvened(meeting="lakes-1"), headed], actor="desk-1")
    log.append([NewEvent(headed, ERASED)], actor="desk-1")
    log.append([PersonalDataErased(target=ERASED)], actor="desk-1")
    log.append([headed] * (SIZE - 4), actor="desk-1")


def event(**changes: str) -> str:
    """Give a SELECT of the first event's columns, with some changed."""
    names = [column for table, column in COLUMNS if table == "log_events"]
    chosen = ", ".join(changes.get(name, name) for name in names)
    return f"SELECT {chosen} FROM log_events WHERE position = 1"  # noqa: S608 - our own names


NOT_NEXT: Final = {
    "position": {"event_id": "'new'", "version": "9999"},
    "id": {"position": f"{SIZE + 1}", "version": "9999"},
    "version": {"position": f"{SIZE + 1}", "event_id": "'new'"},
    "gap": {"position": f"{SIZE + 2}", "event_id": "'new'", "version": "9999"},
    "zero": {"position": "0", "event_id": "'new'", "version": "9999"},
    "negative": {"position": "-1", "event_id": "'new'", "version": "9999"},
    "null": {"position": "NULL", "event_id": "'new'", "version": "9999"},
}
"""The first event again, changed so that only this is wrong with it."""

OLD: Final = (1, 3, SIZE, SIZE + 1, -1)
"""Positions at which nothing is being appended; the private part of 3 is erased."""

NODES: Final = ((8, 0), (8, 1), (8, 99), (8, -1), (16, 0), (9, 0), (0, SIZE), (64, SIZE))
"""Levels and numbers of nodes that are there already, or whose leaves are not."""

HEADS_ELSEWHERE: Final = (
    f"size = {SIZE - 1}",
    "size = 0",
    f"size = {SIZE + 1}",
    f"root = {WANTED}",
    "last_recorded_at = '9999-12-31T23:59:59.999999Z'",
    "id = 2",
    f"id = 2, size = {SIZE + 1}",
)
"""Changes of the head that lead to no newer event."""

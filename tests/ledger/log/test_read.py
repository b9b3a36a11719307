"""Events are read in their order, all of them or those that are asked for, page by page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ledger.errors import DamagedEvent, UnknownEvent
from ledger.events import (
    AttendanceRecorded,
    EventRetracted,
    MeetingConvened,
    MembershipBegan,
    Person,
    PositionAdopted,
    Source,
)
from ledger.log import Database, Log, NewEvent, RecordedEvent, read
from tests.clocks import SetClock
from tests.ledger.log.stored import rows

MEETING = "11111111-1111-4111-8111-111111111111"
RETRACTION = "22222222-2222-4222-8222-222222222222"
EVENTS = (
    NewEvent(MeetingConvened(group="lakes", meeting="lakes-1", valid="2026-03-12"), MEETING),
    NewEvent(AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other"))),
    NewEvent(AttendanceRecorded(meeting="lakes-1", party="ug"), causation=MEETING),
    NewEvent(MembershipBegan(group="lakes", party="ke", source=Source(document="note-17"))),
    NewEvent(PositionAdopted(group="lakes", position="p", verb="urges", addressees=("ke", "ug"))),
    NewEvent(EventRetracted(target=MEETING), RETRACTION),
)


WHOLE_PAGE = read.page


@pytest.fixture
def filled(log: Log, clock: SetClock) -> Log:
    """A log with six events, in batches of one, two and three, an hour apart."""
    for batch in (EVENTS[:1], EVENTS[1:3], EVENTS[3:]):
        log.append(batch, actor="desk-1")
        clock.move(hours=1)
    return log


def set_page(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Make pages of another size."""
    monkeypatch.setattr(read, "PAGE", size)


def positions(events: Iterator[RecordedEvent]) -> list[int]:
    """Return where events stand, in the order in which they came."""
    return [event.position for event in events]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"after": 2}, [3, 4, 5, 6]),
        ({"until": 4}, [1, 2, 3, 4]),
        ({"after": 2, "until": 4}, [3, 4]),
        ({"after": 6}, []),
        ({"after": 4, "until": 2}, []),
        ({"until": 0}, []),
        ({"until": 99}, [1, 2, 3, 4, 5, 6]),
        ({"types": ["attendance-recorded"]}, [2, 3]),
        ({"types": {"attendance-recorded", "position-adopted"}}, [2, 3, 5]),
        ({"types": []}, []),
        ({"limit": 2}, [1, 2]),
        ({"limit": 4, "after": 1, "until": 4}, [2, 3, 4]),
        ({"limit": 1, "types": ["attendance-recorded"]}, [2]),
        ({"limit": 0}, []),
        ({"stream": "group-lakes"}, [4, 5]),
        ({"stream": "meeting-lakes-1"}, [1, 2, 3, 6]),
        ({"stream": "meeting-lakes-2"}, []),
        ({"subject": "party:ke"}, [2, 4, 5]),
        ({"subject": "group:lakes"}, [1, 4, 5, 6]),
        ({"subject": "document:note-17"}, [4]),
        ({"subject": f"event:{MEETING}"}, [6]),
        ({"subject": "party:zz"}, []),
        ({"subject": "party:ke", "stream": "group-lakes", "after": 4}, [5]),
        ({"subject": "party:ug", "types": ["position-adopted"], "until": 4}, []),
    ],
)
def test_what_is_asked_for_is_read_in_order(
    filled: Log, asked: dict[str, Any], found: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By range, type, stream, subject or several at once, however large the pages."""
    for size in (read.PAGE, 3, 2, 1):
        set_page(monkeypatch, size)
        assert positions(filled.read(**asked)) == found


def test_pages_are_bounded(filled: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page has more events than it may, and none is read twice."""
    sizes: list[int] = []

    def counted(*args: Any, **options: Any) -> list[RecordedEvent]:
        events = WHOLE_PAGE(*args, **options)
        sizes.append(len(events))
        return events

    monkeypatch.setattr(read, "PAGE", 2)
    monkeypatch.setattr(read, "page", counted)
    assert positions(filled.read()) == [1, 2, 3, 4, 5, 6]
    assert sizes == [2, 2, 2]


def test_a_log_longer_than_a_page_is_read_to_its_end(log: Log) -> None:
    """With pages as large as they are, the last event is read as the first."""
    batch = [AttendanceRecorded(meeting="lakes-1", party="ke")] * (2 * read.PAGE + 1)
    log.append(batch, actor="desk-1")
    assert positions(log.read()) == list(range(1, len(batch) + 1))


def test_reading_ends_where_the_log_ended_when_it_began(filled: Log) -> None:
    """What is appended while reading is left for the next time, so that reading ends."""
    seen = []
    for event in filled.read():
        seen.append(event.position)
        filled.append([MeetingConvened(meeting="lakes-2")], actor="desk-1")
    assert seen == [1, 2, 3, 4, 5, 6]


def test_one_may_write_what_one_reads(filled: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading holds no transaction between pages: a batch may be made of what is being read."""
    set_page(monkeypatch, 1)
    again = (event.event for event in filled.read(types=["attendance-recorded"]))
    receipts = filled.append(again, actor="desk-1")
    assert [receipt.position for receipt in receipts] == [7, 8]


def test_a_recorded_event_says_all_of_its_place(filled: Log) -> None:
    """What was given and what was decided is read back, field by field."""
    third = filled.event(3)
    assert third == next(iter(filled.read(after=2)))
    assert (third.position, third.batch, third.event_id) == (3, 2, EVENTS[2].event_id)
    assert (third.stream, third.version) == ("meeting-lakes-1", 3)
    assert (third.type, third.schema_version) == ("attendance-recorded", 1)
    assert (third.actor, third.causation) == ("desk-1", MEETING)
    assert third.recorded_at == "2026-11-23T18:05:00.000000Z"
    assert third.body == '{"meeting":"lakes-1","party":"ug"}'
    assert (third.private, third.erased) == (None, False)
    assert third.event == EVENTS[2].event


def test_events_are_read_as_they_were_given(filled: Log) -> None:
    """Every event is equal to the one that was appended, private texts included."""
    assert [event.event for event in filled.read()] == [new.event for new in EVENTS]
    assert filled.event(2).private == '{"/head/name":"A. N. Other"}'


def test_an_event_is_found_by_position_and_by_id(filled: Log) -> None:
    """A number is a position, a text an event id."""
    assert filled.event(6) == filled.event(RETRACTION)


@pytest.mark.parametrize("name", [0, 7, -1, "", "6", "00000000-0000-4000-8000-000000000000"])
def test_an_event_that_is_not_there_is_said_so(filled: Log, name: int | str) -> None:
    """The answer names the position or the id that was asked for."""
    with pytest.raises(UnknownEvent) as error:
        filled.event(name)
    assert error.value.name == name
    assert str(name) in str(error.value)


def test_position_at_is_the_last_one_recorded_by_then(filled: Log) -> None:
    """A moment is the end of the last batch recorded at or before it."""
    start = SetClock().now
    tick = timedelta(microseconds=1)
    assert filled.position_at(start - tick) == 0
    assert filled.position_at(start) == 1
    assert filled.position_at(start + timedelta(hours=1) - tick) == 1
    assert filled.position_at(start + timedelta(hours=1)) == 3
    assert filled.position_at(start + timedelta(days=1)) == 6


def test_position_at_wants_a_zone(filled: Log) -> None:
    """A moment without zone is no one moment."""
    with pytest.raises(ValueError, match="zone"):
        filled.position_at(SetClock().now.replace(tzinfo=None))


def test_an_empty_log_has_nothing_to_read(log: Log) -> None:
    """Reading an empty log is no mistake."""
    assert list(log.read()) == []
    assert log.position_at(SetClock().now) == 0


def test_a_damaged_event_names_itself(database: Database) -> None:
    """An event that was altered beyond reading stops nobody but who asks for it."""
    log = Log(database)
    log.append([MeetingConvened(meeting="lakes-1"), MeetingConvened(meeting="lakes-2")], actor="d")
    with database.writing("log_head") as connection:
        on = "ON log_events" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER log_events_refuses_update {on}")
        connection.exec_driver_sql("UPDATE log_events SET body = '{}' WHERE position = 1")
    damaged, sound = log.read()
    assert sound.event == MeetingConvened(meeting="lakes-2")
    with pytest.raises(DamagedEvent) as error:
        _ = damaged.event
    assert (error.value.position, error.value.type) == (1, "meeting-convened")


def test_reading_writes_nothing(filled: Log) -> None:
    """However much is read, the head stands where it stood."""
    before = rows(filled, "SELECT * FROM log_head")
    assert list(filled.read())
    assert rows(filled, "SELECT * FROM log_head") == before

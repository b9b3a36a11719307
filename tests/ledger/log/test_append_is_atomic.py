"""A batch is appended whole, or not at all."""

from collections.abc import Callable
from datetime import datetime

import pytest

from ledger.errors import (
    EventIdTaken,
    LedgerError,
    OutsideDomain,
    TooLarge,
    UnknownTarget,
    Unreachable,
    UnreadableEvent,
    WrongTarget,
)
from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    PartyRegistered,
    Person,
    PersonalDataErased,
    PositionAdopted,
)
from ledger.log import Log, NewEvent
from tests.ledger.log.stored import everything, rows

NOWHERE = "00000000-0000-4000-8000-000000000000"
RECORDED = "11111111-1111-4111-8111-111111111111"
ERASURE = "22222222-2222-4222-8222-222222222222"
GOOD = (
    MeetingConvened(meeting="lakes-1"),
    AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other")),
)
LONG = {f"en-{number:03}": "x" * 20_000 for number in range(53)}


@pytest.fixture
def begun(log: Log) -> Log:
    """A log with an event and an erasure in it."""
    log.append([NewEvent(GOOD[1], RECORDED)], actor="desk-1")
    log.append([NewEvent(PersonalDataErased(target=RECORDED), ERASURE)], actor="desk-1")
    return log


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (NewEvent(EventRetracted(target=NOWHERE)), UnknownTarget),
        (NewEvent(EventRetracted(target=ERASURE)), WrongTarget),
        (NewEvent(EventCorrected(target=RECORDED, replacement=GOOD[0])), WrongTarget),
        (NewEvent(MeetingConvened(meeting="lakes-2"), RECORDED), EventIdTaken),
        (NewEvent(MeetingConvened(meeting="lakes-1", place="a\0b")), OutsideDomain),
        (NewEvent(MeetingConvened(meeting="lakes-1", number=2**53)), OutsideDomain),
        (NewEvent(MeetingConvened(meeting="lakes-1"), causation="a\0b"), OutsideDomain),
        (NewEvent(PartyRegistered(party="ke", names=LONG)), TooLarge),
        (NewEvent(PositionAdopted(position="p", verb="condemns")), UnreadableEvent),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_event_keeps_out_the_batch(
    begun: Log, bad: NewEvent, error: type[LedgerError], place: int
) -> None:
    """Whichever event of a batch is refused, none of it is there, and the next one is as ever."""
    before = everything(begun)
    batch: list[NewEvent] = [NewEvent(event) for event in GOOD]
    batch.insert(place, bad)
    with pytest.raises(error):
        begun.append(batch, actor="desk-1")
    assert everything(begun) == before
    assert [receipt.position for receipt in begun.append(GOOD, actor="desk-1")] == [3, 4]


def test_an_actor_that_cannot_be_written_keeps_out_the_batch(begun: Log) -> None:
    """The actor's id is in every header: one that cannot be written is refused."""
    before = everything(begun)
    with pytest.raises(OutsideDomain):
        begun.append(GOOD, actor="desk\0")
    assert everything(begun) == before


def test_a_clock_that_fails_keeps_out_the_batch(begun: Log) -> None:
    """What goes wrong while the head is locked leaves nothing behind, and the lock is free."""

    def broken() -> datetime:
        raise RuntimeError("no time")

    before = everything(begun)
    with pytest.raises(RuntimeError, match="no time"):
        Log(begun.database, clock=broken).append(GOOD, actor="desk-1")
    assert everything(begun) == before
    assert begun.append(GOOD, actor="desk-1")[0].position == 3


@pytest.mark.parametrize("table", ["log_events", "log_private", "log_subjects", "log_head"])
def test_a_database_that_fails_half_way_keeps_nothing(begun: Log, table: str) -> None:
    """Whichever table refuses, all the others are as they were, and the error says what it said."""
    operation = "UPDATE" if table == "log_head" else "INSERT"
    with begun.database.writing("log_head") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(
                "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
            )
            act = "FOR EACH ROW EXECUTE FUNCTION fails()"
        else:
            act = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER fails BEFORE {operation} ON {table} {act}")
    before = everything(begun)
    with pytest.raises(Unreachable, match="the disk is full"):
        begun.append(GOOD, actor="desk-1")
    assert everything(begun) == before


def test_an_erasure_that_fails_erases_nothing(begun: Log) -> None:
    """The private part goes with the event that says so, or stays with it."""
    receipt = begun.append([GOOD[1]], actor="desk-1")[0]
    before = everything(begun)
    batch = [PersonalDataErased(target=receipt.event_id), EventRetracted(target=NOWHERE)]
    with pytest.raises(UnknownTarget):
        begun.append(batch, actor="desk-1")
    assert everything(begun) == before


def test_nothing_is_appended_for_nothing(begun: Log) -> None:
    """An empty batch has no receipts, and changes nothing."""
    before = everything(begun)
    assert begun.append([], actor="desk-1") == []
    assert everything(begun) == before


@pytest.mark.parametrize(
    "batch",
    [
        lambda: [*GOOD],
        lambda: [PersonalDataErased(target=RECORDED)],
        lambda: [NewEvent(GOOD[1], RECORDED), GOOD[0]],
    ],
)
def test_a_rehearsal_says_what_would_be_and_leaves_nothing(
    begun: Log, batch: Callable[[], list[MeetingConvened]]
) -> None:
    """With `rehearse` the receipts are those of an append, and the log is as it was."""
    before = everything(begun)
    rehearsed = begun.append(batch(), actor="desk-1", rehearse=True)
    assert everything(begun) == before
    appended = begun.append(batch(), actor="desk-1")
    assert [(r.position, r.stream, r.version, r.appended) for r in rehearsed] == [
        (r.position, r.stream, r.version, r.appended) for r in appended
    ]


def test_a_rehearsal_refuses_what_an_append_would(begun: Log) -> None:
    """What cannot be appended cannot be rehearsed."""
    with pytest.raises(EventIdTaken):
        begun.append([NewEvent(GOOD[0], RECORDED)], actor="desk-1", rehearse=True)


def test_a_large_batch_is_one_batch(begun: Log) -> None:
    """Thousands of events and streams are appended together, with one time and one batch."""
    many = [AttendanceRecorded(meeting=f"sea-{n}", party="ke") for n in range(1_201)]
    receipts = begun.append(many, actor="desk-1")
    assert [receipt.position for receipt in receipts] == list(range(3, 1_204))
    assert rows(begun, "SELECT DISTINCT batch FROM log_events WHERE position > 2") == [(3,)]
    assert {receipt.version for receipt in begun.append(many, actor="desk-1")} == {2}
    assert begun.head().size == 2_404

"""What is appended twice is recorded once."""

import pytest

from ledger.errors import BadInput, EventIdTaken
from ledger.events import (
    AttendanceRecorded,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    Person,
    PersonalDataErased,
)
from ledger.log import NO_STREAM, Log, NewEvent, Receipt
from tests.clocks import SetClock
from tests.ledger.log.stored import everything

ID = "11111111-1111-4111-8111-111111111111"
OTHER_ID = "22222222-2222-4222-8222-222222222222"
HEADED = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other"))


def again(receipt: Receipt) -> Receipt:
    """Give the receipt of an event that was there before."""
    return Receipt(
        receipt.position,
        receipt.event_id,
        receipt.stream,
        receipt.version,
        receipt.recorded_at,
        appended=False,
    )


def test_the_same_event_is_answered_with_its_first_receipt(log: Log, clock: SetClock) -> None:
    """An event that is there with the same content keeps its place, its time and its actor."""
    first = log.append([NewEvent(HEADED, ID)], actor="desk-1")
    before = everything(log)
    clock.move(hours=1)
    assert log.append([NewEvent(HEADED, ID)], actor="desk-2") == [again(first[0])]
    assert everything(log) == before
    assert first[0].appended


@pytest.mark.parametrize(
    "other",
    [
        AttendanceRecorded(meeting="lakes-1", party="ug", head=Person(name="A. N. Other")),
        AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="Somebody")),
        AttendanceRecorded(meeting="lakes-1", party="ke"),
        AttendanceRecorded(
            meeting="lakes-1", party="ke", head=Person(name="A. N. Other"), valid="2026-03-12"
        ),
        MeetingConvened(meeting="lakes-1"),
    ],
)
def test_other_content_under_the_same_id_is_refused(log: Log, other: Event) -> None:
    """The answer names the id, and the type and position of what stands there."""
    log.append([MeetingConvened(meeting="lakes-1")], actor="desk-1")
    log.append([NewEvent(HEADED, ID)], actor="desk-1")
    before = everything(log)
    with pytest.raises(EventIdTaken, match="record a correction") as error:
        log.append([NewEvent(other, ID)], actor="desk-1")
    assert (error.value.event_id, error.value.position) == (ID, 2)
    assert error.value.type == "attendance-recorded"
    assert everything(log) == before


def test_the_same_event_twice_in_a_batch_is_one(log: Log) -> None:
    """A batch that says the same thing twice has one receipt for both."""
    other = MeetingConvened(meeting="lakes-1")
    receipts = log.append([NewEvent(HEADED, ID), other, NewEvent(HEADED, ID)], actor="desk-1")
    assert [receipt.position for receipt in receipts] == [1, 2, 1]
    assert receipts[0] == receipts[2]
    assert log.head().size == 2


def test_two_events_of_one_id_in_a_batch_are_refused(log: Log) -> None:
    """A batch that gives one id to two contents is refused, and says that it is in the batch."""
    other = AttendanceRecorded(meeting="lakes-1", party="ug")
    with pytest.raises(EventIdTaken, match="in the same batch") as error:
        log.append([NewEvent(HEADED, ID), NewEvent(other, ID)], actor="desk-1")
    assert error.value.position is None
    assert log.head().size == 0


def test_a_batch_that_is_partly_there_is_completed(log: Log) -> None:
    """Of a batch only what is not there is appended, in its order, after what is."""
    first = log.append([NewEvent(HEADED, ID)], actor="desk-1")[0]
    meeting = MeetingConvened(meeting="lakes-1")
    receipts = log.append(
        [meeting, NewEvent(HEADED, ID), NewEvent(meeting, OTHER_ID)], actor="desk-1"
    )
    assert [(r.position, r.version, r.appended) for r in receipts] == [
        (2, 2, True),
        (1, 1, False),
        (3, 3, True),
    ]
    assert receipts[1] == again(first)


def test_two_events_that_say_the_same_are_two(log: Log) -> None:
    """Nothing is merged: without an id of its own, each is a new event."""
    receipts = log.append([HEADED, HEADED], actor="desk-1")
    assert [receipt.position for receipt in receipts] == [1, 2]
    assert receipts[0].event_id != receipts[1].event_id


def test_an_erased_event_is_answered_and_stays_erased(log: Log) -> None:
    """Appending again what was erased brings nothing back."""
    first = log.append([NewEvent(HEADED, ID)], actor="desk-1")[0]
    log.append([PersonalDataErased(target=ID)], actor="desk-1")
    before = everything(log)
    assert log.append([NewEvent(HEADED, ID)], actor="desk-1") == [again(first)]
    assert everything(log) == before
    assert before["log_private"] == []
    assert log.event(ID).erased


def test_an_erased_event_is_still_itself(log: Log) -> None:
    """Other content under an erased event's id is refused, as far as its body tells."""
    log.append([NewEvent(HEADED, ID)], actor="desk-1")
    log.append([PersonalDataErased(target=ID)], actor="desk-1")
    other = AttendanceRecorded(meeting="lakes-1", party="ug", head=Person(name="A. N. Other"))
    with pytest.raises(EventIdTaken):
        log.append([NewEvent(other, ID)], actor="desk-1")


@pytest.mark.parametrize(
    "directive",
    [
        EventRetracted(target=ID),
        PersonalDataErased(target=ID),
        EventCorrected(target=ID, replacement=HEADED),
    ],
)
def test_a_directive_is_appended_once(log: Log, directive: Event) -> None:
    """Directives have ids too, and are recorded once under each."""
    log.append([NewEvent(HEADED, ID)], actor="desk-1")
    first = log.append([NewEvent(directive, OTHER_ID)], actor="desk-1")[0]
    before = everything(log)
    assert log.append([NewEvent(directive, OTHER_ID)], actor="desk-1") == [again(first)]
    assert everything(log) == before


def test_a_correction_of_a_correction_is_appended_once(log: Log) -> None:
    """Its target is resolved alike each time, so that the same is the same."""
    log.append([NewEvent(HEADED, ID)], actor="desk-1")
    correction = EventCorrected(target=ID, replacement=HEADED)
    log.append([NewEvent(correction, OTHER_ID)], actor="desk-1")
    second = NewEvent(EventCorrected(target=OTHER_ID, replacement=HEADED))
    first = log.append([second], actor="desk-1")[0]
    assert log.append([second], actor="desk-1") == [again(first)]


def test_an_expectation_is_not_asked_of_what_is_there(log: Log) -> None:
    """A writer that lost its answer may ask again with what it believed then."""
    new = NewEvent(HEADED, ID)
    first = log.append([new], actor="desk-1", expected_version=NO_STREAM)[0]
    assert log.append([new], actor="desk-1", expected_version=NO_STREAM) == [again(first)]


def test_a_large_batch_is_recorded_once(log: Log) -> None:
    """However large a batch, each of its events finds its receipt again."""
    batch = [
        NewEvent(AttendanceRecorded(meeting=f"lakes-{number}", party="ke"))
        for number in range(1_201)
    ]
    first = log.append(batch, actor="desk-1")
    assert log.append(batch, actor="desk-1") == [again(receipt) for receipt in first]
    assert log.head().size == 1_201


@pytest.mark.parametrize("name", ["", "my-id", "5F0C8F3E-3C43-5B5E-9D57-0A3D7C1C2F10", f"{ID} "])
def test_an_event_id_is_one_that_a_directive_can_name(log: Log, name: str) -> None:
    """An id that no correction, retraction or erasure could name is refused."""
    with pytest.raises(BadInput):
        log.append([NewEvent(HEADED, name)], actor="desk-1")
    assert log.head().size == 0

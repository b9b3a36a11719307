"""An append can be made to depend on what has not been recorded since the writer looked."""

from collections.abc import Sequence
from typing import Any

import pytest

from ledger import Decision, Ledger
from ledger.errors import (
    ConditionFailed,
    InvalidCondition,
    PastTheHead,
    UnknownEventType,
    WrongExpectedVersion,
)
from ledger.events import AttendanceRecorded, Event, MeetingConvened
from ledger.log import Condition, Log, NewEvent
from tests.ledger.log.stored import everything

MEETING = MeetingConvened(meeting="lakes-1")
KE = AttendanceRecorded(meeting="lakes-1", party="ke")
UG = AttendanceRecorded(meeting="lakes-1", party="ug")


@pytest.fixture
def begun(log: Log) -> Log:
    """Position 1 convenes a meeting, 2 records Kenya at it, 3 convenes another."""
    log.append([MEETING, KE, MeetingConvened(meeting="lakes-2")], actor="desk-1")
    return log


@pytest.mark.parametrize(
    "condition",
    [
        Condition(after=3),
        Condition(after=2, subjects=("party:ke",)),
        Condition(after=0, subjects=("party:ug",)),
        Condition(after=0, subjects=("party:ke", "meeting:lakes-2")),
        Condition(after=0, types=("group-established",)),
        Condition(after=1, subjects=("meeting:lakes-1",), types=("meeting-convened",)),
        (Condition(after=3), Condition(after=0, subjects=("party:ug",))),
    ],
)
def test_what_was_not_recorded_lets_the_batch_in(
    begun: Log, condition: Condition | Sequence[Condition]
) -> None:
    """Events before the position, about less than all subjects or of other types do not matter."""
    receipts = begun.append([UG, KE], actor="desk-1", condition=condition)
    assert [receipt.position for receipt in receipts] == [4, 5]


@pytest.mark.parametrize(
    ("condition", "position"),
    [
        (Condition(after=0), 1),
        (Condition(after=2), 3),
        (Condition(after=1, subjects=("meeting:lakes-1",)), 2),
        (Condition(after=0, subjects=("party:ke", "meeting:lakes-1")), 2),
        (Condition(after=0, types=("attendance-recorded",)), 2),
        (Condition(after=0, types=("group-established", "meeting-convened")), 1),
        ((Condition(after=3), Condition(after=2, types=("meeting-convened",))), 3),
    ],
)
def test_what_was_recorded_keeps_the_batch_out(
    begun: Log, condition: Condition | Sequence[Condition], position: int
) -> None:
    """The conflict names the first event that came in between; nothing is appended."""
    before = everything(begun)
    with pytest.raises(ConditionFailed, match=f"event {position} ") as error:
        begun.append([UG, KE], actor="desk-1", condition=condition)
    assert error.value.position == position
    assert everything(begun) == before


def test_a_batch_that_is_there_meets_no_condition(begun: Log) -> None:
    """An append that is sent again gets its receipt, though its own events now fail it."""
    sent = NewEvent(UG)
    condition = Condition(after=3, subjects=("meeting:lakes-1",))
    [first] = begun.append([sent], actor="desk-1", condition=condition)
    [again] = begun.append([sent], actor="desk-1", condition=condition)
    assert (again.position, again.appended) == (first.position, False)


def test_a_type_that_there_is_none_of_is_a_mistake() -> None:
    """A condition that could never fail for a slip of the pen is refused."""
    with pytest.raises(UnknownEventType, match="did you mean 'meeting-convened'"):
        Condition(after=0, types=("meeting-convend",))


@pytest.mark.parametrize("name", ["subjects", "types"])
def test_one_text_in_place_of_several_is_a_mistake(name: str) -> None:
    """Its letters are what no event is about: a condition on them would guard nothing."""
    some: Any = {name: "meeting-convened"}
    with pytest.raises(InvalidCondition, match=rf"write {name}=\('meeting-convened',\)"):
        Condition(after=0, **some)


def test_a_position_before_the_first_is_a_mistake() -> None:
    """Nobody has read up to a position below 0."""
    with pytest.raises(InvalidCondition, match="after=-1"):
        Condition(after=-1)


@pytest.mark.parametrize("after", [4, 1_000_000, 2**63])
def test_a_position_past_the_end_is_a_mistake(begun: Log, after: int) -> None:
    """Whoever says that they read what is not there is refused, and nothing is appended."""
    before = everything(begun)
    with pytest.raises(PastTheHead, match="past the end of the record, which is at 3") as error:
        begun.append([UG], actor="desk-1", condition=Condition(after, ("party:ug",)))
    assert (error.value.position, error.value.head) == (after, 3)
    assert everything(begun) == before


def test_a_condition_holds_as_often_as_it_is_asked() -> None:
    """Subjects that can be gone through only once are kept."""
    some: Any = (subject for subject in ["party:ke"])
    assert Condition(0, some) == Condition(0, ("party:ke",))


def test_a_decision_is_made_again_when_something_came_in_between(address: str) -> None:
    """What a decision read is read again, and what it then says is appended."""
    with Ledger.open(address) as ledger:
        seen: list[int] = []

        def decide() -> Decision:
            """Convene the next meeting; somebody else is quicker, twice."""
            head = ledger.head
            seen.append(head)
            if len(seen) < 3:
                ledger.record(MeetingConvened(meeting=f"lakes-{head}"))
            events: list[Event | NewEvent] = [MeetingConvened(meeting=f"lakes-{head}")]
            return Decision(events, condition=Condition(after=head))

        [receipt] = ledger.decide(decide)
        assert (seen, receipt.position) == ([0, 1, 2], 3)


def test_a_decision_is_not_made_for_ever(address: str) -> None:
    """After so many attempts, the last conflict is the answer."""
    with Ledger.open(address) as ledger:
        ledger.record(MEETING)
        tried: list[int] = []

        def decide() -> Decision:
            tried.append(1)
            return Decision([KE], expected_version=7)

        with pytest.raises(WrongExpectedVersion):
            ledger.decide(decide, attempts=3)
        assert (len(tried), ledger.head) == (3, 1)

"""A commit whose answer is lost is appended again by its event ids, drawn ones too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger import Condition, Decision, Ledger
from ledger.errors import Interrupted
from ledger.events import AttendanceRecorded, MeetingConvened, Person, PersonalDataErased
from ledger.log import Database, NewEvent

MEETING = MeetingConvened(meeting="lakes-1")
HEADED = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other"))


class Answers:
    """Loses the answers to commits for as long as it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lost = False
        for name in ("appending", "appending_briefly"):
            self._lose(monkeypatch, f"ledger.log.Database.{name}", name)

    def _lose(self, monkeypatch: pytest.MonkeyPatch, place: str, name: str) -> None:
        opening: Any = getattr(Database, name)

        @contextmanager
        def answered(database: Database, **options: Any) -> Iterator[Any]:
            with opening(database, **options) as writer:
                yield writer
            if self.lost:
                raise Interrupted(database.address, "the connection was lost at COMMIT")

        monkeypatch.setattr(place, answered)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Answers that are lost when the test says so; nobody has the patience to try again."""
    monkeypatch.setattr("ledger.log.patience.PATIENCE", 0)
    return Answers(monkeypatch)


@pytest.mark.parametrize("size", [1, 30], ids=["brief", "long"])
def test_whoever_lost_the_answer_holds_the_batch(address: str, answers: Answers, size: int) -> None:
    """The error carries the events with their ids: appended again, they are there once."""
    with Ledger.open(address) as ledger:
        answers.lost = True
        with pytest.raises(Interrupted, match="may be recorded or not: append it again") as error:
            ledger.append([MEETING] * size)
        answers.lost = False
        assert [new.event for new in error.value.events] == [MEETING] * size
        receipts = ledger.append(error.value.events)
        assert {receipt.appended for receipt in receipts} == {False}
        assert [event.event_id for event in ledger.read()] == [r.event_id for r in receipts]
        assert len(receipts) == size


def test_what_the_writer_believed_is_not_asked_again(address: str, answers: Answers) -> None:
    """What was recorded after all meets neither its expected version nor its condition again."""
    with Ledger.open(address) as ledger:
        ledger.record(MEETING)

        def decide() -> Decision:
            return Decision([HEADED], expected_version=1, condition=Condition(1, ("party:ke",)))

        answers.lost = True
        with pytest.raises(Interrupted) as error:
            ledger.decide(decide)
        answers.lost = False
        told: Any = {"expected_version": 1, "condition": Condition(1, ("party:ke",))}
        [receipt] = ledger.append(error.value.events, **told)
        assert (receipt.position, receipt.appended, ledger.head) == (2, False, 2)


def test_the_ids_that_were_given_are_kept(address: str, answers: Answers) -> None:
    """A batch of events with ids of their own is carried as it was given."""
    with Ledger.open(address) as ledger:
        batch = [NewEvent(MEETING), NewEvent(HEADED)]
        answers.lost = True
        with pytest.raises(Interrupted) as error:
            ledger.append(batch)
        assert list(error.value.events) == batch


def test_an_erasure_that_is_not_done_everywhere_is_carried_too(
    address: str, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a view could not be rid of a text, the erasure is appended again, and done again."""
    assert not answers.lost

    def away(_database: Database) -> None:
        raise Interrupted(address, "the connection was lost")

    with Ledger.open(address) as ledger:
        target = ledger.record(HEADED).event_id
        ledger.project("attendance")
        with monkeypatch.context() as patched:
            patched.setattr(Database, "leave_no_trace", away)
            with pytest.raises(Interrupted) as error:
                ledger.record(PersonalDataErased(target=target))
        [receipt] = ledger.append(error.value.events)
        assert (receipt.appended, ledger.head) == (False, 2)
        [row] = ledger.view("attendance").rows()
        assert "A. N. Other" not in repr(row)

"""A writer can say what it believed of a stream, and is told if it was wrong."""

from collections.abc import Mapping

import pytest

from ledger.errors import WrongExpectedVersion
from ledger.events import AttendanceRecorded, EventRetracted, MeetingConvened
from ledger.log import ANY_VERSION, NO_STREAM, Log
from tests.ledger.log.stored import everything

ONE = MeetingConvened(meeting="lakes-1")
OTHER = MeetingConvened(meeting="lakes-2")


@pytest.fixture
def begun(log: Log) -> Log:
    """A log with two events in one stream."""
    log.append([ONE, AttendanceRecorded(meeting="lakes-1", party="ke")], actor="desk-1")
    return log


def test_a_receipt_gives_what_the_next_append_expects(begun: Log) -> None:
    """The version in a receipt is the one to expect next, each time."""
    version = begun.append([ONE], actor="desk-1", expected_version=2)[0].version
    assert begun.append([ONE], actor="desk-1", expected_version=version)[0].version == 4


@pytest.mark.parametrize("expected", [NO_STREAM, 1, 3, 1_000])
def test_a_wrong_version_is_a_conflict(begun: Log, expected: int) -> None:
    """The answer names the stream, what was expected and what is there; nothing is appended."""
    before = everything(begun)
    with pytest.raises(WrongExpectedVersion) as error:
        begun.append([ONE], actor="desk-1", expected_version=expected)
    assert (error.value.stream, error.value.expected, error.value.found) == (
        "meeting-lakes-1",
        expected,
        2,
    )
    assert everything(begun) == before


def test_no_stream_expects_that_there_is_none(begun: Log) -> None:
    """`NO_STREAM` lets the first event of a stream in, and no second one."""
    assert begun.append([OTHER], actor="desk-1", expected_version=NO_STREAM)[0].version == 1
    with pytest.raises(WrongExpectedVersion):
        begun.append([OTHER], actor="desk-1", expected_version=NO_STREAM)


def test_any_version_expects_nothing(begun: Log) -> None:
    """`ANY_VERSION` is taken at any version, and is what is meant if nothing is said."""
    assert begun.append([ONE, OTHER], actor="desk-1", expected_version=ANY_VERSION)
    assert begun.append([ONE, OTHER], actor="desk-1")[0].version == 4


@pytest.mark.parametrize(
    "expected",
    [
        {"meeting-lakes-1": 2, "meeting-lakes-2": NO_STREAM},
        {"meeting-lakes-1": 2},
        {"meeting-lakes-2": NO_STREAM},
        {"meeting-lakes-1": 2, "meeting-lakes-3": NO_STREAM},
        {},
    ],
)
def test_a_mapping_expects_a_version_of_each_stream(
    begun: Log, expected: Mapping[str, int]
) -> None:
    """Streams that the mapping names are checked, those of the batch and any other."""
    receipts = begun.append([ONE, OTHER], actor="desk-1", expected_version=expected)
    assert [receipt.version for receipt in receipts] == [3, 1]


@pytest.mark.parametrize(
    ("expected", "stream", "found"),
    [
        ({"meeting-lakes-1": 1, "meeting-lakes-2": NO_STREAM}, "meeting-lakes-1", 2),
        ({"meeting-lakes-1": 2, "meeting-lakes-2": 1}, "meeting-lakes-2", 0),
        ({"meeting-lakes-3": 1}, "meeting-lakes-3", 0),
    ],
)
def test_one_wrong_stream_of_a_mapping_is_a_conflict(
    begun: Log, expected: Mapping[str, int], stream: str, found: int
) -> None:
    """If one stream is not where it was believed to be, nothing is appended to any."""
    before = everything(begun)
    with pytest.raises(WrongExpectedVersion) as error:
        begun.append([ONE, OTHER], actor="desk-1", expected_version=expected)
    assert (error.value.stream, error.value.found) == (stream, found)
    assert everything(begun) == before


def test_a_mapping_may_guard_a_stream_that_is_only_read(begun: Log) -> None:
    """A decision that rests on another stream is refused if that one moved on."""
    with pytest.raises(WrongExpectedVersion):
        begun.append([OTHER], actor="desk-1", expected_version={"meeting-lakes-1": 1})
    assert begun.append([OTHER], actor="desk-1", expected_version={"meeting-lakes-1": 2})


def test_one_version_for_two_streams_is_a_mistake(begun: Log) -> None:
    """A number says nothing of which stream is meant, so a batch of several is refused."""
    before = everything(begun)
    with pytest.raises(ValueError, match="meeting-lakes-1, meeting-lakes-2"):
        begun.append([ONE, OTHER], actor="desk-1", expected_version=2)
    assert everything(begun) == before


def test_a_directive_is_expected_in_its_targets_stream(begun: Log) -> None:
    """The stream that a retraction goes to is the one whose version it expects."""
    target = begun.event(1).event_id
    retraction = EventRetracted(target=target)
    with pytest.raises(WrongExpectedVersion) as error:
        begun.append([retraction], actor="desk-1", expected_version=NO_STREAM)
    assert (error.value.stream, error.value.found) == ("meeting-lakes-1", 2)
    assert begun.append([retraction], actor="desk-1", expected_version=2)[0].version == 3


def test_the_expected_version_is_the_one_before_the_batch(begun: Log) -> None:
    """However many events of a stream a batch has, it expects the version before the first."""
    receipts = begun.append([ONE, ONE, ONE], actor="desk-1", expected_version=2)
    assert [receipt.version for receipt in receipts] == [3, 4, 5]

"""The time of recording follows the order of the log, whatever the clock does."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ledger.events import MeetingConvened, MembershipBegan
from ledger.log import Log, NewEvent
from ledger.times import parse_timestamp
from tests.clocks import SetClock

MEETING = MeetingConvened(meeting="lakes-1")


def recorded(log: Log) -> list[str]:
    """Return when each event was recorded, in the order of the log."""
    return [event.recorded_at for event in log.read()]


def test_a_batch_has_one_time(log: Log) -> None:
    """All events of a batch were recorded at one moment, whatever their streams and dates."""
    batch = [MEETING, MembershipBegan(group="lakes", party="ke", valid="1999"), MEETING]
    receipts = log.append(batch, actor="desk-1")
    assert recorded(log) == ["2026-11-23T17:05:00.000000Z"] * 3
    assert [receipt.recorded_at for receipt in receipts] == recorded(log)
    assert log.head().recorded_at == "2026-11-23T17:05:00.000000Z"


def test_the_clock_is_asked_once_a_batch(log: Log) -> None:
    """However many events a batch has, its time is read once."""
    asked = []

    def counting() -> datetime:
        asked.append(1)
        return SetClock().now

    Log(log.database, clock=counting).append([MEETING] * 5, actor="desk-1")
    assert len(asked) == 1


@pytest.mark.parametrize("back", [timedelta(microseconds=1), timedelta(days=400)])
def test_a_clock_that_goes_back_reorders_nothing(
    log: Log, clock: SetClock, back: timedelta
) -> None:
    """While the clock is behind, batches keep the last time; then they follow it again."""
    start = clock.now
    log.append([MEETING], actor="desk-1")
    clock.now = start - back
    log.append([MEETING], actor="desk-1")
    clock.now = start + timedelta(seconds=1)
    log.append([MEETING], actor="desk-1")
    times = [parse_timestamp(text) for text in recorded(log)]
    assert times == [start, start, start + timedelta(seconds=1)]
    assert log.position_at(start - timedelta(microseconds=1)) == 0
    assert log.position_at(start) == 2


def test_two_batches_at_one_moment_keep_their_order(log: Log, clock: SetClock) -> None:
    """A moment is the end of the last batch recorded at it."""
    log.append([MEETING], actor="desk-1")
    log.append([MEETING], actor="desk-1")
    assert log.position_at(clock.now) == 2


def test_a_clock_in_another_zone_tells_the_same_moment(log: Log) -> None:
    """Times are recorded in UTC, to the microsecond."""
    nairobi = timezone(timedelta(hours=3))
    clock = SetClock(datetime(2026, 11, 23, 20, 5, 0, 7, tzinfo=nairobi))
    Log(log.database, clock=clock).append([MEETING], actor="desk-1")
    assert recorded(log) == ["2026-11-23T17:05:00.000007Z"]


def test_a_clock_without_zone_is_refused(log: Log) -> None:
    """A clock that does not say where it stands records nothing."""
    clock = SetClock(datetime(2026, 11, 23, 17, 5, tzinfo=UTC).replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        Log(log.database, clock=clock).append([MEETING], actor="desk-1")
    assert log.head().size == 0


def test_what_was_there_keeps_its_time(log: Log, clock: SetClock) -> None:
    """Appending again what is there moves neither its time nor that of the head."""
    new = NewEvent(MEETING)
    first = log.append([new], actor="desk-1")[0]
    clock.move(days=1)
    assert log.append([new], actor="desk-1")[0].recorded_at == first.recorded_at
    assert log.head().recorded_at == first.recorded_at

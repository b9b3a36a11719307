"""Whoever follows the log gets each event once and in order, from wherever they were."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import Interrupted, PastTheHead
from ledger.events import AttendanceRecorded, MeetingConvened
from ledger.log import Database, Log, RecordedEvent, read
from ledger.log.patience import PATIENCE
from tests.clocks import SetClock


def meeting(number: int) -> MeetingConvened:
    """Return a meeting of one's own."""
    return MeetingConvened(meeting=f"lakes-{number}")


def test_what_is_there_comes_first(log: Log) -> None:
    """Without news, following is reading."""
    log.append([meeting(n) for n in range(5)], actor="desk-1")
    assert list(log.follow(silence=0)) == list(log.read())
    assert list(log.follow(after=3, silence=0)) == list(log.read(after=3))


def test_what_is_recorded_meanwhile_comes_next(log: Log) -> None:
    """Each event that comes is yielded before the silence is over, and following can go on."""
    following = log.follow(silence=60)
    for number in range(1, 4):
        log.append([meeting(number)], actor="desk-1")
        assert next(following).position == number
    log.append([meeting(4), meeting(5)], actor="desk-1")
    assert [next(following).position, next(following).position] == [4, 5]


def test_only_what_is_asked_for_comes(log: Log) -> None:
    """A filter holds for what is there and for what comes."""
    following = log.follow(subject="party:ke", silence=60)
    log.append([meeting(1)], actor="desk-1")
    log.append([AttendanceRecorded(meeting="lakes-1", party="ke")], actor="desk-1")
    assert next(following).position == 2
    log.append([meeting(2)], actor="desk-1")
    log.append([AttendanceRecorded(meeting="lakes-2", party="ke")], actor="desk-1")
    assert next(following).position == 4


def test_a_follower_that_waits_is_woken(log: Log) -> None:
    """An append by another thread ends the wait."""
    waiting = threading.Event()
    found: list[int] = []

    def wait() -> None:
        following = log.follow(silence=60)
        waiting.set()
        found.append(next(following).position)

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(10)
    log.append([meeting(1)], actor="desk-1")
    thread.join(30)
    assert found == [1]


@pytest.mark.parametrize("address", ["file", "postgres"], indirect=True)
def test_another_process_is_followed(database: Database, address: str) -> None:
    """What another process records comes as what one's own does."""
    program = (
        "import sys; from ledger import Ledger; from ledger.events import MeetingConvened\n"
        "with Ledger.open(sys.argv[1]) as ledger:\n"
        "    for number in range(20): ledger.record(MeetingConvened(meeting=f'lakes-{number}'))"
    )
    with subprocess.Popen([sys.executable, "-c", program, address]) as other:
        found = []
        for recorded in Log(database).follow(silence=60):
            found.append(recorded.position)
            if len(found) == 20:
                break
        assert other.wait(60) == 0
    assert found == [*range(1, 21)]


class Away:
    """A database that fails at some of its reads, and a clock that only those who wait move on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.reads = 0
        self.failing: Callable[[int], bool] = lambda _: False
        self._pages = read.pages
        monkeypatch.setattr("ledger.log.follow.read.pages", self._read)
        monkeypatch.setattr("ledger.log.patience.time", self)

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time go by, at once."""
        self.now += seconds

    def _read(self, *args: Any, **options: Any) -> Iterator[RecordedEvent]:
        self.reads += 1
        if self.failing(self.reads):
            raise Interrupted("lakes", "the connection was lost")
        return self._pages(*args, **options)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    """A database that goes away when the test says so."""
    return Away(monkeypatch)


def test_a_database_that_stays_away_is_not_waited_for_for_ever(log: Log, away: Away) -> None:
    """A follower waits out its patience, and then says that the database is away."""
    log.append([meeting(1)], actor="desk-1")
    away.failing = lambda _: True
    with pytest.raises(Interrupted, match="was lost"):
        next(log.follow())
    assert away.reads > 1
    assert PATIENCE - 1 <= away.now <= PATIENCE


def test_a_follower_survives_as_many_outages_as_there_are(log: Log, away: Away) -> None:
    """Patience begins anew with each outage: what was read between two ends the first."""
    away.failing = lambda attempt: attempt % 10 != 0
    following = log.follow(silence=60)
    for number in range(1, 11):
        log.append([meeting(number)], actor="desk-1")
        assert next(following).position == number
    assert away.now > PATIENCE


def test_who_takes_time_over_an_event_is_not_lost_at_the_first_failure(
    log: Log, away: Away
) -> None:
    """Patience counts from the first failure, not from when the database was last asked."""
    log.append([meeting(1)], actor="desk-1")
    following = log.follow(silence=60)
    assert next(following).position == 1
    away.now += 100 * PATIENCE
    log.append([meeting(2)], actor="desk-1")
    away.failing = lambda attempt: attempt == 2
    assert next(following).position == 2


@pytest.mark.parametrize("after", [2, 2**63, 10**30])
def test_nobody_has_read_past_the_end(log: Log, after: int) -> None:
    """A position that the log has not reached is a mistake: events would go unseen."""
    log.append([meeting(1)], actor="desk-1")
    assert list(log.follow(after=1, silence=0)) == []
    with pytest.raises(PastTheHead, match="is past the end of the record, which is at 1") as told:
        log.follow(after=after)
    assert (told.value.position, told.value.head) == (after, 1)


def test_a_ledger_follows_too(tmp_path: Path, clock: SetClock) -> None:
    """The object that a caller holds has the same verb."""
    with Ledger.open(tmp_path / "proceedings.db", clock=clock) as ledger:
        ledger.record(meeting(1))
        found = [r.position for r in ledger.follow(types=["meeting-convened"], silence=0)]
    assert found == [1]

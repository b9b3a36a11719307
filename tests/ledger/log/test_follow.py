"""Whoever follows the log gets each event once and in order, from wherever they were."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import Interrupted
from ledger.events import AttendanceRecorded, MeetingConvened
from ledger.log import Database, Log, follow, read
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


def test_a_database_that_stays_away_is_not_waited_for_for_ever(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, a follower says that the database is away."""

    def away(_connection: object) -> None:
        raise Interrupted("lakes", "the connection was lost")

    log.append([meeting(1)], actor="desk-1")
    monkeypatch.setattr(follow, "AWAY", 0)
    monkeypatch.setattr("ledger.log.follow.read.head", away)
    with pytest.raises(Interrupted, match="was lost"):
        next(log.follow())


def test_a_follower_comes_back_when_the_database_does(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that went away and came back costs a follower nothing but time."""
    log.append([meeting(1), meeting(2)], actor="desk-1")
    pages = read.pages
    failures = iter([True, True, False])

    def shaky(*args: Any, **options: Any) -> Any:
        if next(failures, False):
            raise Interrupted("lakes", "the connection was lost")
        return pages(*args, **options)

    monkeypatch.setattr("ledger.log.follow.read.pages", shaky)
    assert [recorded.position for recorded in log.follow(silence=0)] == [1, 2]


def test_a_ledger_follows_too(tmp_path: Path, clock: SetClock) -> None:
    """The object that a caller holds has the same verb."""
    with Ledger.open(tmp_path / "proceedings.db", clock=clock) as ledger:
        ledger.record(meeting(1))
        found = [r.position for r in ledger.follow(types=["meeting-convened"], silence=0)]
    assert found == [1]

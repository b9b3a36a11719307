from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from ledger.codec import declare as registry
from ledger.events import AttendanceRecorded, EventCorrected, PartyRegistered
from ledger.log import Log
from ledger.projection import Fact, Key
from ledger.replay.engine import Engine, Fault, Progress
from ledger.replay.query import Question
from projections.attendance import Attendance, AttendanceRow

PAGES = pytest.mark.parametrize("page", [1, 2, 3, 100])


class Touchy(Attendance):
    """Attendance that cannot take some parties."""

    name = "touchy"

    def __init__(self, *, in_key: str = "", in_fold: str = "") -> None:
        self._in_key = in_key
        self._in_fold = in_fold

    def key(self, event: AttendanceRecorded) -> Iterator[Key]:
        """Raise for one party."""
        if event.party == self._in_key:
            raise RuntimeError(f"no key for {event.party}")
        yield from super().key(event)

    def fold(self, key: Key, facts: Sequence[Fact[AttendanceRecorded]]) -> Iterator[AttendanceRow]:
        """Raise for another."""
        if key[1] == self._in_fold:
            raise RuntimeError(f"no row for {key[1]}")
        yield from super().fold(key, facts)


def attended(log: Log, *parties: str) -> None:
    """Record who was at the meeting, in one batch."""
    log.append([AttendanceRecorded(meeting="m1", party=p) for p in parties], actor="a")


def parties(engine: Engine) -> list[str]:
    """Return whom the view has, from what it has read."""
    return [row.party for row in engine.ask(Question()).rows]


@PAGES
@pytest.mark.parametrize(
    ("touchy", "words"),
    [
        (Touchy(in_key="poison"), "no key for poison"),
        (Touchy(in_fold="poison"), "no row for poison"),
    ],
    ids=["key", "fold"],
)
def test_progress_names_position_type_and_error(
    log: Log, touchy: Touchy, words: str, page: int
) -> None:
    """A view stops in front of the event that it cannot take, and says which and why."""
    attended(log, "ke", "ug", "poison", "tz")
    progress = Engine(log.database, touchy).catch_up(page=page)
    assert progress == Progress(
        "touchy", 2, 4, f"event 3, attendance-recorded: RuntimeError: {words}"
    )


@PAGES
def test_the_good_prefix_is_applied(log: Log, page: int) -> None:
    """Everything before the poison is in the view, and nothing after it."""
    attended(log, "ke", "ug", "poison", "tz")
    engine = Engine(log.database, Touchy(in_fold="poison"))
    engine.catch_up(page=page)
    assert parties(engine) == ["ke", "ug"]


def test_other_views_go_on(log: Log) -> None:
    """Another view of the same events reads to the end of the log."""
    attended(log, "ke", "poison", "tz")
    Engine(log.database, Touchy(in_fold="poison")).catch_up()
    other = Engine(log.database, Attendance())
    assert other.catch_up() == Progress("attendance", 3, 3)
    assert parties(other) == ["ke", "poison", "tz"]


@PAGES
def test_it_goes_on_once_the_projection_is_mended(log: Log, page: int) -> None:
    """The poison is tried again at every call; once it can be taken, the view catches up."""
    attended(log, "ke", "ug", "poison", "tz")
    broken = Engine(log.database, Touchy(in_fold="poison"))
    first = broken.catch_up(page=page)
    assert broken.catch_up(page=page) == first
    mended = Engine(log.database, Touchy())
    assert mended.catch_up(page=page) == Progress("touchy", 4, 4)
    assert sorted(parties(mended)) == ["ke", "poison", "tz", "ug"]
    assert mended.check() == []


def test_a_stopped_view_says_how_far_its_answer_reaches(log: Log) -> None:
    """Asked about what it has not read, a stopped view answers for what it has, and says so."""
    attended(log, "ke", "poison", "tz")
    engine = Engine(log.database, Touchy(in_fold="poison"))
    engine.catch_up()
    answer = engine.ask(Question(known_at=3))
    assert (answer.known_at, answer.asked) == (1, 3)
    assert answer.stopped is not None
    assert answer.stopped.startswith("event 2, ")


def test_events_after_the_poison_wait(log: Log) -> None:
    """What is recorded later is not read past the poison; it is there once that is mended."""
    attended(log, "ke", "poison")
    engine = Engine(log.database, Touchy(in_fold="poison"))
    engine.catch_up()
    attended(log, "ug")
    assert engine.catch_up().position == 1
    mended = Engine(log.database, Touchy())
    assert mended.catch_up() == Progress("touchy", 3, 3)


def test_a_rebuild_stops_in_front_of_the_poison_too(log: Log) -> None:
    """Building anew ends where catching up would, and says so in the same words."""
    attended(log, "ke", "poison", "tz")
    engine = Engine(log.database, Touchy(in_fold="poison"))
    stopped = engine.catch_up()
    assert [drift.fault for drift in engine.rebuild()] == [Fault.STOPPED]
    assert engine.progress() == stopped
    assert parties(engine) == ["ke"]


@PAGES
def test_of_two_poison_events_the_earlier_stops_the_view(log: Log, page: int) -> None:
    """Whichever of two is found first, the view stops in front of the first in the log."""
    attended(log, "ke", "second", "first")
    engine = Engine(log.database, Touchy(in_key="first", in_fold="second"))
    progress = engine.catch_up(page=page)
    assert progress.position == 1
    assert progress.stopped == "event 2, attendance-recorded: RuntimeError: no row for second"


class Misplaced(Touchy):
    """A projection that gives rows of another key than it was asked for."""

    def fold(self, key: Key, facts: Sequence[Fact[AttendanceRecorded]]) -> Iterator[AttendanceRow]:
        """Say everything of one party."""
        for row in super().fold(key, facts):
            yield replace(row, party="somebody-else")


def test_a_row_of_another_key_is_poison(log: Log) -> None:
    """A fold that speaks of another key stops its view, and no such row is ever stored."""
    attended(log, "ke")
    engine = Engine(log.database, Misplaced())
    progress = engine.catch_up()
    assert (progress.position, parties(engine)) == (0, [])
    assert "somebody-else" in str(progress.stopped)


def test_a_directive_about_what_a_view_does_not_know_is_passed_by(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction of a type that this program lacks stops no view but those that handle it."""
    [receipt, _] = log.append(
        [
            PartyRegistered(party="ke", names={"en": "Kenya"}),
            AttendanceRecorded(meeting="m1", party="ke"),
        ],
        actor="a",
    )
    corrected = PartyRegistered(party="ke", names={"en": "The Kenya"})
    log.append([EventCorrected(target=receipt.event_id, replacement=corrected)], actor="a")
    without = {k: v for k, v in vars(registry)["_declared"].items() if k != "party-registered"}
    monkeypatch.setattr(registry, "_declared", without)
    engine = Engine(log.database, Touchy())
    assert engine.catch_up().stopped is None
    assert parties(engine) == ["ke"]

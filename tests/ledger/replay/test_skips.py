"""A view passes an event by only where a person says so, and why; every rebuild honours it."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from ledger.errors import CannotSkip, NotSkipped
from ledger.events import AttendanceRecorded, EventCorrected, Person, PersonalDataErased
from ledger.log import Log
from ledger.projection import Fact, Key
from ledger.replay.engine import Engine
from ledger.replay.query import Question
from ledger.replay.skips import Skip
from projections.attendance import AttendanceRow
from tests.ledger.log.stored import rows
from tests.ledger.replay.test_poison_event_stops_only_its_view import Touchy, attended, parties

PAGES = pytest.mark.parametrize("page", [1, 2, 100])
WAYS = pytest.mark.parametrize(
    "make",
    [lambda: Touchy(in_key="poison"), lambda: Touchy(in_fold="poison")],
    ids=["key", "fold"],
)


def said(position: int) -> Skip:
    """Say that an event is to be skipped."""
    return Skip(position, "its projection is mended next week", "desk-1", "2026-11-26T09:00:00Z")


def stopped(log: Log, make: Callable[[], Touchy], page: int = 100) -> Engine:
    """Return a view that the third of four events stops."""
    attended(log, "ke", "ug", "poison", "tz")
    engine = Engine(log.database, make())
    assert engine.catch_up(page=page).position == 2
    return engine


@WAYS
@PAGES
def test_a_skipped_event_is_passed_by_in_every_rebuild(
    log: Log, make: Callable[[], Touchy], page: int
) -> None:
    """The view goes on without it, says so, and a rebuild of it finds nothing different."""
    engine = stopped(log, make, page)
    engine.skip(said(3))
    progress = engine.catch_up(page=page)
    assert (progress.position, progress.stopped, progress.skipped) == (4, None, (said(3),))
    assert parties(engine) == ["ke", "tz", "ug"]
    assert engine.check(page=page) == engine.rebuild(page=page) == []
    assert parties(engine) == ["ke", "tz", "ug"]
    assert engine.progress().skipped == (said(3),)


@WAYS
@PAGES
def test_a_correction_of_a_skipped_event_counts(
    log: Log, make: Callable[[], Touchy], page: int
) -> None:
    """What corrects it is not passed by with it: from there on the view has what it says."""
    engine = stopped(log, make, page)
    engine.skip(said(3))
    poison = log.event(3)
    corrected = AttendanceRecorded(meeting="m1", party="bi")
    log.append([EventCorrected(target=poison.event_id, replacement=corrected)], actor="a")
    engine.catch_up(page=page)
    assert parties(engine) == ["bi", "ke", "tz", "ug"]
    before = [row.party for row in engine.ask(Question(known_at=4)).rows]
    assert before == ["ke", "tz", "ug"]
    assert engine.check(page=page) == []


@PAGES
def test_a_correction_that_cannot_be_taken_can_be_skipped(log: Log, page: int) -> None:
    """A directive is an event as any: without it, what was believed before stays believed."""
    attended(log, "ke", "ug")
    poison = AttendanceRecorded(meeting="m1", party="poison")
    log.append([EventCorrected(target=log.event(1).event_id, replacement=poison)], actor="a")
    attended(log, "tz")
    engine = Engine(log.database, Touchy(in_key="poison"))
    assert engine.catch_up(page=page).position == 2
    engine.skip(said(3))
    assert engine.catch_up(page=page).position == 4
    assert parties(engine) == ["ke", "tz", "ug"]
    assert engine.check(page=page) == []


@WAYS
def test_what_is_no_longer_skipped_stops_the_view_again(
    log: Log, make: Callable[[], Touchy]
) -> None:
    """Taken back, the view is built anew, and stands where it stood; a mended one goes on."""
    engine = stopped(log, make)
    engine.skip(said(3))
    engine.catch_up()
    engine.unskip(3)
    assert parties(engine) == ["ke", "tz", "ug"], "until it is built anew, it answers as before"
    progress = engine.catch_up()
    assert (progress.position, "for poison" in str(progress.stopped)) == (2, True)
    assert (parties(engine), progress.skipped) == (["ke", "ug"], ())
    mended = Engine(log.database, Touchy())
    assert mended.catch_up().position == 4
    assert mended.check() == []


def test_a_view_that_was_built_anew_meanwhile_knows_what_is_skipped(log: Log) -> None:
    """Half a build that was begun before something was skipped is not gone on with."""
    engine = stopped(log, lambda: Touchy(in_fold="poison"))
    engine.skip(said(3))

    class CutOffError(Exception):
        pass

    def pull_the_plug(_: object) -> None:
        raise CutOffError

    with pytest.raises(CutOffError):
        engine.rebuild(pull_the_plug, page=4)
    engine.unskip(3)
    engine.rebuild(page=1)
    assert parties(engine) == ["ke", "ug"]


def test_only_what_stops_a_view_is_skipped(log: Log) -> None:
    """No fact can be kept out of a view that can take it."""
    engine = stopped(log, lambda: Touchy(in_fold="poison"))
    for position in (1, 4, 99):
        with pytest.raises(CannotSkip, match="event 3 stops it"):
            engine.skip(said(position))
    engine.skip(said(3))
    engine.skip(said(3))
    engine.catch_up()
    with pytest.raises(CannotSkip, match="nothing stops it"):
        engine.skip(said(4))
    with pytest.raises(NotSkipped, match="it skips 3"):
        engine.unskip(4)
    assert parties(engine) == ["ke", "tz", "ug"]


def test_an_erasure_is_never_skipped(log: Log) -> None:
    """What was erased is not kept by a view that cannot take the erasure."""
    named = AttendanceRecorded(meeting="m1", party="ke", head=Person(name="A. N. Other"))
    [receipt] = log.append([named], actor="a")

    class NoErasures(Touchy):
        def fold(
            self, key: Key, facts: Sequence[Fact[AttendanceRecorded]]
        ) -> Iterator[AttendanceRow]:
            if any(fact.event.head and "Other" not in fact.event.head.name for fact in facts):
                raise RuntimeError("no name")
            yield from super().fold(key, facts)

    engine = Engine(log.database, NoErasures())
    engine.catch_up()
    log.append([PersonalDataErased(target=receipt.event_id)], actor="a")
    engine.keeper.let_go()
    assert engine.catch_up().stopped is not None
    stop = engine.progress().position + 1
    with pytest.raises(CannotSkip, match="has to be obeyed"):
        engine.skip(said(stop))


def test_other_views_take_what_one_skips(log: Log) -> None:
    """A skip is one view's; another of the same events has the event."""
    engine = stopped(log, lambda: Touchy(in_fold="poison"))
    engine.skip(said(3))
    engine.catch_up()

    class Another(Touchy):
        name = "another"

    other = Engine(log.database, Another())
    assert other.catch_up().skipped == ()
    assert parties(other) == ["ke", "poison", "tz", "ug"]


def test_a_stopped_view_is_tried_again_only_when_something_is_new(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question tries again once the log has grown, and then the one event alone."""
    attended(log, "ke", "poison", *(f"party-{number}" for number in range(50)))
    tried: list[str] = []

    class Counting(Touchy):
        def key(self, event: AttendanceRecorded) -> Iterator[Key]:
            tried.append(event.party)
            yield from super().key(event)

    engine = Engine(log.database, Counting(in_key="poison"))
    engine.freshen()
    tried.clear()
    for _ in range(3):
        engine.freshen()
    assert tried == []
    attended(log, "tz")
    engine.freshen()
    assert set(tried) == {"poison"}
    monkeypatch.setattr(Counting, "key", Touchy.key)
    assert "no key" in str(engine.catch_up().stopped)
    engine = Engine(log.database, Touchy())
    engine.freshen()
    assert engine.progress().position == 53


def test_who_skipped_what_and_why_is_stored(log: Log) -> None:
    """It stands in a table of its own, outside what can be rebuilt."""
    engine = stopped(log, lambda: Touchy(in_fold="poison"))
    engine.skip(said(3))
    stored = rows(log.database, "SELECT view, position, reason, actor FROM view_skips")
    assert stored == [("touchy", 3, "its projection is mended next week", "desk-1")]

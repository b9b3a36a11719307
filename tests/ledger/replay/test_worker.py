"""A worker keeps views up to the log, beside others, through outages, until it is told to stop."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import Interrupted, ReadOnly
from ledger.events import AttendanceRecorded, MembershipBegan
from ledger.log import Database, Log
from ledger.replay.engine import Engine, Progress, Step
from ledger.replay.keeper import Keeper
from ledger.replay.worker import keep_up
from projections.attendance import Attendance
from projections.membership import Membership
from tests.ledger.replay.test_poison_event_stops_only_its_view import Touchy

VIEWS = (Attendance, Membership)


def attended(log: Log, *parties: str) -> None:
    """Record who was at the meeting, and that they belong to the group."""
    for party in parties:
        began = MembershipBegan(group="lakes", party=party)
        log.append([AttendanceRecorded(meeting="m1", party=party), began], actor="a")


def working(database: Database, *engines: Engine, **options: Any) -> Iterator[Progress]:
    """Work on some views; by default on two, until there is nothing more to do."""
    given: dict[str, Any] = {"silence": 0.0, "stop": threading.Event(), "report": lambda _: None}
    made = engines or [Engine(database, view()) for view in VIEWS]
    return keep_up(database, made, **{**given, **options})


def sound(database: Database) -> bool:
    """Whether the views are at the end of the log, and what a rebuild gives."""
    engines = [Engine(database, view()) for view in VIEWS]
    head = Log(database).head().size
    return all(e.progress().position == head and e.check() == [] for e in engines)


def test_a_worker_builds_what_is_not_there_and_goes_on(log: Log) -> None:
    """Views that are not there are built, and follow what is recorded meanwhile, each time."""
    attended(log, "ke", "ug")
    moved = working(log.database, silence=60)
    assert [next(moved), next(moved)] == [
        Progress("attendance", 4, 4),
        Progress("membership", 4, 4),
    ]
    attended(log, "tz")
    assert [(p.view, p.position) for p in (next(moved), next(moved))] == [
        ("attendance", 6),
        ("membership", 6),
    ]
    assert sound(log.database)


@pytest.mark.parametrize("address", ["file", "postgres"], indirect=True)
def test_several_workers_count_each_event_once(address: str, database: Database) -> None:
    """Workers that keep the same views while others append leave what a rebuild gives."""
    stop, errors = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            with closing(Database.open(address, create=False)) as mine:
                for _ in working(mine, silence=None, stop=stop):
                    pass
        except BaseException as error:  # noqa: BLE001 - a thread cannot raise
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in range(20):
        attended(Log(database), f"party-{number}", f"party-{number % 5}")
    list(working(database))
    stop.set()
    for worker in workers:
        worker.join(60)
    assert errors == []
    assert sound(database)


def test_it_ends_when_the_page_in_hand_is_done(log: Log) -> None:
    """Told to stop between two pages it stops there, and another goes on from that place."""
    attended(log, *(f"party-{number}" for number in range(6)))
    stop, steps = threading.Event(), list[Step]()

    def report(step: Step) -> None:
        steps.append(step)
        stop.set()

    assert list(working(log.database, silence=None, stop=stop, report=report, page=4)) == []
    assert [step.position for step in steps] == [7]
    list(working(log.database))
    assert sound(log.database)


def test_an_outage_costs_nothing_but_time(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that goes away while a page is applied is waited for, and nothing counts twice."""
    attended(log, "ke", "ug")
    apply, failures = Keeper._write, iter([True, False, True])  # noqa: SLF001 - in mid-page

    def shaky(*arguments: Any) -> Any:
        applied = apply(*arguments)
        if next(failures, False):
            raise Interrupted("lakes", "the connection was lost")
        return applied

    monkeypatch.setattr(Keeper, "_write", shaky)
    list(working(log.database))
    assert sound(log.database)


def test_a_database_that_stays_away_is_told(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience has an end: then the worker says that the database is away."""

    def away(*_: Any) -> Any:
        raise Interrupted("lakes", "the connection was lost")

    attended(log, "ke")
    monkeypatch.setattr("ledger.log.patience.PATIENCE", 0)
    monkeypatch.setattr(Keeper, "_write", away)
    with pytest.raises(Interrupted, match="was lost"):
        list(working(log.database))


def test_a_database_that_takes_no_changes_is_told(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that cannot write says so; a question is answered as far as the view has read."""
    attended(log, "ke")
    list(working(log.database))
    attended(log, "ug")

    def refuse(*_: Any) -> Any:
        raise ReadOnly("lakes", "attempt to write a readonly database")

    monkeypatch.setattr(Keeper, "_write", refuse)
    with pytest.raises(ReadOnly):
        list(working(log.database))
    engine = Engine(log.database, Attendance())
    engine.freshen()
    assert engine.progress() == Progress("attendance", 2, 4)


def test_a_view_that_is_stopped_holds_up_no_other(log: Log) -> None:
    """An event that one view cannot take is told once; the other views go on."""
    attended(log, "ke", "poison")
    touchy = Engine(log.database, Touchy(in_fold="poison"))
    moved = working(log.database, touchy, Engine(log.database, Membership()), silence=60)
    first, second = next(moved), next(moved)
    assert (first.position, "no row for poison" in str(first.stopped)) == (2, True)
    assert second == Progress("membership", 4, 4)
    attended(log, "tz")
    assert next(moved) == Progress("membership", 6, 6)


def test_a_ledger_keeps_its_views_up(address: str) -> None:
    """The object that a caller holds has the same verb, for all views or some."""
    with Ledger.open(address) as ledger:
        ledger.record(AttendanceRecorded(meeting="m1", party="ke"))
        assert list(ledger.keep_up("attendance", silence=0)) == [Progress("attendance", 1, 1)]
        assert {p.view for p in ledger.keep_up(silence=0)} == set(ledger.views)

"""Views in the transaction of each append: never behind it, and never in its way."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection

from ledger import NO_STREAM, Ledger
from ledger.errors import Interrupted, UnknownView, WrongExpectedVersion
from ledger.events import AttendanceRecorded, Event, EventCorrected, MembershipBegan
from ledger.log import Database, Log, NewEvent
from ledger.replay.alongside import alongside
from ledger.replay.engine import Engine
from ledger.replay.keeper import Keeper
from projections.attendance import Attendance
from tests.ledger.replay.test_poison_event_stops_only_its_view import Touchy, parties

VIEW = "view_attendance"


def attended(*parties: str, meeting: str = "m1") -> list[Event]:
    """Say who was at a meeting."""
    return [AttendanceRecorded(meeting=meeting, party=party) for party in parties]


@pytest.fixture
def ledger(address: str) -> Iterator[Ledger]:
    """A ledger that projects attendance as it appends."""
    with Ledger.open(address, project=("attendance",)) as opened:
        yield opened


def stored(ledger: Ledger) -> int:
    """Return how far the view has read, as it stands."""
    return ledger.view("attendance").progress.position


def test_a_view_is_never_behind(ledger: Ledger) -> None:
    """Whichever way an event comes, the view that was named has read it, and no other has."""
    ledger.record(*attended("ke"))
    assert stored(ledger) == 1
    receipts = ledger.append(attended("ug", "tz"), expected_version=1)
    assert stored(ledger) == 3
    moved = AttendanceRecorded(meeting="m1", party="bi")
    ledger.record(EventCorrected(target=receipts[0].event_id, replacement=moved))
    ledger.append([MembershipBegan(group="lakes", party="ke")] * 3)
    ledger.append(attended(*(f"party-{number}" for number in range(1_200)), meeting="m2"))
    assert stored(ledger) == ledger.head == 1_207
    assert not ledger.view("membership").progress.built
    assert ledger.check("attendance") == []
    assert [row.party for row in ledger.view("attendance").rows(meeting="m1")] == ["bi", "ke", "tz"]


def test_opening_brings_the_view_up(address: str) -> None:
    """What was recorded by others before is in the view once the ledger is open."""
    if address == "sqlite://":
        pytest.skip("a database in memory is gone when it is closed")
    with Ledger.open(address) as ledger:
        ledger.append(attended("ke", "ug"))
    with Ledger.open(address, project=["attendance"]) as ledger:
        assert stored(ledger) == 2


def test_what_is_no_view_is_refused_at_once(address: str) -> None:
    """A slip of the pen is told when the ledger is opened."""
    with pytest.raises(UnknownView, match="'attendance'"):
        Ledger.open(address, project=["attendence"])


def test_an_append_keeps_its_contract(ledger: Ledger) -> None:
    """Twice is once, a wrong expectation is refused, a rehearsal leaves no trace in the view."""
    event = NewEvent(attended("ke")[0])
    first, again = ledger.append([event]), ledger.append([event])
    assert (first[0].appended, again[0].appended) == (True, False)
    assert (first[0].position, again[0].position, stored(ledger)) == (1, 1, 1)
    with pytest.raises(WrongExpectedVersion):
        ledger.append(attended("ug"), expected_version=NO_STREAM)
    ledger.append(attended("ug"), rehearse=True)
    assert (ledger.head, stored(ledger)) == (1, 1)
    ledger.append(attended("tz"))
    assert ledger.check("attendance") == []


def test_what_others_appended_is_caught_up_with(ledger: Ledger) -> None:
    """A view that stands before the old head is brought up after the append, not within it."""
    Log(ledger._database).append(attended("ke", "ug"), actor="another program")  # noqa: SLF001
    ledger.append(attended("tz"))
    assert stored(ledger) == 3
    assert ledger.check("attendance") == []


@pytest.mark.parametrize("where", [{"in_key": "poison"}, {"in_fold": "poison"}], ids=str)
def test_an_event_that_a_view_cannot_take_is_appended(
    log: Log, where: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view stops before it, its good prefix applied; the append and other views go on."""
    touchy, sound = Engine(log.database, Touchy(**where)), Engine(log.database, Attendance())
    for engine in (touchy, sound):
        engine.catch_up()

    def append(*names: str) -> None:
        with alongside([touchy, sound]) as then:
            log.append(attended(*names), actor="a", then=then)

    append("ke", "ug", "poison", "tz")
    assert log.head().size == 4
    assert (touchy.progress().position, sound.progress().position) == (2, 4)
    assert "event 3, attendance-recorded: RuntimeError" in str(touchy.progress().stopped)
    # A view that is stopped costs no append anything.
    monkeypatch.setattr(touchy.keeper, "turn", None)
    append("bi")
    assert (touchy.progress().position, sound.progress().position) == (2, 5)
    assert parties(touchy) == ["ke", "ug"]
    mended = Engine(log.database, Touchy())
    assert mended.catch_up().position == 5
    assert mended.check() == sound.check() == []


def test_a_failed_append_leaves_nothing_behind(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a transaction took back is in no view, and in nothing that a view keeps in memory."""
    engine = Engine(log.database, Attendance())
    log.append(attended("ke"), actor="a")
    engine.catch_up()
    monkeypatch.setattr("ledger.log.patience.PATIENCE", 0)

    def fail(connection: Connection, before: int) -> None:
        assert engine.keeper.join(connection, before)
        raise Interrupted("lakes", "the connection was lost")

    with pytest.raises(Interrupted), alongside([engine]):
        log.append(attended("ke", "ug"), actor="a", then=fail)
    assert (log.head().size, engine.progress().position) == (1, 1)
    assert vars(engine.keeper)["_kept"] == {}
    with alongside([engine]) as then:
        log.append(attended("ug", "ke", "tz"), actor="a", then=then)
    assert engine.progress().position == 4
    assert engine.check() == []


def test_whatever_goes_wrong_with_a_view_does_not_fail_the_append(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the database in the view's part is taken back alone; the view catches up."""
    engine = Engine(log.database, Attendance())
    log.append(attended("ke"), actor="a")
    engine.catch_up()
    turn = Keeper.turn

    def broken(keeper: Keeper, connection: Connection, *arguments: Any) -> Any:
        turn(keeper, connection, *arguments)
        connection.exec_driver_sql("INSERT INTO no_such_table VALUES (1)")

    with alongside([engine]) as then, monkeypatch.context() as patch:
        patch.setattr(Keeper, "turn", broken)
        log.append(attended("ug"), actor="a", then=then)
        assert engine.progress().position == 1
    assert log.head().size == 2
    assert engine.progress().position == 2
    assert engine.check() == []


@pytest.mark.parametrize("address", ["file", "postgres"], indirect=True)
def test_many_writers_and_a_worker_keep_one_view(address: str) -> None:
    """Writers that project as they append, one that does not, and a worker leave a sound view."""
    Database.open(address, create=True).close()
    errors: list[BaseException] = []
    stop = threading.Event()

    def write(number: int) -> None:
        try:
            project = ["attendance"] if number else []
            with Ledger.open(address, project=project) as ledger:
                for index in range(12):
                    ledger.append(attended(f"p-{number}-{index}", f"p-{index}"))
        except BaseException as error:  # noqa: BLE001 - a thread cannot raise
            errors.append(error)

    def work() -> None:
        with Ledger.open(address) as ledger:
            list(ledger.keep_up("attendance", stop=stop))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    worker = threading.Thread(target=work)
    for thread in (worker, *threads):
        thread.start()
    for thread in threads:
        thread.join(120)
    stop.set()
    worker.join(60)
    assert errors == []
    with Ledger.open(address) as ledger:
        ledger.project("attendance")
        assert (ledger.head, stored(ledger)) == (96, 96)
        assert ledger.check("attendance") == []


@pytest.mark.parametrize("address", ["postgres"], indirect=True)
def test_no_append_waits_for_a_worker(ledger: Ledger, address: str) -> None:
    """While somebody else is at the view, an append goes through, and the view follows later."""
    ledger.record(*attended("ke"))
    joined: list[bool] = []
    with closing(Database.open(address, create=False)) as database:
        engine = Engine(database, Attendance())

        def join(connection: Connection, before: int) -> None:
            joined.append(engine.keeper.join(connection, before))

        with closing(Database.open(address, create=False)) as other, other.writing(VIEW):
            Log(database).append(attended("ug"), actor="a", then=join)
        assert (joined, ledger.head, stored(ledger)) == ([False], 2, 1)
        assert engine.catch_up().position == 2

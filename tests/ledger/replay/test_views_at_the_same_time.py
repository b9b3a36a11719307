"""One view, kept by several programs at once on PostgreSQL: it is what one alone would make it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count

import pytest

from ledger.errors import ViewGone
from ledger.events import AttendanceRecorded, EventRetracted
from ledger.log import Database, Log, NewEvent
from ledger.replay.engine import Engine
from ledger.replay.query import Question
from projections.attendance import Attendance
from tests.ledger.log.stored import rows
from tests.world import event_id

SIZE = 120


@pytest.fixture
def engine(postgres_ledger: str) -> Iterator[Engine]:
    """A view that has read nothing yet of a log of some events."""
    with closing(Database.open(postgres_ledger, create=False)) as database:
        log = Log(database)
        for start in range(0, SIZE, 40):
            log.append(batch(start, 40), actor="desk-1")
        yield Engine(database, Attendance())


def batch(start: int, size: int) -> list[NewEvent]:
    """Give some attendances, some of them retracted."""
    events: list[NewEvent] = []
    for n in range(start, start + size):
        attended = AttendanceRecorded(meeting=f"meeting-{n % 5}", party=f"p-{n % 7}")
        retracted = EventRetracted(target=event_id(n - 3))
        events.append(NewEvent(retracted if n % 10 == 9 else attended, event_id(n)))
    return events


def at_once(address: str, *acts: Callable[[Engine], object]) -> None:
    """Let each act have an engine of its own, all at the same time; any error is raised."""
    errors: list[BaseException] = []
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[Engine], object]) -> None:
        try:
            with closing(Database.open(address, create=False)) as database:
                ready.wait()
                act(Engine(database, Attendance()))
        except BaseException as error:  # noqa: BLE001 - a thread cannot raise
            errors.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_two_that_catch_up_count_each_event_once(engine: Engine, postgres_ledger: str) -> None:
    """Catching up at the same time, from the beginning and later, leaves what a rebuild gives."""

    def append(other: Engine) -> None:
        for start in range(SIZE, SIZE + 40, 5):
            Log(other.database).append(batch(start, 5), actor="desk-1")

    catch_up = [lambda e, page=page: e.catch_up(page=page) for page in (3, 4, 7)]
    at_once(postgres_ledger, *catch_up)
    assert engine.check() == []
    at_once(postgres_ledger, *catch_up, append)
    assert engine.catch_up().position == SIZE + 40
    assert engine.check() == engine.rebuild() == []


def test_two_that_rebuild_do_not_spoil_each_others_work(
    engine: Engine, postgres_ledger: str
) -> None:
    """Rebuilding, checking and catching up at the same time is no error, and nothing drifts."""
    engine.catch_up()
    before = rows(engine.database, "SELECT * FROM view_attendance ORDER BY 1, 2, known_from")
    at_once(
        postgres_ledger,
        lambda e: e.rebuild(page=9),
        lambda e: e.rebuild(page=11),
        lambda e: e.check(page=13),
        lambda e: e.catch_up(page=3),
    )
    after = rows(engine.database, "SELECT * FROM view_attendance ORDER BY 1, 2, known_from")
    assert after == before
    assert engine.check() == []


def test_a_question_is_answered_whole_while_the_view_is_rebuilt(
    engine: Engine, postgres_ledger: str
) -> None:
    """Whoever asks during rebuilds gets every row, each time."""
    engine.catch_up()
    expected = engine.ask(Question()).known
    done = threading.Event()

    def rebuild(other: Engine) -> None:
        try:
            for _ in range(4):
                assert other.rebuild(page=50) == []
        finally:
            done.set()

    def ask(other: Engine) -> None:
        while not done.is_set():
            answer = other.ask(Question())
            assert (answer.known_at, answer.known) == (SIZE, expected)

    at_once(postgres_ledger, rebuild, ask, ask)


def test_a_rebuild_waits_for_a_question_that_has_begun(
    engine: Engine, postgres_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table takes no other's place between a question's look at the mark and at the rows."""
    engine.catch_up()
    expected = engine.ask(Question()).known
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    rebuilds: list[threading.Thread] = []
    look = engine.keeper.need  # the moment between the two looks

    def look_and_be_slow(*arguments: object) -> object:
        mark = look(*arguments)  # type: ignore[arg-type]
        if not rebuilds:
            rebuild = threading.Thread(
                target=at_once, args=(postgres_ledger, lambda e: e.rebuild(page=50))
            )
            rebuilds.append(rebuild)
            rebuild.start()
            for _ in count():
                rebuild.join(0.01)
                if not rebuild.is_alive() or rows(engine.database, waiting)[0][0]:
                    break
        return mark

    monkeypatch.setattr(engine.keeper, "need", look_and_be_slow)
    answer = engine.ask(Question())
    rebuilds[0].join()
    assert answer.known == expected


def test_a_view_whose_table_was_dropped_is_gone(engine: Engine) -> None:
    """Asking a view that has no table is an error of ours, and catching up builds it anew."""
    engine.catch_up()
    expected = engine.ask(Question()).known
    with engine.database.writing("view_attendance") as connection:
        connection.exec_driver_sql("DROP TABLE view_attendance CASCADE")
    with pytest.raises(ViewGone):
        engine.ask(Question())
    engine.catch_up()
    assert engine.ask(Question()).known == expected

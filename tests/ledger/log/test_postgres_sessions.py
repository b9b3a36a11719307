"""Sessions end, hang, and are shared by a pooler: a writer goes on, or is told, and never hangs."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import errors as refused
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from ledger import Condition, Ledger
from ledger.errors import Interrupted
from ledger.events import AttendanceRecorded, MeetingConvened, Person, PersonalDataErased
from ledger.log import Database, Log, NewEvent
from ledger.log.manners import Writer
from ledger.log.postgres import LIMITS, PostgreSQL
from tests.pooler import Pooler
from tests.postgres import Cluster

MEETING = MeetingConvened(meeting="lakes-1")
HEADED = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="A. N. Other"))

both_ways = pytest.mark.parametrize("size", [1, 30], ids=["brief", "long"])


@pytest.fixture
def log(postgres_ledger: str) -> Iterator[Log]:
    """An empty log on a server."""
    with closing(Database.open(postgres_ledger, create=False)) as database:
        yield Log(database)


@pytest.fixture
def holder(postgres_ledger: str) -> Iterator[psycopg.Connection]:
    """Somebody who holds the head."""
    address = postgres_ledger.replace("+psycopg", "")
    with closing(psycopg.connect(address)) as connection:
        connection.execute("SELECT FROM log_head FOR UPDATE")
        yield connection


# ------------------------------------------------------------------------------ held and hanging


@both_ways
def test_a_writer_that_is_kept_waiting_is_told(
    log: Log, holder: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Whoever waits for the head gets an answer; when it is free, the same batch goes through."""
    monkeypatch.setitem(LIMITS, "lock_timeout", "50ms")
    monkeypatch.setattr("ledger.log.patience.PATIENCE", 0)
    with pytest.raises(Interrupted, match="lock timeout") as error:
        log.append([MEETING] * size, actor="desk-1")
    holder.rollback()
    assert log.append(error.value.events, actor="desk-1")[-1].position == size


@both_ways
def test_a_writer_that_is_kept_waiting_tries_again_by_itself(
    log: Log, holder: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A wait that ends within a writer's patience goes unnoticed."""
    monkeypatch.setitem(LIMITS, "lock_timeout", "50ms")
    monkeypatch.setattr("ledger.log.patience.time.sleep", lambda _: holder.rollback())
    assert log.append([MEETING] * size, actor="desk-1")[-1].position == size


@both_ways
def test_a_writer_that_says_nothing_more_lets_the_head_go(
    log: Log, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The server ends whoever holds the head without a word: the next writer goes on."""

    def hang(writer: Writer) -> None:
        with monkeypatch.context() as patched:
            patched.setitem(LIMITS, "idle_in_transaction_session_timeout", "50ms")
            writer.look((), ())
        assert log.append([MEETING], actor="desk-1")[0].position == 1
        writer.look((), ())

    def hang_briefly() -> None:
        with log.database.appending_briefly() as writer:
            hang(writer)

    def hang_long() -> None:
        with log.database.appending() as (_, writer):
            hang(writer)

    with pytest.raises(Interrupted):
        (hang_briefly if size == 1 else hang_long)()
    assert log.head().size == 1


def test_the_limits_hold_for_the_transaction_alone(log: Log) -> None:
    """A writer has its limits while it holds the head; the session is then as it was."""
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "tcp_keepalives_idle")

    def settings() -> list[str]:
        return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]

    with log.database.reading() as connection:
        before = settings()
    with log.database.appending() as (connection, writer):
        writer.look((), ())
        assert settings() == ["10s", "1min", "10"]
    with log.database.reading() as connection:
        assert settings() == before


@pytest.mark.parametrize(
    ("query", "patience"), [("", "30000"), ("?tcp_user_timeout=5000&connect_timeout=3", "5000")]
)
def test_a_server_that_is_gone_is_noticed(postgres_ledger: str, query: str, patience: str) -> None:
    """A connection that nobody acknowledges ends in half a minute, or when the address says."""
    with (
        closing(Database.open(postgres_ledger + query, create=False)) as database,
        database.reading() as connection,
    ):
        driver: Any = connection.connection.driver_connection
        told = driver.info.get_parameters()
    wanted = {"tcp_user_timeout": patience, "keepalives_idle": "10", "keepalives_count": "4"}
    assert wanted.items() <= told.items()
    assert told["connect_timeout"] == ("3" if query else "10")
    assert told["application_name"] == "proceedings"


# ------------------------------------------------------------------------------------- ended


def test_a_session_that_was_ended_while_idle_goes_unnoticed(
    postgres: Cluster, postgres_ledger: str
) -> None:
    """Where the server ends idle sessions, the next question or append has another."""
    hurried = f"{postgres_ledger}?options=-cidle_session_timeout%3D50ms"
    with Ledger.open(hurried) as ledger, postgres.connect() as somebody:

        def nobody_is_left() -> None:
            name = postgres_ledger.rpartition("/")[2]
            there = "SELECT FROM pg_stat_activity WHERE datname = %s"
            while somebody.execute(there, (name,)).fetchone() is not None:
                time.sleep(0.01)

        nobody_is_left()
        assert ledger.record(MEETING).position == 1
        nobody_is_left()
        assert ledger.head == 1
        nobody_is_left()
        assert [event.event for event in ledger.read()] == [MEETING]
        nobody_is_left()
        assert ledger.append([MEETING] * 30)[-1].position == 31


def test_a_session_that_ends_at_this_moment_is_tried_again() -> None:
    """That a session was idle for too long is an outage, and no answer."""
    assert PostgreSQL().failure(refused.IdleSessionTimeout()) is Interrupted


# ------------------------------------------------------------------------------------ pooled


def test_a_pooler_in_transaction_mode_is_all_the_same(postgres_ledger: str) -> None:
    """Every transaction in another session than the last: the log and the views are the same."""
    with Pooler(postgres_ledger) as pooler, Ledger.open(pooler.address) as ledger:
        target = NewEvent(HEADED)
        ledger.append([target])
        for number in range(1, 7):
            assert ledger.record(MEETING).position == 1 + 32 * number - 31
            ledger.append([MEETING] * 30)
            seen = Condition(ledger.head, ("party:ke",))
            ledger.record(MEETING, condition=seen)
            assert len(list(ledger.read(types=["meeting-convened"]))) == 32 * number
        ledger.project("attendance")
        ledger.record(PersonalDataErased(target=target.event_id))
        assert [event.position for event in ledger.follow(silence=0)] == [*range(1, 195)]
        assert ledger.verify().intact
        assert ledger.check("attendance") == []
        assert pooler.transactions > 60


def test_sessions_that_end_whenever_one_is_taken_are_an_outage(log: Log) -> None:
    """Whoever is given an ended session, and another in its place, is not told of a mistake."""

    def ended(*_: Any) -> None:
        raise DisconnectionError

    engine = log.database.engine
    event.listen(engine, "checkout", ended)
    with pytest.raises(Interrupted), log.database.reading():
        pass
    event.remove(engine, "checkout", ended)
    assert log.head().size == 0

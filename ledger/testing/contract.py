"""What every log promises, whatever its database: for whoever writes another engine.

    class TestOurEngine(LogContract):
        @pytest.fixture
        def database(self):
            with closing(Database(url, OurManners())) as database:
                database.expect_ledger(create=True)
                yield database

That is all: pytest runs the contract on it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from sqlalchemy import select

from ledger.errors import (
    ConditionFailed,
    EventIdTaken,
    Interrupted,
    PastTheHead,
    UnknownEvent,
    UnknownTarget,
    Unreachable,
    WrongExpectedVersion,
    WrongTarget,
)
from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    Person,
    PersonalDataErased,
)
from ledger.integrity import EMPTY_ROOT, root_of, salted_hash
from ledger.log import (
    NO_STREAM,
    Condition,
    Conditions,
    Database,
    Log,
    NewEvent,
    RecordedEvent,
    patience,
)
from ledger.schema.tables import log_events, log_private

_ACTOR = "contract"
_LONG = 20.0
"""Seconds without news after which a follower is given up."""
_TARGET = "11111111-1111-4111-8111-111111111111"
_CONVENED = MeetingConvened(meeting="lakes-1", group="lakes")
_HEADED = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="Somebody Else"))


class _Clock:
    """A clock that the contract sets."""

    now = datetime(2026, 11, 23, 17, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the moment."""
        return self.now


class LogContract:
    """The promises of a log; a subclass gives `database`, that of an empty ledger."""

    @pytest.fixture
    def clock(self) -> _Clock:
        """A clock that stands still until it is set."""
        return _Clock()

    @pytest.fixture
    def log(self, database: Database, clock: _Clock) -> Log:
        """An empty log."""
        return Log(database, clock=clock)

    @pytest.fixture
    def told(self, log: Log) -> Log:
        """A log of a meeting and two who attended, the second of another meeting."""
        other = AttendanceRecorded(meeting="coast-1", party="tz")
        log.append([_CONVENED, NewEvent(_HEADED, _TARGET), other], actor=_ACTOR)
        return log

    # ------------------------------------------------------------------------------- order

    def test_an_empty_log_has_no_event_and_the_empty_root(self, log: Log) -> None:
        """Before the first event the log ends at position 0."""
        head = log.head()
        assert (head.size, head.root, head.recorded_at) == (0, EMPTY_ROOT, None)
        assert list(log.read()) == []
        assert log.append([], actor=_ACTOR) == []

    def test_positions_have_no_gap(self, log: Log) -> None:
        """Positions count the log, versions the stream, and batches short or long leave no gap."""
        for size in (1, 2, 300, 1):
            log.append([_CONVENED] * size, actor=_ACTOR)
        places = [(event.position, event.version) for event in log.read()]
        assert places == [(n, n) for n in range(1, 305)]
        assert [event.batch for event in log.read()] == [1, 2, 2, *[4] * 300, 304]

    def test_threads_leave_no_gap_and_lose_nothing(self, log: Log) -> None:
        """Writers at once take their places one by one."""

        def write(number: int) -> list[int]:
            party = AttendanceRecorded(meeting=f"meeting-{number}", party="ke")
            return [log.append([party] * 2, actor=_ACTOR)[1].position for _ in range(5)]

        with ThreadPoolExecutor(4) as pool:
            taken = sorted(position for some in pool.map(write, range(4)) for position in some)
        assert taken == list(range(2, 41, 2))
        assert [event.position for event in log.read()] == list(range(1, 41))
        assert log.head().root == root_of(_leaves(log))

    def test_recorded_time_never_falls(self, log: Log, clock: _Clock) -> None:
        """A clock that goes back changes no order, and a moment names the last position by then."""
        start = clock.now
        for minutes in (0, 5, -60, 7):
            clock.now = start + timedelta(minutes=minutes)
            log.append([_CONVENED, _CONVENED], actor=_ACTOR)
        times = [datetime.fromisoformat(event.recorded_at) for event in log.read()]
        assert all(one <= other for one, other in pairwise(times))
        moments = [start + timedelta(minutes=minutes) for minutes in (-1, 0, 4, 5, 6, 7, 8)]
        reached = [log.position_at(moment) for moment in moments]
        assert reached == [0, 2, 2, 6, 6, 8, 8]

    # ----------------------------------------------------------------------- all or nothing

    def test_a_batch_is_recorded_whole_or_not_at_all(self, told: Log) -> None:
        """A refusal anywhere in a batch, and a rehearsal, leave the log as it was."""
        before = told.head()
        receipts = told.append([_CONVENED, _CONVENED], actor=_ACTOR, rehearse=True)
        assert [receipt.position for receipt in receipts] == [4, 5]
        unknown, taken = EventRetracted(target=str(uuid.uuid4())), NewEvent(_CONVENED, _TARGET)
        for wrong in (unknown, taken):
            with pytest.raises((UnknownTarget, EventIdTaken)):
                told.append([_CONVENED, wrong], actor=_ACTOR)
        assert told.head() == before
        assert told.append([_CONVENED], actor=_ACTOR)[0].position == 4

    def test_an_event_is_recorded_once(self, told: Log) -> None:
        """The same id and content is answered with the first receipt; other content is refused."""
        before = told.head()
        for some in ([NewEvent(_HEADED, _TARGET)], [NewEvent(_HEADED, _TARGET)] * 30):
            again = told.append(some, actor="somebody-else")
            assert {(receipt.position, receipt.appended) for receipt in again} == {(2, False)}
        other = _HEADED.model_copy(update={"head": Person(name="Nobody")})
        with pytest.raises(EventIdTaken) as refusal:
            told.append([NewEvent(other, _TARGET)], actor=_ACTOR)
        assert (refusal.value.event_id, refusal.value.position) == (_TARGET, 2)
        assert told.head() == before

    def test_a_writer_says_at_which_version_a_stream_is(self, told: Log) -> None:
        """An expected version that is not the stream's is refused, whichever way it is wrong."""
        for wrong in (NO_STREAM, 1, 3):
            with pytest.raises(WrongExpectedVersion) as refusal:
                told.append([_CONVENED], actor=_ACTOR, expected_version=wrong)
            assert (refusal.value.expected, refusal.value.found) == (wrong, 2)
        receipt = told.append([_CONVENED], actor=_ACTOR, expected_version=2)[0]
        assert (receipt.position, receipt.version) == (4, 3)
        fresh = MeetingConvened(meeting="new-1")
        assert told.append([fresh], actor=_ACTOR, expected_version=NO_STREAM)[0].version == 1

    def test_a_writer_says_what_must_not_have_been_recorded(self, told: Log) -> None:
        """A condition fails for an event about all its subjects and of its types, and no other."""
        kind = "attendance-recorded"
        with pytest.raises(ConditionFailed) as refusal:
            told.append([_CONVENED], actor=_ACTOR, condition=Condition(1, ("party:ke",), (kind,)))
        assert (refusal.value.position, refusal.value.type) == (2, kind)
        holding = [
            Condition(2, ("party:ke",)),
            Condition(0, ("party:ke", "party:tz")),
            Condition(1, ("party:ke",), ("meeting-convened",)),
        ]
        assert told.append([_CONVENED], actor=_ACTOR, condition=holding)[0].position == 4

    def test_of_two_writers_with_one_belief_one_is_refused(self, log: Log) -> None:
        """Of many that expect the same version at once, one appends."""

        def attempt(_: int) -> bool:
            try:
                log.append([_CONVENED], actor=_ACTOR, expected_version=NO_STREAM)
            except WrongExpectedVersion:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]
        assert log.head().size == 1

    # ----------------------------------------------------------------------------- reading

    def test_events_are_found_by_what_they_are_about(self, told: Log) -> None:
        """By type, stream, subject and position, alone or together, in order."""
        attended = {"attendance-recorded"}
        assert _positions(told.read(types=attended)) == [2, 3]
        assert _positions(told.read(stream="meeting-lakes-1")) == [1, 2]
        assert _positions(told.read(subject="party:tz")) == [3]
        assert _positions(told.read(subject="party:t")) == []
        assert _positions(told.read(after=1, until=2)) == [2]
        assert _positions(told.read(types=attended, subject="meeting:lakes-1", after=1)) == [2]
        assert _positions(told.read(types=())) == []

    def test_what_no_log_can_have_is_not_there(self, told: Log) -> None:
        """What is no text to a database, or past any other position, is no error to readers."""
        for text in ("a\0b", "meeting-lakes-1\0", "\ud800"):
            assert _positions(told.read(subject=text)) == []
            assert _positions(told.read(stream=text)) == []
            assert _positions(told.read(types=(text, "meeting-convened"))) == [1]
            condition = Condition(0, (text,))
            assert told.append([_CONVENED], actor=_ACTOR, condition=condition, rehearse=True)
        for far in (2**63 - 1, 2**63, 10**30):
            assert _positions(told.read(after=far)) == []
            assert _positions(told.read(after=far, until=2 * far)) == []
            with pytest.raises(PastTheHead):
                told.follow(after=far, silence=0)
            assert _positions(told.read(after=-far, until=far)) == [1, 2, 3]
            assert _positions(told.follow(after=-far, silence=0)) == [1, 2, 3]
        for name in ("a\0b", f"{_TARGET}\0", "\ud800", -1, 2**63, -(2**63) - 1, 10**30):
            with pytest.raises(UnknownEvent):
                told.event(name)

    def test_an_event_reads_back_as_it_was_recorded(self, told: Log) -> None:
        """With its private text, under its position and under its id; others are not there."""
        for name in (2, _TARGET):
            found = told.event(name)
            assert (found.position, found.event_id, found.event) == (2, _TARGET, _HEADED)
        for name in (0, 4, str(uuid.uuid4())):
            with pytest.raises(UnknownEvent):
                told.event(name)

    def test_texts_come_back_as_they_are(self, log: Log) -> None:
        """No letter, mark or escape is lost or taken for another, and order is by bytes."""
        odd = ["سلامٌ", "q\u0301", "\u00e9", "\U0001f1f0", '"\\%s\\n', "it's", "a\u0001\u2028b", "É"]
        events = [_CONVENED.model_copy(update={"place": text}) for text in odd]
        log.append(events * 10, actor=_ACTOR)
        assert [recorded.event for recorded in log.read()] == events * 10

    def test_a_follower_gets_each_event_once(self, told: Log) -> None:
        """What is there, then what is recorded while it follows, in order."""
        followed: Iterator[RecordedEvent] = told.follow(after=1, silence=0.2)
        assert next(followed).position == 2
        told.append([_CONVENED] * 3, actor=_ACTOR)
        assert _positions(followed) == [3, 4, 5, 6]

    def test_a_follower_beside_writers_misses_nothing(self, log: Log) -> None:
        """While some write, batches short and long, each event comes once and in order."""
        batches = (1, 30, 2, 1, 25) * 2

        def write(number: int) -> None:
            party = AttendanceRecorded(meeting=f"meeting-{number}", party="ke")
            for size in batches:
                log.append([party] * size, actor=_ACTOR)

        total = 3 * sum(batches)
        # It ends by itself if something does not come.
        followed = islice(log.follow(silence=_LONG), total)
        with ThreadPoolExecutor(3) as pool:
            writing = [pool.submit(write, number) for number in range(3)]
            came = [(event.position, event.event_id) for event in followed]
            for one in writing:
                one.result()
        assert came == [(event.position, event.event_id) for event in log.read()]
        assert len(came) == total

    # ------------------------------------------------------------------------ lost answers

    @pytest.mark.parametrize(("size", "condition"), [(1, ()), (30, ()), (2, Condition(3))])
    def test_a_commit_whose_answer_is_lost_is_found_again(
        self, told: Log, monkeypatch: pytest.MonkeyPatch, size: int, condition: Conditions
    ) -> None:
        """The log sends the same ids again by itself, and what is there gets its receipts."""
        _lose_answers(monkeypatch, told.database, 2)
        receipts = told.append([_CONVENED] * size, actor=_ACTOR, condition=condition)
        places = [(receipt.position, receipt.appended) for receipt in receipts]
        assert places == [(3 + n, False) for n in range(1, size + 1)]
        assert [r.event_id for r in receipts] == [e.event_id for e in told.read(after=3)]

    @pytest.mark.parametrize("size", [1, 30])
    def test_whoever_is_told_of_a_lost_answer_sends_the_same_again(
        self, told: Log, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        """`Interrupted` carries the batch with its ids: appended again, it is there once."""
        monkeypatch.setattr(patience, "PATIENCE", 0)
        _lose_answers(monkeypatch, told.database, 1)
        with pytest.raises(Interrupted) as lost:
            told.append([_CONVENED] * size, actor=_ACTOR, expected_version=2)
        receipts = told.append(lost.value.events, actor=_ACTOR, expected_version=2)
        assert {receipt.appended for receipt in receipts} == {False}
        assert told.head().size == 3 + size

    # ------------------------------------------------------------------------------ hashes

    def test_the_root_is_of_all_leaves(self, log: Log) -> None:
        """Across and beyond the nodes that are kept, the root is RFC 6962's over all leaves."""
        for size in (1, 254, 1, 1, 260):
            log.append([_CONVENED] * size, actor=_ACTOR)
            assert log.head().root == root_of(_leaves(log))

    def test_what_is_hashed_is_what_is_stored(self, told: Log) -> None:
        """Salts, bodies and private texts come back as the bytes that were hashed."""
        e, p = log_events.c, log_private.c
        with told.database.reading() as connection:
            bodies = connection.execute(select(e.body_salt, e.body, e.body_hash)).all()
            private = connection.execute(
                select(p.salt, p.body, e.private_hash).where(p.position == e.position)
            ).all()
        assert (len(bodies), len(private)) == (3, 1)
        for salt, body, digest in (*bodies, *private):
            assert salted_hash(bytes(salt), body.encode()) == bytes(digest)

    # -------------------------------------------------------------------------- directives

    def test_a_directive_stands_in_its_targets_stream(self, told: Log) -> None:
        """Corrections and retractions are found by what their target is about."""
        corrected = EventCorrected(target=_TARGET, replacement=_HEADED)
        receipts = told.append([corrected, EventRetracted(target=_TARGET)], actor=_ACTOR)
        assert [(r.stream, r.version) for r in receipts] == [
            ("meeting-lakes-1", 3),
            ("meeting-lakes-1", 4),
        ]
        assert _positions(told.read(subject=f"event:{_TARGET}")) == [4, 5]
        assert _positions(told.read(subject="party:ke")) == [2, 4, 5]
        with pytest.raises(WrongTarget):
            told.append([EventCorrected(target=_TARGET, replacement=_CONVENED)], actor=_ACTOR)

    def test_an_erasure_takes_the_private_text_alone(self, told: Log) -> None:
        """The text is gone, the fact, its hash and the order stay; its receipt is still given."""
        leaves = _leaves(told)
        told.append([PersonalDataErased(target=_TARGET)], actor=_ACTOR)
        erased = told.event(_TARGET)
        assert (erased.private, erased.erased) == (None, True)
        assert "Somebody Else" not in repr((erased, erased.event))
        assert _leaves(told)[:3] == leaves
        assert told.append([NewEvent(_HEADED, _TARGET)], actor=_ACTOR)[0].position == 2
        assert told.event(_TARGET).private is None

    # ----------------------------------------------------------------------------- refusal

    @pytest.mark.parametrize("table", ["head", "events", "private", "subjects", "nodes"])
    def test_the_database_refuses_to_change_the_log(self, told: Log, table: str) -> None:
        """Plain SQL updates and deletes nothing that was recorded."""
        told.append([_CONVENED] * 260, actor=_ACTOR)
        column = {"head": "size", "nodes": "number"}.get(table, "position")
        before = told.head(), _leaves(told)
        for statement in (
            f"UPDATE log_{table} SET {column} = {column}",  # noqa: S608 - our own names
            f"DELETE FROM log_{table}",  # noqa: S608
        ):
            with pytest.raises(Unreachable), told.database.writing("log_head") as connection:
                connection.exec_driver_sql(statement)
        assert (told.head(), _leaves(told)) == before


def _lose_answers(monkeypatch: pytest.MonkeyPatch, database: Database, number: int) -> None:
    """Have some answers to a COMMIT lost on their way: what was committed is."""
    left = iter(range(number))

    def losing(opening: Callable[..., AbstractContextManager[Any]]) -> Callable[..., Any]:
        @contextmanager
        def opened(**options: bool) -> Generator[Any]:
            with opening(**options) as writer:
                yield writer
            if next(left, None) is not None:
                raise Interrupted(database.address, "the answer was lost")

        return opened

    for name in ("appending", "appending_briefly"):
        monkeypatch.setattr(database, name, losing(getattr(database, name)))


def _positions(events: Iterator[RecordedEvent]) -> list[int]:
    return [event.position for event in events]


def _leaves(log: Log) -> list[bytes]:
    """Return the hashes of all events, in order."""
    e = log_events.c
    with log.database.reading() as connection:
        return [
            bytes(leaf) for leaf in connection.scalars(select(e.leaf_hash).order_by(e.position))
        ]

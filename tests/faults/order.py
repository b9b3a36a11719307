"""Order under concurrency: writers on every append path beside a live reader.

Nothing missed, nothing doubled, nothing out of order. The same check finds out a log whose lock is
taken away: a head row that is read and not locked, a BEGIN that takes no lock, and places that are
given before the lock, as an identity column gives them.
"""

import itertools
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from ledger.api import Ledger
from ledger.errors import LedgerError
from ledger.log import Condition, Database, Log, Receipt
from ledger.log.database import database_url
from ledger.log.manners import Found, Manners, Rows, Writer
from ledger.log.postgres import PostgreSQL
from ledger.log.sqlite import SQLite
from ledger.schema.tables import log_head
from ledger.times import system_clock
from tests.faults.audit import settle
from tests.faults.drivers import Proceed, tap
from tests.faults.support import (
    KINDS,
    PATIENCE,
    POSTGRESQL,
    SQLITE,
    Batch,
    Child,
    Outcome,
    ledger_on,
    outcome,
    run,
)
from tests.postgres import Cluster

PATHS = ("plain", "expected_version", "condition", "record")
ROUNDS = 25
"""Batches of each writer."""
LAST = Batch(0xFFFF, 0, 0, 1)

UNLOCKED, DEFERRED, NUMBERED = "head not locked", "BEGIN deferred", "places given early"


class Cell(NamedTuple):
    """What is run at once."""

    kind: str
    writers: int
    size: int
    path: str
    broken: str = ""


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Let 4 and 16 writers append batches of 1 and of 20, on each path and kind of database."""
    grid = itertools.product(kinds, (4, 16), (1, 20), PATHS)
    return [ordered(Cell(*cell), rounds, cluster) for cell in grid]


def ordered(cell: Cell, rounds: int, cluster: Cluster | None = None) -> Outcome:
    """Let writers append beside a live reader; what is broken on purpose is found out."""
    name = f"order, {cell.writers}×{cell.size}, {cell.path}"
    with (
        ledger_on(cell.kind, cluster) as address,
        outcome(name, cell.kind, rounds) as found,
        closing(Database.open(address, create=False)) as database,
    ):
        _break(database, cell.broken)
        follower = Follower(address)
        follower.start()
        writers = [Child(_write, address, cell, number, rounds) for number in range(cell.writers)]
        acknowledged: list[Batch] = []
        stumbled = 0
        for writer in writers:
            found.expect(writer.end() == 0, "a writer did not end as it should")
            acknowledged += writer.batches()
            stumbled += sum(word == b"stumbled" for word in writer.heard)
        found.expect(
            len(acknowledged) == cell.writers * rounds,
            f"{len(acknowledged)} of {cell.writers * rounds} batches were taken",
        )
        found.expect(not stumbled, f"a writer was refused, or out of turn, {stumbled} times")
        if not cell.broken or cell.broken == DEFERRED:
            Log(database).append(LAST.events(), actor="last")
            audit = settle(found, database, [*acknowledged, LAST])
            follower.compare(found, audit.places)
        else:
            with database.reading() as connection:
                rows = connection.exec_driver_sql("SELECT event_id, position FROM log_events")
                there = dict(map(tuple, rows))
            follower.stop()
            follower.compare(found, there)
    return found


class Follower(threading.Thread):
    """Follows a log to the event that is its last, and keeps what came, in the order it came."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._database = Database.open(address, create=False)
        self._coming = Log(self._database).follow(silence=2.0)
        self._enough = threading.Event()
        self.heard: list[tuple[str, int]] = []
        self.ended = ""

    def run(self) -> None:
        """Follow, until the last event has come."""
        try:
            with closing(self._database):
                while True:
                    for event in self._coming:
                        self.heard.append((event.event_id, event.position))
                        if event.event_id == LAST.event_id(0):
                            return
                    if self._enough.is_set():
                        return
                    after = self.heard[-1][1] if self.heard else 0
                    self._coming = Log(self._database).follow(after=after, silence=1.0)
        except LedgerError as error:
            self.ended = f"{type(error).__name__}: {error}"

    def stop(self) -> None:
        """Let it end when nothing more comes."""
        self._enough.set()

    def compare(self, found: Outcome, there: dict[str, int]) -> None:
        """Wait for it to end, and compare what came with what is there."""
        self.join(PATIENCE)
        found.expect(not self.is_alive(), "the follower never came to the last event")
        found.expect(not self.ended, f"the follower ended: {self.ended}")
        positions = [position for _, position in self.heard]
        missed = set(there.items()) - set(self.heard)
        found.lost += len(missed)
        found.doubled += len(positions) - len(set(positions))
        reordered = sum(later <= earlier for earlier, later in itertools.pairwise(positions))
        found.expect(not reordered, f"{reordered} events came out of order")
        found.expect(not missed, f"the follower missed {len(missed)} events")


def _write(address: str, cell: Cell, number: int, rounds: int, pipe: Connection) -> None:
    url = database_url(address)
    manners = _Watched(SQLite(url) if cell.kind == SQLITE else PostgreSQL(), pipe, cell.broken)
    with closing(Database(url, _as_manners(manners))) as database:
        if cell.broken in (UNLOCKED, DEFERRED):
            tap(database, _without_lock)
        last: Receipt | None = None
        for count in range(rounds):
            batch = Batch(0, number, count, cell.size)
            try:
                last = _append(database, cell.path, batch, last)[-1]
            except LedgerError:
                pipe.send_bytes(b"refused")
            else:
                pipe.send_bytes(batch.told())


def _append(database: Database, path: str, batch: Batch, last: Receipt | None) -> list[Receipt]:
    events = batch.events()
    log = Log(database)
    match path:
        case "expected_version":
            return log.append(
                events, actor="desk", expected_version=last.version if last is not None else 0
            )
        case "condition":
            after = last.position if last is not None else 0
            condition = Condition(after, (f"meeting:{batch.stream.removeprefix('meeting-')}",))
            return log.append(events, actor="desk", condition=condition)
        case "record":
            ledger = Ledger(database, actor="desk", clock=system_clock)
            if batch.size > 1:
                return ledger.append(events)
            return [ledger.record(new.event, event_id=new.event_id) for new in events]
        case _:
            return log.append(events, actor="desk")


class _Watched:
    """Manners that tell of each error of the driver, even of one that is tried again."""

    def __init__(self, manners: Manners, pipe: Connection, broken: str) -> None:
        self._manners = manners
        self._pipe = pipe
        self._broken = broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manners, name)

    def failure(self, error: Exception) -> Any:
        """Tell, and say what the manners say."""
        kind = self._manners.failure(error)
        if kind is not None:
            self._pipe.send_bytes(b"stumbled")
        return kind

    @contextmanager
    def brief(self, engine: Any) -> Generator[Writer]:
        """Open a transaction; places given early need one that answers at once."""
        if self._broken == NUMBERED:
            with self._manners.writing(engine, log_head.name) as connection:
                yield self.writer(connection)
        else:
            with self._manners.brief(engine) as writer:
                yield writer

    def writer(self, connection: Any) -> Writer:
        """Return a writer, which may be broken."""
        writer = self._manners.writer(connection)
        return _Numbered(writer, connection) if self._broken == NUMBERED else writer


def _as_manners(watched: Any) -> Manners:
    manners: Manners = watched
    return manners


class _Numbered:
    """A writer that takes its place from a sequence, as an identity column does."""

    def __init__(self, writer: Writer, connection: Any) -> None:
        self._writer, self._connection = writer, connection

    def look(self, event_ids: Any, streams: Any) -> Found:
        """Take a place, and no lock."""
        del event_ids
        ask = self._connection.exec_driver_sql
        place = ask("SELECT nextval('places')").scalar_one()
        query = "SELECT stream, max(version) FROM log_events WHERE stream = ANY(%s) GROUP BY stream"
        versions = dict(map(tuple, ask(query, (list(streams),))))
        size = place - 1
        return Found(size, b"\0" * 32 * size.bit_count(), None, (), versions)

    def write(self, rows: Rows) -> None:
        """Write, as ever."""
        self._writer.write(rows)


def _without_lock(statement: str, proceed: Proceed) -> Any:
    return proceed(statement.replace(" FOR UPDATE", "").replace("BEGIN IMMEDIATE", "BEGIN"))


def _break(database: Database, broken: str) -> None:
    """Take out of a database what would stop a broken writer."""
    if broken != NUMBERED:
        return
    with database.writing("log_head") as connection:
        tables = ("log_events", "log_private", "log_subjects", "log_nodes", "log_head")
        for statement in (
            "CREATE SEQUENCE places",
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables),
        ):
            connection.exec_driver_sql(statement)


def without_the_lock(rounds: int, cluster: Cluster | None = None) -> Iterator[Outcome]:
    """Run what is broken on purpose; none of these may keep the promise."""
    for kind, broken in ((POSTGRESQL, UNLOCKED), (POSTGRESQL, NUMBERED), (SQLITE, DEFERRED)):
        yield ordered(Cell(kind, 4, 1, "plain", broken), rounds, cluster)


if __name__ == "__main__":
    run(main, ROUNDS)

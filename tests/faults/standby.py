"""The primary is lost and its standby promoted: nothing acknowledged is lost, and writers go on.

Writers know the addresses of both servers and ask for the one that can be written to; a follower
reads the standby, before its promotion and after. Either the primary is killed with -9 in the midst
of appends, or the standby is first, and the primary is killed after it went on alone for a while.
What a standby loses for which the primary does not wait is a figure here, and no failure.
"""

import itertools
import logging
import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection

from ledger.log import Database, Log
from tests.faults.audit import settle
from tests.faults.support import Batch, Child, Outcome, outcome, run
from tests.postgres import PATIENCE, Server

ROUNDS = 5
WRITERS = 3
SIZES = (1, 3, 20, 40)
LAST = 10**6  # the round of the batch that ends a follower
ALONE = 1.0  # for how many seconds the primary goes on without its standby
INSTANT = 0.1  # in which what the standby had confirmed reaches the writers
NAME = "proceedings"
ASYNC = "async"
FAULTS = {"primary killed": ("on", "remote_apply", ASYNC), "standby killed first": ("on", ASYNC)}
"""Fault → what the primary waits for: `synchronous_commit`, or not for the standby at all."""


class Standby(Server):
    """A copy of a server, which follows it and serves readers."""

    def __init__(self, primary: Server) -> None:
        # A promotion waits for the end of a pause in which the standby does not look for a primary.
        super().__init__({"wal_retrieve_retry_interval": "200ms"})
        self._primary = primary.url(drivername="postgresql")

    def make_data(self) -> None:
        """Copy the primary's data, and note where the rest will come from."""
        source = f"{self._primary}?application_name=standby_1"
        options = "--write-recovery-conf --checkpoint=fast --create-slot --slot=standby_1"
        self.run("pg_basebackup", *options.split(), "-d", source, "-D", str(self.data))


@dataclass
class Figures:
    """What was measured, in seconds, and counted; said as median and most."""

    promotions: list[float] = field(default_factory=list[float])
    pauses: list[float] = field(default_factory=list[float])
    """From the primary's end to a writer's next receipt."""
    lags: list[float] = field(default_factory=list[float])
    """From an event's recording to its being read on the standby."""
    batches: int = 0

    def __str__(self) -> str:
        """Say them in one line."""
        promoted, again = _seconds(self.promotions), _seconds(self.pauses)
        said = f"{self.batches:,} batches; promoted in {promoted}, receipts again after {again}"
        return f"{said}, followed after {_seconds(self.lags)}" if self.lags else said


def _seconds(measured: list[float]) -> str:
    return f"{statistics.median(measured):.2f}-{max(measured):.2f} s"


def main(rounds: int) -> list[Outcome]:
    """Lose a primary in each way, so many times."""
    return [_lose(fault, waits, rounds) for fault, modes in FAULTS.items() for waits in modes]


def _lose(fault: str, waits: str, rounds: int) -> Outcome:
    figures = Figures()
    with outcome(fault, waits, rounds) as found:
        for _ in range(rounds):
            with _pair(waits) as (primary, standby):
                _round(found, figures, primary, standby)
    found.note = str(figures)
    if waits == ASYNC:
        found.note = f"{found.lost:,} events acknowledged and lost; {found.note}"
        found.lost = 0
    return found


def _round(found: Outcome, figures: Figures, primary: Server, standby: Standby) -> None:
    ports = f"{primary.address.port},{standby.address.port}"
    whichever = f"host=127.0.0.1,127.0.0.1&port={ports}&target_session_attrs=read-write"
    applied = standby.url(NAME) if found.database == "remote_apply" else None
    follower = Child(_follow, standby.url(NAME))
    writers = [
        Child(_write, f"postgresql://postgres@/{NAME}?{whichever}", number, applied)
        for number in range(WRITERS)
    ]
    for writer in writers:
        for _ in range(40):
            writer.hear()
    alone, gone = found.fault == "standby killed first", time.monotonic()
    if alone:
        standby.kill()
        time.sleep(ALONE)
    primary.kill()
    killed = time.monotonic()
    if alone:
        standby.start()
    figures.promotions.append(_promote(standby))
    for writer in writers:
        while (said := writer.hear()) is not None and _moment(said) < killed:
            pass
        if said is None:
            found.wrong.append("a writer ended by itself")
        else:
            figures.pauses.append(_moment(said) - killed)
    for writer in writers:
        writer.kill()
        writer.end()
        stalled = found.database == ASYNC or not any(
            gone + INSTANT < _moment(said) < killed for said in writer.heard
        )
        found.expect(stalled, "a writer was given a receipt while there was no standby")
        found.expect(UNREAD not in writer.heard, "the standby did not have what it had applied")
    batches = [batch for writer in writers for batch in writer.batches()]
    figures.batches += len(batches)
    last = Batch(LAST, 0, 0, 1)
    with closing(Database.open(standby.url(NAME), create=False)) as database:
        Log(database).append(last.events(), actor="after")
        settle(found, database, [*batches, last])
    follower.end()
    found.expect(MISSED not in follower.heard, "a follower missed an event, or had it twice")
    if not alone:
        figures.lags += map(_moment, follower.heard)


@contextmanager
def _pair(waits: str) -> Iterator[tuple[Server, Standby]]:
    """A primary with a ledger, and its standby, for which it waits before it acknowledges."""
    with Server() as primary:
        Database.open(primary.create_database(NAME), create=True).close()
        with Standby(primary) as standby, primary.connect() as connection:
            if waits != ASYNC:
                connection.execute(f"ALTER SYSTEM SET synchronous_commit = {waits}".encode())
                connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby_1'")
                connection.execute("SELECT pg_reload_conf()")
            streams = (
                "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = %s"
            )
            state = "async" if waits == ASYNC else "sync"
            deadline = time.monotonic() + PATIENCE
            while connection.execute(streams, (state,)).fetchone() is None:
                if time.monotonic() > deadline:
                    raise TimeoutError(standby.log.read_text())
                time.sleep(0.01)
            connection.close()
            yield primary, standby


def _promote(standby: Standby) -> float:
    began = time.monotonic()
    with standby.connect() as connection:
        if connection.execute("SELECT pg_promote()").fetchone() != (True,):
            raise TimeoutError(standby.log.read_text())
    return time.monotonic() - began


UNREAD, MISSED = b"unread", b"missed"


def _moment(said: bytes) -> float:
    """When a receipt came, if that is what a message says."""
    try:
        return float(said)
    except ValueError:
        return 0.0


def _write(address: str, writer: int, applied: str | None, pipe: Connection) -> None:
    logging.disable()  # that connections break is meant
    log = Log(Database.open(address, create=False))
    standby = applied and Log(Database.open(applied, create=False))
    for count in itertools.count():
        batch = Batch(0, writer, count, SIZES[count % len(SIZES)])
        receipts = log.append(batch.events(), actor=f"desk-{writer}")
        pipe.send_bytes(batch.told())
        pipe.send_bytes(repr(time.monotonic()).encode())
        if standby and standby.head().size < receipts[-1].position:
            pipe.send_bytes(UNREAD)


def _follow(address: str, pipe: Connection) -> None:
    lags = list[float]()
    for recorded in Log(Database.open(address, create=False)).follow():
        if recorded.position != len(lags) + 1:
            pipe.send_bytes(MISSED)
        lags.append(
            (datetime.now(UTC) - datetime.fromisoformat(recorded.recorded_at)).total_seconds()
        )
        if Batch.of(recorded.event_id)[0].round == LAST:
            break
    pipe.send_bytes(repr(statistics.median(lags)).encode())


if __name__ == "__main__":
    run(main, ROUNDS)

"""How fast the log is beside its peers: `python -m tests.benchmarks.log`.

Append at 1, 100 and 1,000 events a commit, read decoded, and concurrent writers, on SQLite and on
PostgreSQL, every contender in turn in each round, so that a busy moment of the machine is shared.
Prints medians in events a second, and our ratio to each peer. The peers are the drivers alone,
which write the same content as JSON into one table with no hash and no index of subjects, and the
library `eventsourcing`, if it is installed (`pip install eventsourcing==9.5.6`).

    python -m tests.benchmarks.log [--rounds N] [--no-postgres]
"""

import argparse
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psycopg

from ledger.codec.stored import encode
from ledger.events import AttendanceRecorded, Event, PositionAdopted, Source, StatementDelivered
from ledger.log import Database, Log
from tests.postgres import Server

EVENTS = {1: 300, 100: 4_000, 1000: 10_000}
"""How many events a round appends, by events a commit."""
READ = 10_000
WRITERS = (1, 4, 16)


def proceedings(number: int) -> list[Event]:
    """Make events such as a report gives: who attended, what was said, what was adopted."""
    source = Source(document="lakes-1-report", language="en", edition="final")
    made: list[Event] = []
    for n in range(number):
        meeting, party = f"lakes-{n // 40}", f"{'abcdefgh'[n % 8]}{'klmnopqr'[n // 8 % 8]}"
        where: dict[str, Any] = {
            "source": source.at(f"¶{n % 60}"),
            "valid": f"2016-{1 + n % 12:02}-{1 + n % 28:02}",
            "group": "lakes",
            "meeting": meeting,
        }
        match n % 4:
            case 0 | 1:
                made.append(AttendanceRecorded(party=party, capacity="member", **where))
            case 2:
                said = {"en": f"{party} thanked the chair and spoke of the level of the lake. " * 6}
                made.append(
                    StatementDelivered(
                        statement=f"{meeting}-s{n}", speaker=party, summaries=said, **where
                    )
                )
            case _:
                text = {"en": "The group called upon all parties to share what they measure. " * 6}
                made.append(
                    PositionAdopted(
                        position=f"{meeting}-p{n}",
                        voice="meeting",
                        verb="calls-upon",
                        cites=["un-sc-res-822", "un-sc-res-853"],
                        summaries=text,
                        **where,
                    )
                )
    return made


class Contender:
    """Something that appends batches and reads them back."""

    name: str

    def prepare(self, events: Sequence[Event]) -> Sequence[Any]:
        """Return the events as it takes them."""
        return events

    def append(self, batch: Sequence[Any]) -> None:
        """Append a batch and commit."""
        raise NotImplementedError

    def read(self) -> int:
        """Read and decode everything; return how much there was."""
        raise NotImplementedError


class Ours(Contender):
    """This log."""

    def __init__(self, address: str) -> None:
        self.database = Database.open(address, create=True)
        self.name = "ours"
        self.log = Log(self.database)

    def append(self, batch: Sequence[Event]) -> None:
        self.log.append(batch, actor="bench")

    def read(self) -> int:
        return sum(1 for recorded in self.log.read() if recorded.event is not None)


def plain(events: Sequence[Event]) -> list[tuple[str, str, int, str, dict[str, Any]]]:
    """Return events as a writer of plain SQL has them: id, stream, version, type, content."""
    versions: dict[str, int] = {}
    made: list[Any] = []
    for event in events:
        encoded = encode(event)
        stream = f"{encoded.stream}-{uuid.uuid4()}"
        versions[stream] = versions.get(stream, 0) + 1
        content = event.model_dump(mode="json", exclude_defaults=True)
        made.append((str(uuid.uuid4()), stream, versions[stream], encoded.type, content))
    return made


TABLE = """CREATE TABLE IF NOT EXISTS events (
    position {key}, event_id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, version INTEGER NOT NULL,
    type TEXT NOT NULL, content TEXT NOT NULL, UNIQUE (stream, version))"""


class RawSQLite(Contender):
    """The driver alone, as durable as ours."""

    name = "sqlite3"

    def __init__(self, address: str) -> None:
        self.connection = sqlite3.connect(address, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(TABLE.format(key="INTEGER PRIMARY KEY"))

    def prepare(self, events: Sequence[Event]) -> Sequence[Any]:
        return plain(events)

    def append(self, batch: Sequence[Any]) -> None:
        rows = [(*row, orjson.dumps(content).decode()) for *row, content in batch]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(
            "INSERT INTO events (event_id, stream, version, type, content) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        self.connection.execute("COMMIT")

    def read(self) -> int:
        found = self.connection.execute("SELECT content FROM events ORDER BY position")
        return sum(1 for (content,) in found if orjson.loads(content))


class RawPostgres(Contender):
    """The driver alone, by COPY."""

    name = "psycopg COPY"

    def __init__(self, address: str) -> None:
        self.connection = psycopg.connect(address.replace("+psycopg", ""))
        self.connection.execute(TABLE.format(key="BIGSERIAL PRIMARY KEY"))
        self.connection.commit()

    def prepare(self, events: Sequence[Event]) -> Sequence[Any]:
        return plain(events)

    def append(self, batch: Sequence[Any]) -> None:
        statement = "COPY events (event_id, stream, version, type, content) FROM STDIN"
        with self.connection.cursor().copy(statement) as copy:
            for *row, content in batch:
                copy.write_row((*row, orjson.dumps(content).decode()))
        self.connection.commit()

    def read(self) -> int:
        with self.connection.cursor(name="reading") as cursor:
            cursor.itersize = 1000
            cursor.execute("SELECT content FROM events ORDER BY position")
            count = sum(1 for (content,) in cursor if orjson.loads(content))
        self.connection.commit()
        return count


try:
    from eventsourcing.application import Application
    from eventsourcing.domain import Aggregate
except ImportError:
    Application = None
else:

    @dataclass(frozen=True)
    class Recorded(Aggregate.Event):
        """An event as `eventsourcing` has it."""

        content: dict[str, Any]


class Eventsourcing(Contender):
    """The library of that name, through its event store."""

    name = "eventsourcing"

    def __init__(self, address: str) -> None:
        if address.startswith("postgresql"):
            url = psycopg.conninfo.conninfo_to_dict(address.replace("+psycopg", ""))
            env = {
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": str(url["dbname"]),
                "POSTGRES_HOST": str(url["host"]),
                "POSTGRES_PORT": str(url["port"]),
                "POSTGRES_USER": str(url["user"]),
                "POSTGRES_PASSWORD": "",
            }
        else:
            env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": address}
        self.app = Application[uuid.UUID](env=env)

    def prepare(self, events: Sequence[Event]) -> Sequence[Any]:
        return [
            Recorded(
                originator_id=uuid.uuid4(),
                originator_version=1,
                timestamp=Recorded.create_timestamp(),
                content=event.model_dump(mode="json", exclude_defaults=True),
            )
            for event in events
        ]

    def append(self, batch: Sequence[Any]) -> None:
        self.app.events.put(batch)

    def read(self) -> int:
        count, after = 0, 1
        while True:
            page = self.app.recorder.select_notifications(after, 1000)
            for notification in page:
                self.app.mapper.to_domain_event(notification)
                count += 1
            if len(page) < 1000:
                return count
            after = page[-1].id + 1


def contenders(databases: Callable[[str], str], raw: type[Contender]) -> list[Contender]:
    """Open every contender, each in a database of its own."""
    kinds: list[type[Any]] = [Ours, raw]
    if Application is None:
        print("eventsourcing is not installed: pip install eventsourcing==9.5.6 psycopg_pool")
    else:
        kinds.append(Eventsourcing)
    return [kind(databases(kind.__name__.lower())) for kind in kinds]


def race(rounds: int, those: Sequence[Contender]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the events a second of each contender, by what they did, in turns."""
    for size, number in EVENTS.items():
        taken: dict[str, list[float]] = {one.name: [] for one in those}
        for turn in range(rounds):
            for one in those[turn % len(those) :] + those[: turn % len(those)]:
                given = one.prepare(proceedings(number))
                batches = [given[at : at + size] for at in range(0, number, size)]
                began = time.perf_counter()
                for batch in batches:
                    one.append(batch)
                taken[one.name].append(number / (time.perf_counter() - began))
        yield f"append, {size:,} a commit", {n: statistics.median(t) for n, t in taken.items()}
    taken = {one.name: [] for one in those}
    for _ in range(rounds):
        for one in those:
            began = time.perf_counter()
            count = one.read()
            taken[one.name].append(count / (time.perf_counter() - began))
    yield "read, decoded", {name: statistics.median(times) for name, times in taken.items()}


def crowds(address: str) -> Iterator[tuple[str, float]]:
    """Yield the events a second that several writers reach together, one event a commit each."""
    for writers in WRITERS:
        logs = [Log(Database.open(address, create=False)) for _ in range(writers)]
        events = proceedings(1_200 // writers)
        barrier = threading.Barrier(writers + 1)

        def work(log: Log, events: Sequence[Event], barrier: threading.Barrier) -> None:
            barrier.wait()
            for event in events:
                log.append([event], actor="bench")

        threads = [threading.Thread(target=work, args=(log, events, barrier)) for log in logs]
        for thread in threads:
            thread.start()
        barrier.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        yield (
            f"{writers} writers, 1 a commit",
            writers * len(events) / (time.perf_counter() - began),
        )
        for log in logs:
            log.database.close()


def show(name: str, those: Sequence[Contender], rounds: int, address: str) -> None:
    """Run one database's races, and print them as they end."""
    peers = [one.name for one in those[1:]]
    print(f"\n{name:24}{'ours':>12}" + "".join(f"{peer:>16}  ratio" for peer in peers))
    for what, rates in race(rounds, those):
        line = "".join(
            f"{rates[peer]:16,.0f}  {rates['ours'] / rates[peer]:5.2f}" for peer in peers
        )
        print(f"{what:24}{rates['ours']:12,.0f}{line}", flush=True)
    for what, rate in crowds(address):
        print(f"{what:24}{rate:12,.0f}", flush=True)


def main() -> None:
    """Measure, and print a table for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--no-sqlite", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    if not options.no_sqlite:

        def file(name: str) -> str:
            return str(folder / f"{name}.db")

        show("SQLite", contenders(file, RawSQLite), options.rounds, file("ours"))
    if not options.no_postgres:
        with ExitStack() as stack:
            server = stack.enter_context(Server(durable=True))
            opened = contenders(server.create_database, RawPostgres)
            show("PostgreSQL", opened, options.rounds, server.url("ours"))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

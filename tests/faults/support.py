"""What the programs share: ledgers to spoil, batches that name themselves, children, outcomes."""

import argparse
import multiprocessing
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from ledger.events import AttendanceRecorded, Person
from ledger.log import Database, NewEvent
from tests.postgres import Cluster, Server

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
PATIENCE = 120.0  # seconds until a child that says nothing is an error

# A child is forked from a server that has everything imported: thousands of them are quick, and
# none inherits a thread, a lock or a connection of the program that asks for it.
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.faults.support", "ledger.api", "ledger.log.postgres"])


class Batch(NamedTuple):
    """Which batch an event belongs to; the ids of its events say it."""

    round: int
    writer: int
    number: int
    size: int

    def events(self) -> list[NewEvent]:
        """Its events: all of the writer's own stream, two of three with a private part."""
        return [
            NewEvent(
                AttendanceRecorded(
                    group="lakes",
                    meeting=f"lakes-{self.writer}",
                    party=f"party-{self.number}",
                    head=Person(name=f"Delegate {index}") if index % 3 else None,
                ),
                self.event_id(index),
            )
            for index in range(self.size)
        ]

    @property
    def stream(self) -> str:
        """The stream of all its events."""
        return f"meeting-lakes-{self.writer}"

    def event_id(self, index: int) -> str:
        """The id of its event of an index."""
        round_and_writer = f"{self.round:08x}-{self.writer:04x}"
        return f"{round_and_writer}-{self.size:04x}-{index:04x}-{self.number:012x}"

    @classmethod
    def of(cls, event_id: str) -> tuple["Batch", int]:
        """Read an event id: the batch, and the event's index in it."""
        round_, writer, size, index, number = (int(part, 16) for part in event_id.split("-"))
        return cls(round_, writer, number, size), index

    def told(self) -> bytes:
        """Say it, for a pipe."""
        return self.event_id(0).encode()


@dataclass
class Outcome:
    """What became of a program's rounds on one kind of database."""

    fault: str
    database: str
    rounds: int
    lost: int = 0
    """Events that were acknowledged and are not there, or that a follower missed."""
    doubled: int = 0
    """Events that are there, or came to a follower, more than once."""
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list[str])
    """Whatever else is not as promised."""
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.doubled or self.wrong)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what is wrong, if something does not hold."""
        if not holds:
            self.wrong.append(otherwise)


@contextmanager
def outcome(fault: str, kind: str, rounds: int) -> Iterator[Outcome]:
    """Measure how long a program's rounds take."""
    made = Outcome(fault, kind, rounds)
    started = time.monotonic()
    yield made
    made.seconds = time.monotonic() - started


@contextmanager
def ledger_on(kind: str, cluster: Cluster | None = None) -> Iterator[str]:
    """The address of a new ledger on a kind of database; a server is started if none is given."""
    with ExitStack() as stack:
        if kind == SQLITE:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-"))
            address = str(Path(folder) / "proceedings.db")
        else:
            server = stack.enter_context(Server()) if cluster is None else cluster
            name = f"faults_{uuid.uuid4().hex}"
            address = server.create_database(name)
            if cluster is not None:
                stack.callback(server.drop_database, name)
        Database.open(address, create=True).close()
        yield address


def chance(seed: str) -> random.Random:
    """Chance that can be had again."""
    return random.Random(seed)  # noqa: S311 - nothing secret is drawn


class Child:
    """A process of its own that tells what it did, one message at a time."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        ours, theirs = CHILDREN.Pipe(duplex=False)
        self._process = CHILDREN.Process(target=work, args=(*arguments, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe: Connection = ours
        self.heard: list[bytes] = []

    def hear(self) -> bytes | None:
        """Wait for its next message; None if it has ended."""
        if not self._pipe.poll(PATIENCE):
            raise TimeoutError(f"a child said nothing for {PATIENCE} s")
        try:
            message = self._pipe.recv_bytes()
        except EOFError:
            return None
        self.heard.append(message)
        return message

    def has_ended(self) -> bool:
        """Hear what it has said so far, and say whether that was its last."""
        while self._pipe.poll():
            if self.hear() is None:
                return True
        return False

    def kill(self) -> None:
        """Kill it with -9."""
        self._process.kill()

    def end(self) -> int:
        """Hear what it says until it ends, and return its exit code."""
        while self.hear() is not None:
            pass
        self._process.join(PATIENCE)
        code = self._process.exitcode
        self._pipe.close()
        self._process.close()
        return -1 if code is None else code

    def batches(self) -> list[Batch]:
        """The batches that it was given receipts for."""
        return [Batch.of(message.decode())[0] for message in self.heard if _names_event(message)]


def _names_event(message: bytes) -> bool:
    return len(message) == len(str(uuid.UUID(int=0))) and message.count(b"-") == 4


def run(main: Callable[[int], Sequence[Outcome]], rounds: int) -> None:
    """Run a program from the command line, print its table, and fail if a promise was broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=rounds)
    report(main(parser.parse_args().rounds))


def say(line: str) -> None:
    """Print a line."""
    print(line, flush=True)  # noqa: T201 - a program prints its table


def report(outcomes: Iterable[Outcome]) -> None:
    """Print a table; exit 1 if a promise was broken."""
    every = list(outcomes)
    say(f"{'fault':<34}{'database':<12}{'rounds':>7}{'lost':>6}{'doubled':>9}{'seconds':>9}  note")
    for one in every:
        figures = f"{one.rounds:>7}{one.lost:>6}{one.doubled:>9}{one.seconds:>9.1f}"
        say(f"{one.fault:<34}{one.database:<12}{figures}  {one.note}")
        for wrong in one.wrong[:10]:
            say(f"    {wrong}")
        if len(one.wrong) > 10:
            say(f"    … and {len(one.wrong) - 10} more")
    if not all(one.kept for one in every):
        raise SystemExit(1)

"""How fast views are built and answer: `python -m tests.benchmarks.views`.

Makes a ledger of a generated history (`ledger.testing.histories`) and measures, each in a process
of its own, so that its peak memory is its own: the rebuild of each view and of all, the catch-up of
the last tenth, questions with both times beside a replay for the same answer, and a key with many
facts beside as many keys with one. The peer is the library `eventsourcing`, if it is installed
(`pip install eventsourcing==9.5.6`), with the same events: its log read in pages into a dict of
aggregates, with no table, no history and no corrections, and its own exactly-once runner. What is
compared takes turns, on a fresh copy each time, so that a busy moment of the machine is shared.

    python -m tests.benchmarks.views [--events N…] [--views NAME…] [--rounds N] [--keep DIR]
                                     [--facts N] [--no-peer] [--no-questions] [--postgres]

With `--keep` the ledgers stay in a folder and are used again.
"""

import argparse
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from ledger.api import installed_projections
from ledger.testing.histories import history
from tests.postgres import Server

RUN = 5_000
"""How many events the peer's own runner is given: it commits for each."""
QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("membership", ("group", "party")),
    ("membership", ("group",)),
    ("attendance", ("meeting", "party")),
    ("attendance", ("group",)),
    ("positions", ("group",)),
)
ALL = "all views"
FOLD = "shared fold"
RUNNER = "its runner"


class TooLong(Exception):
    """A measurement did not end in time."""


def measure(name: str, *, patience: float | None = None, **given: Any) -> dict[str, Any]:
    """Measure something in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.measures", name, json.dumps(given)]
    try:
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, timeout=patience
        )
    except subprocess.TimeoutExpired as error:
        raise TooLong from error
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


class Place(Protocol):
    """Where databases are, by name."""

    kind: str

    def address(self, name: str) -> str:
        """Return the address of a database, there or yet to be made."""
        ...

    def made(self, name: str) -> bool:
        """Whether it was made, and whole."""
        ...

    def copy(self, name: str, to: str) -> str:
        """Copy a database that nobody uses, and return the copy's address."""
        ...

    def drop(self, name: str) -> None:
        """Drop a database, if it is there."""
        ...


class Folder:
    """SQLite files in a folder."""

    kind = "SQLite"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def address(self, name: str) -> str:
        return str(self._folder / f"{name}.db")

    def made(self, name: str) -> bool:
        return Path(self.address(name)).exists()

    def copy(self, name: str, to: str) -> str:
        self.drop(to)
        shutil.copyfile(self.address(name), self.address(to))
        return self.address(to)

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(self.address(name) + suffix).unlink(missing_ok=True)


class OnServer:
    """Databases on a PostgreSQL server of the benchmark's own."""

    kind = "PostgreSQL"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._made: set[str] = set()

    def address(self, name: str) -> str:
        if name not in self._made:
            self._made.add(name)
            self._server.create_database(name)
        return self._server.url(name)

    def made(self, name: str) -> bool:
        return name in self._made

    def copy(self, name: str, to: str) -> str:
        self.drop(to)
        self._made.add(to)
        return self._server.create_database(to, template=name)

    def drop(self, name: str) -> None:
        self._made.discard(name)
        self._server.drop_database(name)


class Bench:
    """One history in one kind of database: what is measured with it, and how it is printed."""

    def __init__(self, place: Place, events: int, options: argparse.Namespace) -> None:
        self._place = place
        self._events = events
        self._behind = events * 9 // 10
        self._views: list[str] = options.views or list(installed_projections())
        self._rounds: int = options.rounds
        self._facts: int = options.facts
        self._patience: float = options.patience
        self._peer: bool = options.peer
        # A generator that tells another history makes other files.
        told = repr(list(history(min(events, 300)))).encode()
        self._suffix = f"{events}_{hashlib.sha256(told).hexdigest()[:6]}"

    def run(self, *, questions: bool) -> None:
        """Measure everything, and print it as it comes."""
        print(f"\n{self._place.kind}, {self._events:,} events", flush=True)
        self._prepare()
        peer = self._rebuild()
        self._catch_up(peer)
        if questions:
            self._questions()
        if self._facts:
            self._one_key()

    # ------------------------------------------------------------------------------- ledgers

    def _prepare(self) -> None:
        """Make the ledger, one whose views are a tenth behind, and one with all views."""
        events, behind = self._events, self._behind
        told = partial(measure, "write", events=events)
        self._make("log", lambda to: told(address=to, first=0, last=events))

        def fall_behind(address: str) -> None:
            told(address=address, first=0, last=behind)
            measure("project", address=address)
            told(address=address, first=behind, last=events)

        self._make("behind", fall_behind)
        if self._peer:
            written = partial(measure, "peer_write", events=events)
            self._make("peer", lambda to: written(address=to, last=events))
            self._make("peer_short", lambda to: written(address=to, last=min(RUN, events)))

    def _make(self, name: str, fill: Callable[[str], object]) -> None:
        """Make a database whole, or not at all: it may be kept."""
        if not self._place.made(self._name(name)):
            with self._scratch() as scratch:
                fill(self._place.address(scratch))
                self._place.copy(scratch, self._name(name))

    def _name(self, kind: str) -> str:
        return f"{kind}_{self._suffix}"

    @contextmanager
    def _scratch(self) -> Generator[str]:
        """Lend the name of a database that is gone afterwards."""
        self._place.drop("scratch")
        yield "scratch"
        self._place.drop("scratch")

    def _on_copy(self, kind: str, name: str, **given: Any) -> dict[str, Any]:
        """Measure something on a fresh copy."""
        with self._scratch() as scratch:
            return measure(name, address=self._place.copy(self._name(kind), scratch), **given)

    # --------------------------------------------------------------------------- build views

    def _rebuild(self) -> dict[str, float]:
        """Rebuild each view and all of them, in turns with the peer; return the peer's rates."""
        runs: dict[str, Callable[[], dict[str, Any]]] = {
            name: partial(self._on_copy, "log", "rebuild", views=views)
            for name, views in self._each()
        }
        if self._peer:
            runs[FOLD], runs[RUNNER] = self._peer_fold, self._peer_run
        taken = self._in_turns(runs)
        peer = {name: _rate(taken[name]) for name in (FOLD, RUNNER) if name in taken}
        opened = self._on_copy("log", "look")["peak"]
        self._head("rebuild", peer)
        print(f"{'(a ledger opened)':26}{'':>12}{opened:10.0f}")
        for name in (*self._views, ALL):
            self._line(name, taken[name], peer)
        for name, rate in peer.items():
            title = f"eventsourcing, {name}"
            print(f"{title:26}{rate:12,.0f}{_peak(taken[name]):10.0f}", flush=True)
        return peer

    def _catch_up(self, peer: dict[str, float]) -> None:
        """Bring views up to the log that are a tenth behind."""
        behind = partial(self._on_copy, "behind", "catch_up", behind=self._behind)
        taken = self._in_turns({name: partial(behind, views=views) for name, views in self._each()})
        self._head("catch-up, the last tenth", peer)
        for name in (*self._views, ALL):
            self._line(name, taken[name], peer)

    def _each(self) -> Iterator[tuple[str, list[str]]]:
        """Yield what is built together: each view alone, and all of them."""
        yield from ((view, [view]) for view in self._views)
        yield ALL, self._views

    def _in_turns(
        self, runs: dict[str, Callable[[], dict[str, Any]]]
    ) -> dict[str, list[dict[str, Any]]]:
        taken: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
        names = list(runs)
        for turn in range(self._rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                taken[name].append(runs[name]())
        return taken

    def _peer_fold(self) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            return self._on_copy("peer", "peer_fold", other=str(Path(folder) / "progress.db"))

    def _peer_run(self) -> dict[str, Any]:
        self._place.drop("tracking")
        try:
            return self._on_copy("peer_short", "peer_run", other=self._place.address("tracking"))
        finally:
            self._place.drop("tracking")

    def _head(self, what: str, peer: dict[str, float]) -> None:
        ratios = "".join(f"{'÷ ' + name:>18}" for name in peer)
        print(f"\n{what:26}{'positions/s':>12}{'peak MiB':>10}{ratios}")

    def _line(self, name: str, taken: list[dict[str, Any]], peer: dict[str, float]) -> None:
        rate = _rate(taken)
        ratios = "".join(f"{rate / other:18.2f}" for other in peer.values())
        print(f"{name:26}{rate:12,.0f}{_peak(taken):10.0f}{ratios}", flush=True)

    # ----------------------------------------------------------------------------- questions

    def _questions(self) -> None:
        """Ask with both times, beside a replay for the same answer."""
        self._place.drop("asked")
        address = self._place.copy(self._name("behind"), "asked")
        measure("project", address=address)
        print(
            f"\n{'as of, as known at':34}{'rows':>6}{'p50 ms':>10}{'p99 ms':>10}"
            f"{'replay p50 ms':>16}  ratio"
        )
        for view, by in QUESTIONS:
            if view in self._views:
                told = measure("ask", address=address, view=view, by=by, number=1_000, replays=50)
                ratio = told["replay"] / told["p50"]
                print(
                    f"{view + ' by ' + ', '.join(by):34}{told['rows']:6.1f}{told['p50']:10.2f}"
                    f"{told['p99']:10.2f}{told['replay']:16.2f}  {ratio:5.1f}"
                    + (f"  {told['differ']} of 50 DIFFER" if told["differ"] else ""),
                    flush=True,
                )
        self._place.drop("asked")

    # ------------------------------------------------------------------------------- one key

    def _one_key(self) -> None:
        """Build a view of one key with many facts, and one of as many keys with one."""
        print(f"\n{'facts':>10}{'one key, s':>14}{'a key each, s':>16}  ratio")
        for facts in (self._facts // 10, self._facts):
            each = statistics.median(self._heard(facts, facts) for _ in range(self._rounds))
            try:
                one = statistics.median(self._heard(facts, 1) for _ in range(self._rounds))
            except TooLong:
                over = f"> {self._patience:,.0f}"
                print(
                    f"{facts:10,}{over:>14}{each:16.2f}  > {self._patience / each:.1f}", flush=True
                )
            else:
                print(f"{facts:10,}{one:14.2f}{each:16.2f}  {one / each:5.1f}", flush=True)

    def _heard(self, facts: int, keys: int) -> float:
        with self._scratch() as scratch:
            address = self._place.address(scratch)
            measure("speak", address=address, facts=facts, keys=keys)
            told = measure("listen", address=address, patience=self._patience)
            seconds: float = told["seconds"]
            return seconds


def _rate(taken: Sequence[dict[str, Any]]) -> float:
    return statistics.median(one["count"] / one["seconds"] for one in taken)


def _peak(taken: Sequence[dict[str, Any]]) -> float:
    return statistics.median(one["peak"] for one in taken)


def main() -> None:
    """Measure, and print tables for each length."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--events", type=int, nargs="+", default=[100_000])
    parser.add_argument("--views", nargs="+", choices=list(installed_projections()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--facts", type=int, default=20_000, help="of one key; 0: not measured")
    parser.add_argument("--patience", type=float, default=120, help="seconds for one key's view")
    parser.add_argument("--keep", type=Path, help="a folder for the ledgers")
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    parser.add_argument("--no-questions", dest="questions", action="store_false")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    options = parser.parse_args()
    if options.peer and find_spec("eventsourcing") is None:
        print("eventsourcing is not installed: pip install eventsourcing==9.5.6 psycopg_pool")
        options.peer = False
    with ExitStack() as stack:
        place: Place
        if options.postgres:
            place = OnServer(stack.enter_context(Server(durable=True)))
        else:
            made = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            place = Folder(made)
        for events in options.events:
            Bench(place, events, options).run(questions=options.questions)


if __name__ == "__main__":
    main()

"""`kill -9` of a worker while it projects: each view is what a rebuild gives, each time.

The worker says over a pipe how far each view has got. It is killed at a moment that
chance chooses, while the log grows; what it said is not to be undone, and whoever comes next goes
on from there.
"""

import threading
import time
from contextlib import closing
from itertools import islice
from multiprocessing.connection import Connection

from ledger.installed import projection_called
from ledger.log import Database, Log
from ledger.replay.engine import Engine, Step
from ledger.replay.worker import keep_up
from ledger.testing.histories import batches, history
from tests.faults.support import KINDS, Child, Outcome, chance, ledger_on, outcome, run
from tests.postgres import Cluster

ROUNDS = 250
"""On each of two kinds of database."""
VIEWS = ("attendance", "membership", "statements")
GROWS, PAGE = 12, 3
"""How many events a round adds, and how many a page has: a round is many transactions."""
PAGE_DONE = b"page"
MOMENT = 0.08
"""Within how many seconds of its first page a worker is killed."""


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Kill a worker, so many times, on each kind of database."""
    return [_kill(rounds, kind, cluster) for kind in kinds]


def _kill(rounds: int, kind: str, cluster: Cluster | None) -> Outcome:
    dice = chance("project")
    growing = batches(history((rounds + 2) * GROWS), GROWS // 2)
    told: dict[str, int] = {}
    amid = 0
    with ledger_on(kind, cluster) as address, outcome("worker killed", kind, rounds) as found:
        with closing(Database.open(address, create=False)) as database:
            log, engines = Log(database), _engines(database)
            log.append(next(growing), actor="desk")
            for number in range(rounds):
                worker = Child(_work, address)
                found.expect(worker.hear() is not None, f"round {number}: it ended by itself")
                for batch in islice(growing, 2):
                    log.append(batch, actor="desk")
                time.sleep(dice.random() * MOMENT)  # the moment of the fault, anywhere in a page
                worker.kill()
                worker.end()
                for message in filter(PAGE_DONE.__ne__, worker.heard):
                    view, _, position = message.decode().rpartition(" ")
                    told[view] = max(told.get(view, 0), int(position))
                amid += any(engine.progress().position < log.head().size for engine in engines)
                for engine in engines:
                    _look(found, engine, told, number)
            for engine in engines:
                stands = engine.catch_up()
                found.expect(stands.position == log.head().size, f"{stands.view} is behind")
                found.expect(not engine.rebuild(), f"{stands.view} is not what a rebuild gives")
        found.note = f"{amid} amid their work; {rounds * len(VIEWS):,} comparisons with a rebuild"
    return found


def _look(found: Outcome, engine: Engine, told: dict[str, int], number: int) -> None:
    """Compare a view with a rebuild, and with what was said of it."""
    stands = engine.progress()
    found.lost += max(told.get(stands.view, 0) - stands.position, 0)
    drift = engine.check() if stands.built else []
    found.expect(not drift, f"round {number}: {stands.view} differs: {drift[:3]}")


def _engines(database: Database) -> list[Engine]:
    return [Engine(database, projection_called(name)) for name in VIEWS]


def _work(address: str, pipe: Connection) -> None:
    def report(_step: Step) -> None:
        pipe.send_bytes(PAGE_DONE)

    database = Database.open(address, create=False)
    wanted = threading.Event()
    for stands in keep_up(
        database, _engines(database), silence=None, stop=wanted, report=report, page=PAGE
    ):
        pipe.send_bytes(f"{stands.view} {stands.position}".encode())


if __name__ == "__main__":
    run(main, ROUNDS)

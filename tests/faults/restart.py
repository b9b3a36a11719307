"""Back ends are ended, and the server is restarted, under load: nothing acknowledged is lost.

Four writers append, two of them on one `Log`; a follower reads along. `pg_terminate_backend` takes
whichever session chance chooses. Every second restart is a `kill -9` of all the server's processes.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from ledger.errors import Interrupted
from ledger.log import Database, Log, Receipt
from tests.faults.audit import settle
from tests.faults.order import LAST, Follower
from tests.faults.support import (
    PATIENCE,
    POSTGRESQL,
    Batch,
    Outcome,
    chance,
    ledger_on,
    outcome,
    run,
)
from tests.postgres import Cluster, Server

ENDS, RESTARTS = 500, 50
SIZES = (1, 3, 20, 40)


def main(rounds: int) -> list[Outcome]:
    """End so many back ends, and restart the server a tenth as often."""
    with Server() as server:
        return [ended(rounds, server), restarted(max(rounds // 10, 2), server)]


def ended(rounds: int, cluster: Cluster) -> Outcome:
    """End the sessions of writers and follower, one here and one there."""
    dice = chance("ended")
    with (
        ledger_on(POSTGRESQL, cluster) as address,
        closing(cluster.connect()) as connection,
        outcome("back ends ended", POSTGRESQL, rounds) as found,
    ):
        name = address.rpartition("/")[2]
        sessions = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"

        def end(load: "Load") -> None:
            gone = 0
            while gone < rounds:
                load.wait_for_more(dice.randrange(1, 6))
                pids = [pid for (pid,) in connection.execute(sessions, (name,))]
                if not pids:
                    continue
                pid = dice.choice(pids)
                ends = connection.execute("SELECT pg_terminate_backend(%s)", (pid,)).fetchone()
                gone += ends == (True,)

        _under_load(found, address, end)
    return found


def restarted(rounds: int, server: Server) -> Outcome:
    """Stop or kill the server, and start it again."""
    dice = chance("restarted")
    with (
        ledger_on(POSTGRESQL, server) as address,
        outcome("server restarted", POSTGRESQL, rounds) as found,
    ):

        def restart(load: "Load") -> None:
            for number in range(rounds):
                load.wait_for_more(dice.randrange(1, 30))
                if number % 2:
                    server.kill()
                else:
                    server.stop()
                server.start()

        _under_load(found, address, restart)
    return found


class Load:
    """Writers that go on, whatever happens to the server."""

    def __init__(self, address: str, writers: int = 4) -> None:
        self.acknowledged: list[Batch] = []
        self.errors: list[str] = []
        self.sent_again = 0
        """How often a writer's log had waited long enough, and its caller sent the batch again."""
        self._grew = threading.Condition()
        self._stopped = threading.Event()
        self._databases = [Database.open(address, create=False) for _ in range(writers - 1)]
        # The first two writers share a log, and so a pool of connections.
        logs = [Log(self._databases[max(number - 1, 0)]) for number in range(writers)]
        self._threads = [
            threading.Thread(target=self._write, args=(log, number), daemon=True)
            for number, log in enumerate(logs)
        ]

    @contextmanager
    def going(self) -> Iterator[None]:
        """Append while the `with` lasts."""
        for thread in self._threads:
            thread.start()
        yield
        self._stopped.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                self.errors.append("a writer never came back")
        for database in self._databases:
            database.close()

    def wait_for_more(self, batches: int) -> None:
        """Return when some more batches have been acknowledged."""
        with self._grew:
            enough = len(self.acknowledged) + batches
            if not self._grew.wait_for(lambda: len(self.acknowledged) >= enough, PATIENCE):
                raise TimeoutError(f"no append was acknowledged for {PATIENCE} s: {self.errors}")

    def _write(self, log: Log, writer: int) -> None:
        for count in itertools.count():
            if self._stopped.is_set():
                return
            batch = Batch(0, writer, count, SIZES[count % len(SIZES)])
            receipts: list[Receipt] = []
            while not receipts:
                try:
                    receipts = log.append(batch.events(), actor="desk")
                except Interrupted:
                    self.sent_again += 1
                except Exception as error:  # noqa: BLE001 - a writer's end must not go unseen
                    self.errors.append(f"a writer ended: {type(error).__name__}: {error}")
                    return
            with self._grew:
                self.acknowledged.append(batch)
                if len(receipts) != batch.size:
                    self.errors.append(f"{len(receipts)} receipts for {batch}")
                self._grew.notify_all()


def _under_load(found: Outcome, address: str, fault: Callable[[Load], None]) -> None:
    with ExitStack() as stack:
        load = Load(address)
        follower = Follower(address)
        follower.start()
        with load.going():
            fault(load)
        found.wrong += load.errors
        database = stack.enter_context(closing(Database.open(address, create=False)))
        Log(database).append(LAST.events(), actor="last")
        audit = settle(found, database, [*load.acknowledged, LAST])
        follower.compare(found, audit.places)
        many = f"{len(load.acknowledged):,} batches acknowledged, {audit.size:,} events"
        found.note = f"{many}, {load.sent_again} sent again by the caller"


if __name__ == "__main__":
    run(main, ENDS)

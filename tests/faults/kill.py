"""`kill -9` of two writers while they append: nothing acknowledged is lost, nothing is half there.

Each writer says over a pipe which batch it was given receipts for, before it goes on to the next.
It is killed at a moment that chance chooses; batches of 1 to 40 take every way there is to write.
"""

import itertools
import time
from contextlib import closing
from multiprocessing.connection import Connection

from ledger.log import Database, Log
from tests.faults.audit import Audit, settle
from tests.faults.support import KINDS, Batch, Child, Outcome, chance, ledger_on, outcome, run
from tests.postgres import Cluster

ROUNDS = 1_000
SIZES = (1, 3, 20, 40)


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Kill two writers, so many times, on each kind of database."""
    return [_kill(rounds, kind, cluster) for kind in kinds]


def _kill(rounds: int, kind: str, cluster: Cluster | None) -> Outcome:
    dice, acknowledged = chance("kill"), list[Batch]()
    with ledger_on(kind, cluster) as address, outcome("kill -9", kind, rounds) as found:
        audit = Audit()
        for number in range(rounds):
            writers = [Child(_write, address, number, writer) for writer in range(2)]
            for writer in writers:
                for _ in range(dice.randrange(5)):
                    if writer.hear() is None:
                        found.wrong.append(f"a writer of round {number} ended by itself")
                        break
            time.sleep(dice.random() * 0.01)  # the moment of the fault, anywhere in an append
            for writer in writers:
                writer.kill()
            for writer in writers:
                writer.end()
                acknowledged += writer.batches()
            # In the other rounds it is the next writers who find what the last left behind.
            if number % 2:
                with closing(Database.open(address, create=False)) as database:
                    audit.look(database)
        with closing(Database.open(address, create=False)) as database:
            last = Batch(rounds, 0, 0, 5)
            Log(database).append(last.events(), actor="after")
            audit.look(database)
            audit.settle(found, [*acknowledged, last])
            if settle(found, database, ()).places != audit.places:
                found.wrong.append("what was read before reads otherwise now")
        found.note = f"{len(acknowledged):,} batches acknowledged, {audit.size:,} events"
    return found


def _write(address: str, number: int, writer: int, pipe: Connection) -> None:
    log = Log(Database.open(address, create=False))
    for count in itertools.count():
        batch = Batch(number, writer, count, SIZES[count % len(SIZES)])
        log.append(batch.events(), actor=f"desk-{writer}")
        pipe.send_bytes(batch.told())


if __name__ == "__main__":
    run(main, ROUNDS)

"""Two writers, one expected version: exactly one wins; so too with one condition.

Two processes meet at a barrier and append to one stream, each in the belief that nothing came since
both looked. In the odd rounds the belief is a condition, not a version.
"""

import threading
from contextlib import closing
from multiprocessing.connection import Connection
from typing import Any

from ledger.errors import Conflict
from ledger.log import Condition, Database, Log, NewEvent
from tests.faults.audit import settle
from tests.faults.support import (
    CHILDREN,
    KINDS,
    PATIENCE,
    Batch,
    Child,
    Outcome,
    ledger_on,
    outcome,
    run,
)
from tests.postgres import Cluster

ROUNDS = 1_000
"""Half of them with a version, half with a condition."""
_SUBJECT = "meeting:lakes-7"


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Let two writers race, so many times, on each kind of database."""
    return [_race(rounds, kind, cluster) for kind in kinds]


def _race(rounds: int, kind: str, cluster: Cluster | None) -> Outcome:
    with (
        ledger_on(kind, cluster) as address,
        outcome("one expected version", kind, rounds) as found,
    ):
        barrier = CHILDREN.Barrier(2)
        writers = [Child(_write, address, number, rounds, barrier) for number in range(2)]
        codes = [writer.end() for writer in writers]
        found.expect(codes == [0, 0], "a writer did not end as it should")
        won = [{batch.round for batch in writer.batches()} for writer in writers]
        both, none = won[0] & won[1], set(range(rounds)) - won[0] - won[1]
        found.expect(not both, f"both won in {len(both)} rounds")
        found.expect(not none, f"none won in {len(none)} rounds")
        with closing(Database.open(address, create=False)) as database:
            acknowledged = [batch for writer in writers for batch in writer.batches()]
            audit = settle(found, database, acknowledged)
            found.expect(audit.size == rounds, f"{audit.size} events of {rounds} rounds")
        found.note = f"one won in {len(won[0] ^ won[1])} of {rounds}; {len(won[0])} : {len(won[1])}"
    return found


def _write(
    address: str, number: int, rounds: int, barrier: threading.Barrier, pipe: Connection
) -> None:
    with closing(Database.open(address, create=False)) as database:
        log = Log(database)
        for count in range(rounds):
            # All events go to one stream, whoever writes them: the rounds before are its version.
            batch = Batch(count, number, count, 1)
            event = Batch(count, 7, count, 1).events()[0].event
            belief: dict[str, Any] = {"expected_version": count}
            if count % 2:
                belief = {"condition": Condition(count, (_SUBJECT,))}
            barrier.wait(PATIENCE)
            try:
                log.append([NewEvent(event, batch.event_id(0))], actor=f"desk-{number}", **belief)
                pipe.send_bytes(batch.told())
            except Conflict:
                pipe.send_bytes(b"lost")
            barrier.wait(PATIENCE)


if __name__ == "__main__":
    run(main, ROUNDS)

"""A clock that jumps up to three days back and forth: order and hashes are unaffected.

Two writers have a clock each, and neither trusts the other's. What is asked about a moment falls on
a batch's end all the same.
"""

from contextlib import closing
from datetime import timedelta

from ledger.log import Database, Log
from ledger.times import timestamp
from tests.clocks import SetClock
from tests.faults.audit import Audit
from tests.faults.support import KINDS, Batch, Outcome, chance, ledger_on, outcome, run
from tests.postgres import Cluster

ROUNDS = 500


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Set clocks back, so many times, on each kind of database."""
    return [_jump(rounds, kind, cluster) for kind in kinds]


def _jump(rounds: int, kind: str, cluster: Cluster | None) -> Outcome:
    dice, acknowledged = chance("clock"), list[Batch]()
    with ledger_on(kind, cluster) as address, outcome("clock back", kind, rounds) as found:
        with closing(Database.open(address, create=False)) as database:
            clocks, audit = [SetClock(), SetClock()], Audit()
            logs = [Log(database, clock=clock) for clock in clocks]
            latest, ends = clocks[0].now, 0
            for number in range(rounds):
                writer = dice.randrange(2)
                jump = timedelta(days=3).total_seconds()
                back = number % 2 == 0
                clocks[writer].move(seconds=-jump if back else dice.uniform(-jump, jump * 1.1))
                batch = Batch(number, writer, number, dice.choice((1, 2, 30)))
                receipts = logs[writer].append(batch.events(), actor="desk")
                acknowledged.append(batch)
                latest = max(latest, clocks[writer].now) if number else clocks[writer].now
                told = {receipt.recorded_at for receipt in receipts}
                found.expect(told == {timestamp(latest)}, f"round {number} tells {told}")
                first, last = receipts[0].position, receipts[-1].position
                found.expect(first == ends + 1, f"round {number} does not follow the last")
                ends = last
                found.expect(
                    logs[0].position_at(latest) == last, f"round {number} is not at its end"
                )
            audit.look(database)
            audit.settle(found, acknowledged)
            came = [event.position for event in logs[0].follow(silence=0)]
            found.expect(came == list(range(1, ends + 1)), "a follower had another order")
        found.note = f"{audit.size:,} events, each jump up to three days"
    return found


if __name__ == "__main__":
    run(main, ROUNDS)

"""An error at each statement of an append in turn: all of it is there, or nothing.

The first statement fails, then the second, until an append needs no more: before it is carried out,
after it was, or in the server itself; by the driver's error, a broken connection, or Ctrl-C. The
next append, on the same connection, works; sending what failed once more records it once.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg

from ledger.errors import LedgerError
from ledger.log import Condition, Database, Log, Receipt
from tests.faults.audit import Audit
from tests.faults.drivers import COMMIT, Proceed, tap
from tests.faults.support import KINDS, POSTGRESQL, Batch, Outcome, ledger_on, outcome, run
from tests.postgres import Cluster

Append = Callable[[Log, Batch], list[Receipt]]
PATHS: dict[str, tuple[int, Append]] = {
    "one": (1, lambda log, batch: log.append(batch.events(), actor="desk")),
    "twenty": (20, lambda log, batch: log.append(batch.events(), actor="desk")),
    # A whole node of the tree is completed on the way.
    "many": (300, lambda log, batch: log.append(batch.events(), actor="desk")),
    "expected": (
        3,
        lambda log, batch: log.append(
            batch.events(), actor="desk", expected_version={"meeting-elsewhere": 0}
        ),
    ),
    "condition": (
        3,
        lambda log, batch: log.append(
            batch.events(), actor="desk", condition=Condition(0, ("meeting:elsewhere",))
        ),
    ),
}


class Fault(NamedTuple):
    """How a statement fails."""

    name: str
    after: bool
    """Whether it is carried out, and only then an error."""
    error: Callable[[str], BaseException] | None
    """What the driver raises; None if it is the server that refuses."""


@dataclass
class Failing:
    """A hook that lets the n-th statement fail; it counts them."""

    fault: Fault
    at: int = 0
    seen: int = 0
    last: str = ""

    def __call__(self, statement: str, proceed: Proceed) -> Any:
        """Carry a statement out, or fail."""
        self.seen += 1
        if self.seen != self.at:
            return proceed(statement)
        self.last = statement
        if self.fault.error is None:
            # A commit that is a statement of its own cannot be refused; it may be part of another.
            return proceed(statement if statement == COMMIT else f"SELECT 1/0; {statement}")
        if self.fault.after:
            proceed(statement)
        raise self.fault.error(statement)


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Let each statement of an append fail, on the first so many ways of appending."""
    return [_fail(dict([*PATHS.items()][:rounds]), kind, cluster) for kind in kinds]


def _fail(paths: dict[str, tuple[int, Append]], kind: str, cluster: Cluster | None) -> Outcome:
    with ledger_on(kind, cluster) as address, outcome("error at a statement", kind, 0) as found:
        audit, acknowledged = Audit(), list[Batch]()
        for path, (size, append) in paths.items():
            for fault in _faults(kind, address):
                with closing(Database.open(address, create=False)) as database:
                    hook = Failing(fault)
                    tap(database, hook)
                    database.engine.dispose()
                    log = Log(database)
                    log.head()
                    for at in range(1, 200):
                        batch = Batch(found.rounds, len(acknowledged), at, size)
                        failed = _once(log, append, batch, hook, at)
                        acknowledged.append(batch)
                        where = f"{path}, {fault.name} at {at} ({hook.last.split('(')[0].strip()})"
                        before = audit.size
                        audit.look(database)
                        grown = audit.size - before
                        if not failed and hook.seen < at:
                            break
                        found.rounds += 1
                        found.expect(grown in (0, size), f"{where}: {grown} of {size} are there")
                        committed = fault.after and COMMIT in hook.last
                        if failed and not committed:
                            found.expect(grown == 0, f"{where}: it failed, and is there")
                        try:
                            receipts = log.append(batch.events(), actor="desk")
                        except LedgerError as error:
                            found.wrong.append(f"{where}: the next append ended in {error}")
                            acknowledged.pop()
                            break
                        found.expect(
                            all(receipt.appended is (grown == 0) for receipt in receipts),
                            f"{where}: sent again, {grown} were there, and {receipts[0]}",
                        )
                        audit.look(database)
                    else:
                        found.wrong.append(f"{path} never ended")
                    audit.settle(found, acknowledged)
        found.note = f"{audit.size:,} events; {len(paths)} ways of appending"
    return found


def _once(log: Log, append: Append, batch: Batch, hook: Failing, at: int) -> bool:
    """Append while the n-th statement fails; say whether an error came out of it."""
    hook.seen, hook.at, hook.last = 0, at, ""
    try:
        append(log, batch)
    except (LedgerError, KeyboardInterrupt):
        return True
    finally:
        hook.at = 0
    return False


def _raising(error: Callable[[str], Exception], words: str) -> Callable[[str], Exception]:
    """A new error each time: one that is kept would keep what was open when it was raised."""
    return lambda _statement: error(words)


def _faults(kind: str, address: str) -> Iterator[Fault]:
    for after in (False, True):
        when = "after" if after else "before"
        yield Fault(f"Ctrl-C {when}", after, lambda _: KeyboardInterrupt())
        if kind == POSTGRESQL:
            yield Fault(f"connection broken {when}", after, lambda _: psycopg.OperationalError())
        else:
            with closing(Database.open(address, create=False)) as database:
                driver: Any = database.engine.dialect.loaded_dbapi
            for words in ("disk I/O error", "database is locked"):
                yield Fault(f"{words} {when}", after, _raising(driver.OperationalError, words))
    if kind == POSTGRESQL:
        yield Fault("refused by the server", False, None)


if __name__ == "__main__":
    run(main, len(PATHS))

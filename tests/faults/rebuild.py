"""A rebuild that is killed goes on where it stood; writers and readers go on meanwhile.

The first program kills a rebuild at ten places, the last of them near its end. The second lets one
process build a view anew again and again, while another appends and asks, and says for how long a
writer had to wait at most.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection

from ledger.events import AttendanceRecorded
from ledger.installed import projection_called
from ledger.log import Database, Log
from ledger.replay.engine import Engine, Step
from ledger.replay.query import Question
from ledger.replay.tables import LIVE
from ledger.testing.histories import batches, history
from tests.faults.support import KINDS, Child, Outcome, chance, ledger_on, outcome, run
from tests.ledger.log.stored import rows
from tests.postgres import Cluster

PLACES = 10
EVENTS = 20_000
VIEW = "attendance"


def main(
    rounds: int,
    kinds: tuple[str, ...] = KINDS,
    cluster: Cluster | None = None,
    events: int = EVENTS,
) -> list[Outcome]:
    """Kill a rebuild at so many places, and let one go on beside a writer, on each database."""
    return [
        one
        for kind in kinds
        for one in (
            _killed(rounds, kind, cluster, events),
            _meanwhile(max(rounds // 3, 1), kind, cluster, events),
        )
    ]


def _killed(places: int, kind: str, cluster: Cluster | None, events: int) -> Outcome:
    dice = chance("rebuild")
    with (
        _projected(kind, cluster, events) as (address, engine),
        outcome("rebuild killed", kind, places) as found,
    ):
        before, reached, resumed = _stored(engine), 0, 0
        page = max(events // (8 * places), 1)
        for number in range(places):
            child = Child(_rebuild, address, page)
            for _ in range(dice.randrange(1, 4)):
                child.hear()
            time.sleep(dice.random() * 0.01)  # the moment of the fault, anywhere in a page
            child.kill()
            child.end()
            begun, last = _told(child)
            found.expect(begun >= reached, f"place {number}: began at {begun}, not at {reached}")
            resumed += begun > 0
            reached = last
            found.expect(_stored(engine) == before, f"place {number}: what is read is different")
        child = Child(_rebuild, address, page)
        found.expect(child.end() == 0, "the last rebuild did not end as it should")
        begun, _ = _told(child)
        found.expect(begun >= reached, f"the last began at {begun}, not at {reached}")
        found.expect(_stored(engine) == before, "the view that was built anew is different")
        found.expect(not engine.check(), "the view that was built anew is not what the log gives")
        left = rows(
            engine.database, "SELECT view FROM view_progress WHERE substr(view, 1, 5) <> 'view_'"
        )
        found.expect(not left, f"left behind: {left}")
        found.note = f"{events:,} events; taken up {resumed} times, the last at {begun:,}"
    return found


def _meanwhile(times: int, kind: str, cluster: Cluster | None, events: int) -> Outcome:
    with (
        _projected(kind, cluster, events) as (address, engine),
        outcome("appends while rebuilding", kind, times) as found,
    ):
        log, then = Log(engine.database), engine.progress().position
        whole = len(engine.ask(Question(known_at=then)).known)
        longest, number = 0.0, 0
        for _ in range(times):
            child = Child(_rebuild, address, 1_000)
            child.hear()
            while not child.has_ended():
                started = time.monotonic()
                attended = AttendanceRecorded(meeting="meanwhile", party=f"p-{number}")
                log.append([attended], actor="desk")
                longest, number = max(longest, time.monotonic() - started), number + 1
                seen = len(engine.ask(Question(known_at=then)).known)
                found.expect(seen == whole, f"a reader saw {seen} rows of {whole}")
            found.expect(child.end() == 0, "a rebuild did not end as it should")
        stands = engine.catch_up()
        found.lost = log.head().size - events - number
        found.expect(stands.position == events + number, f"the view stands at {stands.position}")
        found.expect(not engine.check(), "the view is not what the log gives")
        found.note = f"{events:,} events and {number:,} appends; longest wait {longest:.2f} s"
    return found


@contextmanager
def _projected(kind: str, cluster: Cluster | None, events: int) -> Iterator[tuple[str, Engine]]:
    """A ledger of so many events, and what keeps a view that is up to them."""
    with (
        ledger_on(kind, cluster) as address,
        closing(Database.open(address, create=False)) as database,
    ):
        for batch in batches(history(events)):
            Log(database).append(batch, actor="desk")
        engine = Engine(database, projection_called(VIEW))
        engine.catch_up()
        yield address, engine


def _stored(engine: Engine) -> list[object]:
    """Return all that the view's tables hold."""
    tables = engine.keeper.tables(LIVE)
    names = (tables.rows.name, tables.inbox.name)
    found = [rows(engine.database, f"SELECT * FROM {name}") for name in names]  # noqa: S608 -- ours
    return [sorted(map(repr, every)) for every in found]


def _told(child: Child) -> tuple[int, int]:
    """Return where a rebuild began, and where it was last."""
    steps = [tuple(map(int, message.split())) for message in child.heard]
    return steps[0][0], steps[-1][1]


def _rebuild(address: str, page: int, pipe: Connection) -> None:
    def report(step: Step) -> None:
        pipe.send_bytes(f"{step.begun} {step.position}".encode())

    with closing(Database.open(address, create=False)) as database:
        Engine(database, projection_called(VIEW)).rebuild(report, page=page)


if __name__ == "__main__":
    run(main, PLACES)

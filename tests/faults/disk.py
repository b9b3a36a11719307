"""The disk is full: no false acknowledgement, and the same log goes on when there is room again.

On SQLite a child may write only so many bytes to a file (`RLIMIT_FSIZE`, which binds root too); the
limit is lifted while the log stays open. Each round has another limit, so that another page is the
first that does not fit. On PostgreSQL the ledger lies in a tablespace on a small
file system of its own, which a ballast fills; only root can mount one, and others pass this over.
"""

import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.errors import Unreachable
from ledger.log import Database, Log
from tests.faults.audit import settle
from tests.faults.support import (
    POSTGRESQL,
    SQLITE,
    Batch,
    Child,
    Outcome,
    chance,
    ledger_on,
    outcome,
    run,
    say,
)
from tests.postgres import Cluster, Server
from tests.postgres_programs import give_away

ROUNDS = 40
_STEP = 37_501
"""Bytes between the limits of two rounds: never a whole number of pages."""
_MOST = 2_000
"""Batches after which a disk that should be full is an error of the programme."""
_ROOM = 96 * 2**20


def main(rounds: int, cluster: Cluster | None = None) -> list[Outcome]:
    """Fill so many disks, each of another size."""
    found = [limited(rounds)]
    with _small_file_system() as folder:
        if folder is None:
            say("disk full on PostgreSQL: passed over, for only root can mount a file system")
        elif cluster is not None:
            found.append(_mounted(rounds, folder, cluster))
        else:
            with Server() as server:
                found.append(_mounted(rounds, folder, server))
    return found


def limited(rounds: int) -> Outcome:
    """Let a writer to SQLite run out of room, at so many limits."""
    with outcome("disk full", SQLITE, rounds) as found:
        refused = 0
        for number in range(rounds):
            with ledger_on(SQLITE) as address:
                limit = Path(address).stat().st_size + number * _STEP
                child = Child(_fill, address, limit)
                found.expect(child.end() == 0, f"at {limit} bytes the writer did not go on")
                refusals = [said.decode() for said in child.heard if said.startswith(b"refused")]
                found.expect(bool(refusals), f"{limit} bytes were never too few")
                refused += len(refusals)
                with closing(Database.open(address, create=False)) as database:
                    settle(found, database, child.batches())
        found.note = f"{refused} appends refused, in words; then there was room, and all went on"
    return found


def _fill(address: str, limit: int, pipe: Connection) -> None:
    with closing(Database.open(address, create=False)) as database:
        log = Log(database)
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
        waiting = _until_refused(log, pipe)
        for number in range(1, 3):  # it stays so
            try:
                log.append(Batch(1, 0, number, 20).events(), actor="desk")
                pipe.send_bytes(Batch(1, 0, number, 20).told())
            except Unreachable as error:
                pipe.send_bytes(f"refused: {error}".encode())
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        for batch in (waiting, *(Batch(2, 0, number, 20) for number in range(3))):
            log.append(batch.events(), actor="desk")
            pipe.send_bytes(batch.told())


def _until_refused(log: Log, pipe: Connection) -> Batch:
    """Append until there is no room; return the batch that was refused."""
    for number in range(_MOST):
        batch = Batch(0, 0, number, (1, 20, 300)[number % 3])
        try:
            log.append(batch.events(), actor="desk")
        except Unreachable as error:
            pipe.send_bytes(f"refused: {error}".encode())
            return batch
        pipe.send_bytes(batch.told())
    raise RuntimeError("there was always room")


def _mounted(rounds: int, folder: Path, cluster: Cluster) -> Outcome:
    dice = chance("disk")
    with outcome("disk full", POSTGRESQL, rounds) as found, closing(cluster.connect()) as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        admin.execute("CREATE DATABASE small TABLESPACE small")
        address, ballast = cluster.url("small"), folder / "ballast"
        acknowledged: list[Batch] = []
        with closing(Database.open(address, create=True)) as database:
            log = Log(database)
            for number in range(rounds):
                admin.execute("CHECKPOINT")
                _leave_room(ballast, dice.randrange(2**18))
                for count in range(_MOST):
                    batch = Batch(number, 0, count, (1, 20, 300)[count % 3])
                    try:
                        log.append(batch.events(), actor="desk")
                    except Unreachable:
                        break
                    acknowledged.append(batch)
                else:
                    found.wrong.append(f"in round {number} there was always room")
                ballast.unlink(missing_ok=True)
                log.append(batch.events(), actor="desk")
                acknowledged.append(batch)
            settle(found, database, acknowledged)
        admin.execute("DROP DATABASE small")
        admin.execute("DROP TABLESPACE small")
        found.note = f"{len(acknowledged):,} batches acknowledged"
    return found


def _leave_room(ballast: Path, room: int) -> None:
    """Write until nothing fits, and take some of it back."""
    size, piece = 0, 2**16
    with ballast.open("wb", buffering=0) as file:
        try:
            while written := file.write(b"\0" * piece):
                size += written
        except OSError:
            file.truncate(max(size - room, 0))


@contextmanager
def _small_file_system() -> Iterator[Path | None]:
    """Mount a small file system, for the server's user; None where that may not be."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder) / "small"
        place.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", str(place)]
        try:
            done = subprocess.run(["mount", *options], check=False, capture_output=True)  # noqa: S607
        except OSError:
            done = None
        if done is None or done.returncode:
            yield None
            return
        try:
            give_away(place)
            yield place
        finally:
            subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S607


if __name__ == "__main__":
    run(main, ROUNDS)

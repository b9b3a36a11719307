"""A file, a folder or a server that takes no changes: it is read all the same, and appends refused.

Permissions do not bind root, who therefore becomes nobody first, in a child.
"""

import contextlib
import io
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from ledger.api import Ledger
from ledger.cli import run as run_command
from ledger.errors import ReadOnly, Unreachable
from ledger.log import Database, Log
from tests.faults.audit import settle
from tests.faults.support import (
    KINDS,
    POSTGRESQL,
    SQLITE,
    Batch,
    Child,
    Outcome,
    ledger_on,
    outcome,
    run,
)
from tests.postgres import Cluster
from tests.postgres_programs import NOBODY, give_away


class Case(NamedTuple):
    """What may not be written to."""

    file: bool
    folder: bool
    in_use: bool
    """Whether another program has it open, so that the write-ahead file stands beside it."""

    def __str__(self) -> str:
        """Say it in words."""
        shut = [name for name in ("file", "folder") if getattr(self, name)]
        return f"{' and '.join(shut)} read-only" + (", in use" if self.in_use else "")


CASES = (
    Case(file=True, folder=False, in_use=False),
    Case(file=True, folder=False, in_use=True),
    Case(file=False, folder=True, in_use=False),
    Case(file=True, folder=True, in_use=False),
    Case(file=True, folder=True, in_use=True),
)
KEPT = Batch(0, 0, 0, 40)
REFUSED = Batch(0, 0, 1, 2)


def main(
    rounds: int, kinds: tuple[str, ...] = KINDS, cluster: Cluster | None = None
) -> list[Outcome]:
    """Try each case, so many times."""
    found: list[Outcome] = []
    if SQLITE in kinds:
        found += [shut(case, rounds) for case in CASES]
        found.append(shared(rounds))
    if POSTGRESQL in kinds:
        found.append(_server(rounds, cluster))
    return found


def shut(case: Case, rounds: int) -> Outcome:
    """Shut a file, its folder or both, and see what somebody can do who may not open them."""
    with outcome(f"{case}", SQLITE, rounds) as found:
        for _ in range(rounds):
            with ledger_on(SQLITE) as address, contextlib.ExitStack() as stack:
                with Ledger.open(address) as ledger:
                    ledger.append(KEPT.events())
                    ledger.project()
                if case.in_use:
                    other = stack.enter_context(closing(Database.open(address, create=False)))
                    Log(other).append(Batch(0, 0, 2, 1).events(), actor="desk")
                stack.enter_context(_closed_off(Path(address), case))
                child = Child(_look, address)
                found.expect(child.end() == 0, "the reader did not end as it should")
                for said in child.heard:
                    found.wrong.append(said.decode())
    return found


@contextmanager
def _closed_off(file: Path, case: Case) -> Iterator[None]:
    if os.geteuid() == 0:
        give_away(file.parent)
    if case.file:
        for path in file.parent.iterdir():
            path.chmod(0o444)
    if case.folder:
        file.parent.chmod(0o555)
    yield
    file.parent.chmod(0o755)


def shared(rounds: int) -> Outcome:
    """Let others write, and not the reader: it reads what they write, or is told why it cannot."""
    with outcome("file of others", SQLITE, rounds) as found:
        for _ in range(rounds):
            with ledger_on(SQLITE) as address:
                with Ledger.open(address) as ledger:
                    ledger.append(KEPT.events())
                    if os.geteuid() == 0:
                        give_away(Path(address).parent)
                    Path(address).parent.chmod(0o577)
                    child = Child(_follow, address)
                    if child.hear() == b"read":
                        ledger.append(REFUSED.events())
                    found.expect(child.end() == 0, "the reader did not end as it should")
                late = Child(_open, address)
                found.expect(late.end() == 0, "who came late did not end as it should")
                Path(address).parent.chmod(0o755)
                found.wrong += [said.decode() for said in child.heard[1:] + late.heard]
    return found


def _follow(address: str, pipe: Connection) -> None:
    """As somebody who may not write: read, and go on with what somebody else appends."""
    # Made before: nobody may be unable to read the modules that a first event still imports.
    awaited = [event.event_id for event in REFUSED.events()]
    _become_nobody()
    with Ledger.open(address, create=False) as ledger:
        pipe.send_bytes(b"read" if ledger.head == KEPT.size else b"not all was read")
        following = islice(ledger.follow(after=KEPT.size, silence=20), REFUSED.size)
        news = [event.event_id for event in following]
        if news != awaited:
            pipe.send_bytes(b"what was appended meanwhile did not come")


def _open(address: str, pipe: Connection) -> None:
    """As somebody who may not write, open what nobody has open."""
    _become_nobody()
    try:
        Database.open(address, create=False).close()
    except Unreachable as error:
        if "write to its folder" not in str(error):
            pipe.send_bytes(f"refused without a sentence: {error}".encode())
    else:
        pipe.send_bytes(b"read as if nobody could write")


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _look(address: str, pipe: Connection) -> None:
    """As somebody who may not write: read, verify, and try to append."""
    if os.geteuid() == 0:
        # What is imported late may lie where nobody can read: once before, on another ledger.
        with ledger_on(SQLITE) as other:
            with Ledger.open(other) as ledger:
                ledger.append(KEPT.events())
            for command in (["log"], ["view", "attendance"], ["record", os.devnull]):
                _command(other, *command)
    _become_nobody()
    found = Outcome("", SQLITE, 1)
    try:
        with closing(Database.open(address, create=False)) as database:
            settle(found, database, [KEPT])
            _refused(found, Log(database))
            found.expect(sum(1 for _ in Log(database).read()) >= KEPT.size, "not all was read")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not reading
        found.wrong.append(f"it cannot be read: {type(error).__name__}: {error}")
    for command in (["log"], ["view", "attendance"]):
        code, err = _command(address, *command)
        found.expect(code == 0, f"{command[0]} left with {code}: {err.strip()}")
    for wrong in found.wrong:
        pipe.send_bytes(wrong.encode())


def _refused(found: Outcome, log: Log) -> None:
    try:
        log.append(REFUSED.events(), actor="desk")
    except ReadOnly as error:
        found.expect(len(str(error)) > len("read-only"), "refused without a sentence")
    else:
        found.wrong.append("an append was acknowledged")


def _command(address: str, *command: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_command(["--db", address, *command])
    return code, err.getvalue()


def _server(rounds: int, cluster: Cluster | None) -> Outcome:
    with (
        ledger_on(POSTGRESQL, cluster) as address,
        outcome("server read-only", POSTGRESQL, rounds) as found,
    ):
        with Ledger.open(address) as ledger:
            ledger.append(KEPT.events())
            ledger.project()
        name = address.rpartition("/")[2]
        with (
            closing(Database.open(address, create=False)) as database,
            database.writing("log_head") as connection,
        ):
            connection.exec_driver_sql(
                f"ALTER DATABASE {name} SET default_transaction_read_only = on"
            )
        for _ in range(rounds):
            with closing(Database.open(address, create=False)) as database:
                settle(found, database, [KEPT])
                _refused(found, Log(database))
            for command in (["log"], ["view", "attendance"]):
                code, err = _command(address, *command)
                found.expect(code == 0, f"{command[0]} left with {code}: {err.strip()}")
    return found


if __name__ == "__main__":
    run(main, 5)

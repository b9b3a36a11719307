"""A look at everything that a ledger stands on: program, database, log, views.

Nothing is changed, and nothing that is wrong keeps the rest from being looked at.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from ledger.errors import DatabaseProblem
from ledger.installed import installed_projections
from ledger.log import Database, Log
from ledger.log.manners import Remark, Severity
from ledger.log.verify import past_the_head
from ledger.replay.engine import Engine
from ledger.schema import migrations
from ledger.schema.tables import log_private


def checkup(address: str | Path) -> list[Remark]:
    """Return what there is to say of the ledger at an address, what matters most first.

    Raises `NoLedger` or `Unreachable` where there is nothing to look at.
    """
    with closing(Database.at(address)) as database:
        remarks = [*_program(), *_database(database)]
    return sorted(remarks, key=lambda remark: -remark.severity)


def _program() -> Iterator[Remark]:
    name = "contact-group-ledger"
    python = f"on Python {platform.python_version()}"
    yield Remark(name, Severity.FINE, f"version {version(name)}, {python}")


def _database(database: Database) -> Iterator[Remark]:
    with database.reading() as connection:
        found = migrations.current(connection)
    if found != migrations.HEAD:
        stands = "is not a ledger" if found is None else f"stands at migration {found}"
        todo = "proceedings init" if found is None else "proceedings db upgrade"
        yield Remark(
            database.address,
            Severity.DANGER,
            f"{stands}; this program expects migration {migrations.HEAD}",
            todo,
        )
        return
    yield Remark(database.address, Severity.FINE, f"stands at migration {found}, as expected")
    yield from database.remarks()
    head = Log(database).head()
    last = f", the last at {head.recorded_at}" if head.recorded_at else ""
    yield Remark("log", Severity.FINE, f"{head.size:,} events{last}")
    for table, rows in past_the_head(database).items():
        yield _stray(table, rows, head.size)
    for name, projection in installed_projections().items():
        yield from _view(name, Engine(database, projection))


def _stray(table: str, rows: int, size: int) -> Remark:
    todo = f"look at them, then, as the owner: DELETE FROM {table} WHERE position > {size}"  # noqa: S608 - told to a person
    if table == log_private.name:
        # Its guard lets nothing go but what an event erases.
        todo = "`proceedings export log FILE`, and import it into a new ledger"
    says = f"rows past the head: {rows:,}. Somebody put them there, in the way of new events"
    return Remark(table, Severity.DANGER, says, todo)


def _view(name: str, engine: Engine) -> Iterator[Remark]:
    about = f"view {name}"
    try:
        progress = engine.progress()
    except DatabaseProblem as error:
        yield Remark(about, Severity.WARNING, str(error))
        return
    if progress.stopped is not None:
        todo = (
            f"mend its projection, then `proceedings project {name}`; or pass the event by: "
            f"`proceedings project {name} --skip POSITION --reason TEXT`"
        )
        yield Remark(about, Severity.DANGER, f"stopped by {progress.stopped}", todo)
    elif not progress.built:
        yield Remark(about, Severity.FINE, "not built yet; the first question builds it")
    else:
        behind = progress.head - progress.position
        lags = f"{behind:,} events behind; the next question brings it up"
        yield Remark(about, Severity.FINE, lags if behind else "up to date")
    for skip in progress.skipped:
        todo = f"`proceedings project {name} --unskip {skip.position}`, once it can be taken"
        yield Remark(about, Severity.WARNING, f"goes on without {skip}", todo)

"""Replaying elsewhere: views of a log, or of its first events, built in another database."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import inspect

from ledger.errors import AlreadyThere
from ledger.files import whole
from ledger.installed import AnyProjection
from ledger.log.database import Database, database_url
from ledger.log.sqlite import SQLite, file_of
from ledger.replay import progress
from ledger.replay.engine import Engine, Progress, Report, unwatched
from ledger.replay.query import Answer, Question
from ledger.replay.tables import BUILDING, LIVE, ViewTables
from ledger.schema.tables import log_head, view_progress

_ANYBODY: Final = 0o666  # less what the umask takes, as for any new ledger


def replayed(
    log: Database,
    projection: AnyProjection,
    until: int,
    question: Question,
    report: Report = unwatched,
) -> Answer[Any]:
    """Return what a view answers in a ledger of the first events: it is built in memory for that.

    Raises what the question does.
    """
    with closing(Database.at("sqlite://", create=True)) as database:
        _build(log, database, [projection], until, report)
        return Engine(database, projection, log=log).ask(question)


def replay_into(
    log: Database,
    address: str | Path,
    projections: Sequence[AnyProjection],
    until: int,
    report: Report = unwatched,
) -> list[Progress]:
    """Build views in another database, all of them or nothing, and return how far they have read.

    They are plain tables, for SQL; the log is not there. What else the database has is left alone.
    Raises `AlreadyThere` where it is a ledger or has such a table, `NoLedger` or `Unreachable`
    where there can be none.
    """
    url = database_url(address)
    file = file_of(url) if url.get_backend_name() == SQLite.backend else None
    if file is not None and not file.exists():
        Database.at(address, create=True).close()  # says why there can be none
        with whole(file, mode=_ANYBODY) as part, closing(Database.at(part)) as database:
            return _build(log, database, projections, until, report)
    with closing(Database.at(address, create=True)) as database:
        return _build(log, database, projections, until, report)


def _build(
    log: Database,
    database: Database,
    projections: Sequence[AnyProjection],
    until: int,
    report: Report,
) -> list[Progress]:
    engines = [Engine(database, projection, log=log) for projection in projections]
    with _made(database, [ViewTables(p, at) for p in projections for at in (LIVE, BUILDING)]):
        for engine in engines:
            engine.prepare(until, report)
        return [engine.place() for engine in engines]


@contextmanager
def _made(database: Database, views: Sequence[ViewTables]) -> Generator[None]:
    """Let tables be made where there are none of their names, and take them away if that fails."""
    with database.writing(view_progress.name) as connection:
        there = set(inspect(connection).get_table_names())
        if log_head.name in there:
            raise AlreadyThere(database.address, "this is a ledger, which has views of its own")
        if taken := sorted(there.intersection(_names(views))):
            raise AlreadyThere(database.address, f"there is a table {taken[0]} already")
        view_progress.create(connection, checkfirst=True)
    try:
        yield
    except BaseException:
        with database.writing(view_progress.name) as connection:
            for view in views:
                view.rows.drop(connection, checkfirst=True)
                view.inbox.drop(connection, checkfirst=True)
                progress.forget(connection, view.name)
            if view_progress.name not in there:
                view_progress.drop(connection)
        raise


def _names(views: Iterable[ViewTables]) -> Iterator[str]:
    for view in views:
        yield from (view.rows.name, view.inbox.name)

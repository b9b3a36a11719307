"""A view built anew beside the one that is read, compared with it, and put in its place.

Whoever writes goes on meanwhile, and whoever reads sees the one or the other, whole.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from ledger.errors import ViewGone
from ledger.log import read
from ledger.replay import progress
from ledger.replay.comparison import Drift, Fault, differences
from ledger.replay.keeper import Keeper, Report
from ledger.replay.progress import Mark
from ledger.replay.tables import BUILDING, CHECKING, LIVE


def rebuild(keeper: Keeper, report: Report, page: int) -> list[Drift]:
    """Build a view anew and put it in place; return how the old rows differed.

    A build that was cut off is taken up where it stood. One that an event stops before the old
    view's position takes no place: the old one stays, and says what stops it.
    """
    drift: list[Drift] = []
    try:
        built = prepare(keeper, BUILDING, report, page, until=None)
        drift += _compared(keeper, BUILDING, built)
        if not _replace(keeper, built, report, page):
            return drift
    except ViewGone:
        # Another process built the same view at the same time, and was the first to finish.
        drift.clear()
    keeper.run(LIVE, None, report, page)
    return drift


def check(keeper: Keeper, report: Report, page: int) -> list[Drift]:
    """Build a view anew, and return how the stored rows differ; change nothing of them.

    Raises `ViewGone` where somebody else did the same at the same time, and has cleared away.
    """
    with keeper.database.reading() as connection:
        until = keeper.need(connection).position
    built = prepare(keeper, CHECKING, report, page, until=until)
    drift = _compared(keeper, CHECKING, built)
    with keeper.writing() as connection:
        keeper.drop(connection, CHECKING)
    return drift


def prepare(keeper: Keeper, prefix: str, report: Report, page: int, until: int | None) -> Mark:
    """Build a table from the first event on, or go on with one; return the mark it began at."""
    with keeper.writing() as connection:
        old = progress.find(connection, keeper.tables(LIVE).name)
        generation = old.generation + 1 if old is not None else 1
        reach = read.head(connection).size if until is None else until
        begun = keeper.mark(connection, prefix)
        if begun is not None and not (
            begun.generation == generation
            and begun.position <= reach
            and keeper.is_sound(connection, begun)
        ):
            begun = None
        if begun is None:
            keeper.drop(connection, prefix)
            tables = keeper.tables(prefix)
            tables.create(connection)
            begun = Mark(tables.name, keeper.projection.version, generation, position=0)
            progress.put(connection, begun)
    keeper.run(prefix, until, report, page)
    return begun


def place(keeper: Keeper) -> Mark:
    """Put what was prepared where no view is, and return its mark."""
    with keeper.writing() as connection:
        made = keeper.need(connection, BUILDING)
        _swap(keeper, connection, made)
    return made


def _compared(keeper: Keeper, prefix: str, built: Mark) -> list[Drift]:
    """Return how the view that is read differs from what was built."""
    live, fresh = keeper.tables(LIVE), keeper.tables(prefix)
    with keeper.database.reading() as connection:
        there = keeper.mark(connection) is not None
    with keeper.database.reading() as connection:
        for tables in (live, fresh) if there else (fresh,):
            tables.hold(connection)
        made = keeper.need(connection, prefix, built.generation)
        mark = keeper.mark(connection) if there else None
        drift: list[Drift] = []
        if made.stopped_at is not None:
            drift.append(Drift(keeper.name, (), made.stopped_at, Fault.STOPPED))
        if mark is not None:
            drift += differences(connection, live, mark, fresh, made)
        return drift


def _replace(keeper: Keeper, built: Mark, report: Report, page: int) -> bool:
    """Put what was built in the place of what is read, and say whether it could be.

    What is read never goes back: what it has read meanwhile is applied to the other first.
    """
    while True:
        with keeper.writing() as connection:
            made = keeper.need(connection, BUILDING, built.generation)
            old = keeper.mark(connection)
            if old is not None and not keeper.is_sound(connection, old):
                old = None
            if old is not None and made.position < old.position and made.stopped_at is None:
                # Most often a few events: nobody gets ahead while this transaction lasts.
                keeper.turn(connection, BUILDING, old.position, page)
                made = keeper.need(connection, BUILDING)
            if old is None or made.position >= old.position:
                _swap(keeper, connection, made)
                return True
            if made.stopped_at is not None:
                stop = replace(old, stopped_at=made.stopped_at, stopped_by=made.stopped_by)
                progress.put(connection, stop)
                return False
        keeper.run(BUILDING, None, report, page)


def _swap(keeper: Keeper, connection: Connection, made: Mark) -> None:
    live = keeper.tables(LIVE)
    keeper.tables(BUILDING).replace(connection, live)
    progress.forget(connection, made.table)
    progress.put(connection, replace(made, table=live.name))

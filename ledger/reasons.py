"""Reasons: why a row says what it says, and who says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from ledger.grounds import Facts, Ground
from ledger.log import Log
from ledger.projection import Key, Row
from ledger.replay import filters, skips
from ledger.replay.bearing import facts_of, rows_of
from ledger.replay.engine import Engine
from ledger.replay.query import Known, Question

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Reason(Generic[R]):
    """A row, and all that bears on it; or a key that has no row any more."""

    key: Key
    row: Known[R] | None
    """None where a row answered once and none does now."""
    rests_on: tuple[Ground, ...]
    """The facts of which the row is made."""
    otherwise: tuple[Known[R], ...]
    """The rows of the same key that cannot be true together with it."""
    set_aside: tuple[Ground, ...]
    """The facts that bore on the key and count no more: retracted, or corrected to another key."""


@dataclass(frozen=True, slots=True)
class Why(Generic[R]):
    """Why a view says what it says, of which state of the world and the ledger."""

    view: str
    as_of: date | None
    known_at: int
    asked: int
    """The position that was asked about; past `known_at` if the view has not read so far."""
    stopped: str | None
    """The event that keeps the view from reading on, and why."""
    possible: int
    """How many more rows are possible on that day, and not asked for."""
    reasons: list[Reason[R]]
    """Of the rows that answer, in their order; then of the keys that had such rows once."""


def why(log: Log, engine: Engine, question: Question) -> Why[Any]:
    """Return the reasons of the rows that answer a question; raises what the question does."""
    put = engine.put(question)
    tables = put.tables
    with engine.reading() as view:
        asked = put.position(view.connection)
        known_at = view.within(asked)
        page = put.answer(view.connection, known_at)
        ended = put.versions(view.connection, tables.rows.c.known_to <= known_at)
        keys = [_key(known.row) for known in page.known]
        former = list(dict.fromkeys(map(tables.key_of, ended)).keys() - set(keys))
        every = [*dict.fromkeys(keys), *sorted(former)]
        then = filters.known(tables, known_at)
        known = {
            key: [put.known({**stored, "certain": 1}) for stored in rows]
            for key, rows in rows_of(view.connection, tables, every, then).items()
        }
        bearing = facts_of(log.database, view.connection, tables, every)
        skipped = skips.positions(view.connection, engine.projection.name)
    facts = Facts(log, engine.projection, bearing, known_at, skips=skipped)

    def reason(key: Key, row: Known[Any] | None) -> Reason[Any]:
        return Reason(
            key=key,
            row=row,
            rests_on=tuple(facts.of_row(key, row.row)) if row is not None else (),
            otherwise=tuple(_otherwise(row, known.get(key, ()))),
            set_aside=tuple(facts.set_aside(key)),
        )

    return Why(
        view=engine.projection.name,
        as_of=question.as_of,
        known_at=known_at,
        asked=asked,
        stopped=view.stopped,
        possible=page.possible,
        reasons=[
            *(reason(key, row) for key, row in zip(keys, page.known, strict=True)),
            *(reason(key, None) for key in sorted(former)),
        ],
    )


def _key(row: Row) -> Key:
    return tuple(getattr(row, name) for name in type(row).key)


def _otherwise(row: Known[Any] | None, siblings: Iterable[Known[Any]]) -> Iterator[Known[Any]]:
    """Yield the rows of the same key that contradict a row."""
    if row is None or not getattr(row.row, "divergent", False):
        return
    for other in siblings:
        if other.row != row.row and other.row.divergent:
            yield other

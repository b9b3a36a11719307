"""Diff: which rows of a view two states of knowledge have otherwise, and what brought it about.

Each row version says between which positions it was known, so nothing is replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import orjson
from sqlalchemy import Connection, or_, select

from ledger.log import Log
from ledger.log.manners import Values
from ledger.log.recorded import RecordedEvent
from ledger.projection import Key, Row
from ledger.replay.engine import Engine
from ledger.replay.query import Asked, Known, Question, position_of
from ledger.replay.tables import SPAN, Stored, ViewTables
from ledger.times import KnownAt

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class RowChange(Generic[R]):
    """A row that two states of knowledge have otherwise."""

    key: Key
    before: Known[R] | None
    """None where it appeared."""
    after: Known[R] | None
    """None where it is gone."""
    columns: tuple[str, ...]
    """In which columns it changed, if it is in both states."""
    positions: tuple[int, ...]
    """The events between the two states that brought it about."""

    @property
    def kind(self) -> Literal["appeared", "gone", "changed"]:
        """What became of the row."""
        if self.before is None:
            return "appeared"
        return "gone" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Diff(Generic[R]):
    """How what a view says differs between two states of knowledge."""

    view: str
    as_of: date | None
    """The day asked about; None: all days."""
    from_: int
    """The position whose knowledge the one state is."""
    to: int
    """The position whose knowledge the other is; it may be the earlier one."""
    asked: int
    """The last position that was asked about; past both if the view has not read so far."""
    stopped: str | None
    """The event that keeps the view from reading on, and why."""
    changes: list[RowChange[R]]
    """In the order of the keys."""
    events: Mapping[int, RecordedEvent]
    """The events that brought them about, by position."""

    def apply(self, rows: Iterable[R]) -> set[R]:
        """Return the rows of the other state, given those of the one."""
        gone = {change.before.row for change in self.changes if change.before is not None}
        came = {change.after.row for change in self.changes if change.after is not None}
        return (set(rows) - gone) | came


class _Version(NamedTuple):
    """A row version that one of the two states has."""

    values: Values
    """The row as its table has it, without the times of knowledge."""
    because: frozenset[str]
    stored: Stored


_Side: TypeAlias = dict[Key, list[_Version]]
_Pair: TypeAlias = tuple[_Version | None, _Version | None]


def diff(
    engine: Engine, log: Log, question: Question, from_: KnownAt | None, to: KnownAt | None
) -> Diff[Any]:
    """Return how two states of knowledge differ in the rows that answer a question.

    A moment that is None is now. Raises what the question does.
    """
    asked = engine.put(question)
    with engine.reading() as view:
        wanted = [position_of(view.connection, moment) for moment in (from_, to)]
        start, end = map(view.within, wanted)
        changes = list(_compare(view.connection, asked, from_=start, to=end))
    return Diff(
        view=engine.projection.name,
        as_of=question.as_of,
        from_=start,
        to=end,
        asked=max(wanted),
        stopped=view.stopped,
        changes=changes,
        events=log.at({position for change in changes for position in change.positions}),
    )


def _compare(
    connection: Connection, asked: Asked, *, from_: int, to: int
) -> Iterator[RowChange[Any]]:
    """Yield the rows that are known otherwise at two positions, in the order of their keys."""
    tables = asked.tables
    first, last = sorted((from_, to))
    c = tables.rows.c
    only_first = (c.known_from <= first, c.known_to > first, c.known_to <= last)
    only_last = (
        *(c.known_from > first, c.known_from <= last),
        or_(c.known_to.is_(None), c.known_to > last),
    )
    earlier = _by_key(tables, asked.versions(connection, *only_first))
    later = _by_key(tables, asked.versions(connection, *only_last))
    turns = _turns(connection, asked, first, last)
    for key in sorted({*earlier, *later}):
        for pair in _paired(earlier.get(key, []), later.get(key, [])):
            before, after = pair if from_ <= to else reversed(pair)
            rests_on = frozenset[str]().union(*(v.because for v in pair if v is not None))
            yield RowChange(
                key=key,
                before=None if before is None else asked.known(before.stored),
                after=None if after is None else asked.known(after.stored),
                columns=_differing(tables, before, after),
                positions=tuple(sorted({p for why, p in turns.get(key, ()) if why & rests_on})),
            )


def _by_key(tables: ViewTables, versions: Iterable[Stored]) -> _Side:
    names = (*tables.kinds, *SPAN, "because")
    found: _Side = {}
    for stored in versions:
        values = tuple([stored[name] for name in names])
        version = _Version(values, _because(stored["because"]), stored)
        found.setdefault(tables.key_of(stored), []).append(version)
    return found


def _because(text: str) -> frozenset[str]:
    return frozenset(orjson.loads(text))


def _turns(
    connection: Connection, asked: Asked, first: int, last: int
) -> dict[Key, list[tuple[frozenset[str], int]]]:
    """Return, by key, where rows came to be known or ceased to be, and what they rest on."""
    tables = asked.tables
    c = tables.rows.c
    between = [(at > first) & (at <= last) for at in (c.known_from, c.known_to)]
    query = select(c.because, c.known_from, c.known_to, *tables.key_columns)
    found: dict[Key, list[tuple[frozenset[str], int]]] = {}
    for stored in connection.execute(query.where(*asked.of_key, or_(*between))).mappings():
        ends: list[int | None] = [stored["known_from"], stored["known_to"]]
        turns = found.setdefault(tables.key_of(dict(stored)), [])
        because = _because(stored["because"])
        turns += [(because, at) for at in ends if at is not None and first < at <= last]
    return found


def _paired(earlier: Sequence[_Version], later: Sequence[_Version]) -> Iterator[_Pair]:
    """Pair the rows of a key: those that rest on most events in common, then are most alike.

    What is the same in both is left out: it went and came back. Either way round, the pairs are the
    same.
    """
    left = {version.values: version for version in earlier}
    came = {version.values: version for version in later}
    for values in left.keys() & came.keys():
        del left[values], came[values]
    related = [pair for pair in product(left.values(), came.values()) if _shared(*pair)]
    for one, other in sorted(related, key=lambda pair: _likeness(*pair)):
        if one.values in left and other.values in came:
            yield left.pop(one.values), came.pop(other.values)
    if len(left) == len(came) == 1:
        yield left.popitem()[1], came.popitem()[1]
    yield from ((version, None) for version in left.values())
    yield from ((None, version) for version in came.values())


def _likeness(one: _Version, other: _Version) -> tuple[int, int, list[str]]:
    """Return what sorts pairs, the most alike first, and never by which of the two is which."""
    alike = sum(a == b for a, b in zip(one.values, other.values, strict=True))
    return -_shared(one, other), -alike, sorted((repr(one.values), repr(other.values)))


def _shared(one: _Version, other: _Version) -> int:
    return len(one.because & other.because)


def _differing(
    tables: ViewTables, before: _Version | None, after: _Version | None
) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    names = (*tables.kinds, *SPAN, "because")
    both = zip(names, before.values, after.values, strict=True)
    return tuple(name for name, was, now in both if was != now)

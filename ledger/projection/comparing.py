"""Rows beside each other: whether it is one key, and how their days lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ledger.projection.contract import Key, Row
from ledger.times import Span

R = TypeVar("R", bound=Row)


def key_of(row: Row) -> Key:
    """Return the key of a row."""
    return tuple(getattr(row, name) for name in row.key)


def by_key(rows: Iterable[R]) -> dict[Key, list[R]]:
    """Return rows by their key, in the order in which they come."""
    found: dict[Key, list[R]] = {}
    for row in rows:
        found.setdefault(key_of(row), []).append(row)
    return found


def may_hold(state: Span, happened: Span) -> bool:
    """Whether a state may have held on the day on which something happened."""
    first, last = happened.began_earliest, happened.began_latest
    begun = state.began_earliest is None or last is None or state.began_earliest <= last
    ended = state.ended_latest is not None and first is not None and state.ended_latest <= first
    return begun and not ended


def may_coincide(one: Span, other: Span) -> bool:
    """Whether two things may have happened on one day."""
    return not (surely_before(one, other) or surely_before(other, one))


def surely_before(one: Span, other: Span) -> bool:
    """Whether one thing surely happened on an earlier day than another."""
    last, first = one.began_latest, other.began_earliest
    return last is not None and first is not None and last < first

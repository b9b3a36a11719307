"""Views without a table: worked out from what other views say, whenever they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Generic, TypeVar

from ledger.errors import UnusablePolicy
from ledger.log import Log
from ledger.others import Asked, Others
from ledger.policies import ANY, Policy
from ledger.projection import Query, Row, key_of
from ledger.replay import filters, walk
from ledger.replay.engine import Progress
from ledger.replay.query import Answer, Known
from ledger.replay.tables import SPAN, ColumnKind, kinds_of
from ledger.times import KnownAt, parse_day

R = TypeVar("R", bound=Row)


class ComputedView(Generic[R]):
    """Rows that follow from other views: they answer as those do, and are stored nowhere."""

    def __init__(self, log: Log, query: Query[R], views: Callable[[str], Asked]) -> None:
        self._log = log
        self.query = query
        """What works the rows out."""
        self._views = views

    @property
    def view(self) -> str:
        """The name under which it is asked."""
        return self.query.name

    @property
    def kinds(self) -> Mapping[str, ColumnKind]:
        """What its columns hold."""
        return kinds_of(self.query.row)

    @property
    def row(self) -> type[R]:
        """The class of its rows."""
        return self.query.row

    @property
    def joins(self) -> None:
        """It follows from other views altogether: they add nothing to it."""
        return

    @property
    def progress(self) -> Progress:
        """How far it has read: it has no progress of its own, and is always at the head."""
        head = self._log.head().size
        return Progress(self.query.name, head, head)

    def rows(self, **asked: Any) -> list[R]:
        """Return the rows; the question is that of `answer`."""
        return self.answer(**asked).rows

    def answer(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        cursor: str | None = None,
        policy: Policy | str = ANY,
        joined: bool = False,
        **fields: Any,
    ) -> Answer[R]:
        """Work the rows out, as a view answers; there are no pages, and no policy chooses.

        Raises what the answer of a view does.
        """
        del joined
        if str(policy) != str(ANY):
            raise UnusablePolicy(str(policy), f"{self.query.name} is about all that sources say")
        if cursor is not None:
            raise walk.UnusableCursor(self.view, "it is answered at once, without pages")
        head = self._log.head().size
        asked_at = head if known_at is None else self._log.position_at(known_at)
        position = max(0, min(asked_at, head))
        day = parse_day(as_of) if isinstance(as_of, str) else as_of
        fitted = filters.asked(self, fields)
        order = [order_by] if isinstance(order_by, str) else list(order_by)
        others = Others(self._log, self._views, position, day)
        held = list(_held(self._chosen(others, fitted), day))
        wanted = [one for one in held if possible or one.certainty != "possible"]
        ordered = self._ordered(wanted, order)
        return Answer(
            view=self.query.name,
            as_of=day,
            known_at=position,
            asked=asked_at,
            stopped=None,
            known=ordered[: walk.limited(limit)],
            possible=len(held) - len(wanted),
            cursor=None,
        )

    def _ordered(self, known: list[Known[R]], order: Sequence[str]) -> list[Known[R]]:
        """Sort as a stored view does: what is not stated comes last, and the key ends the order."""
        ordered = sorted(known, key=lambda one: key_of(one.row))
        for term in reversed(order):
            name = walk.sorting(self, term)
            there = [one for one in ordered if _value(one.row, name) is not None]
            rest = [one for one in ordered if _value(one.row, name) is None]
            there.sort(key=lambda one: _value(one.row, name), reverse=term != name)
            ordered = [*there, *rest]
        return ordered

    def _chosen(self, others: Others, fields: Mapping[str, Any]) -> Iterator[R]:
        for row in self.query.rows(others, fields):
            if all(_has(getattr(row, name), value) for name, value in fields.items()):
                yield row


def _value(row: Row, name: str) -> Any:
    return getattr(row.span if name in SPAN else row, name)


def _has(found: Any, value: Any) -> bool:
    if isinstance(value, filters.AnyOf):
        return any(_has(found, one) for one in value)
    return value in found if isinstance(found, tuple) else bool(found == value)


def _held(rows: Iterator[R], day: date | None) -> Iterator[Known[R]]:
    for row in rows:
        if day is None:
            yield Known(row, None, None, None)
        elif row.span.certain(day):
            yield Known(row, "certain", None, None)
        elif row.span.possible(day):
            yield Known(row, "possible", None, None)

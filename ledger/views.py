"""Views: rows that answer about a day in the world, as known at a position of the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Generic, TypeVar

from ledger.installed import AnyProjection
from ledger.log import Log
from ledger.projection import Row
from ledger.replay.engine import Engine, Progress
from ledger.replay.query import Answer, Question
from ledger.times import KnownAt, parse_day, parse_known_at

R = TypeVar("R", bound=Row)


class View(Generic[R]):
    """One view of a ledger: rows that answer on a day, as known at a position."""

    def __init__(self, log: Log, engine: Engine) -> None:
        self._log = log
        self._engine = engine

    @property
    def projection(self) -> AnyProjection:
        """What makes the rows."""
        return self._engine.projection

    @property
    def progress(self) -> Progress:
        """How far the view has read."""
        return self._engine.progress()

    def rows(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        **fields: Any,
    ) -> list[R]:
        """Return the rows that hold on a day, as known at a position; see `answer`."""
        return self.answer(
            as_of=as_of,
            known_at=known_at,
            possible=possible,
            order_by=order_by,
            limit=limit,
            **fields,
        ).rows

    def answer(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        cursor: str | None = None,
        **fields: Any,
    ) -> Answer[R]:
        """Bring the view up to the log, and answer.

        `as_of` is a day in the world; without one the rows of all days are given. `known_at` is a
        position or a time of the ledger; without one, now. With `possible`, rows that only possibly
        held on the day are given too. `fields` are columns and the values that they must have; a
        column of several values must contain it.

        Rows come in the order of the columns in `order_by`, downwards where `-` stands before one,
        and then of the key; what is not stated comes last. At most `limit` rows are given: the
        answer's `cursor`, with the same question, gives the next. All pages of such a walk answer
        as known where the first did, whatever is recorded meanwhile.

        Raises `InvalidDate`, `InvalidMoment`, `UnknownColumn`, `UnusableFilter`, `UnusableOrder`,
        `UnusableLimit` or `UnusableCursor`.
        """
        question = Question(
            as_of=parse_day(as_of) if isinstance(as_of, str) else as_of,
            known_at=parse_known_at(known_at) if isinstance(known_at, str) else known_at,
            possible=possible,
            fields=fields,
            order_by=(order_by,) if isinstance(order_by, str) else tuple(order_by),
            limit=limit,
            cursor=cursor,
        )
        self._reach(question.known_at)
        return self._engine.ask(question)

    def _reach(self, *known_at: KnownAt | None) -> None:
        """Bring the view up to the log, unless all that is asked about has been read."""
        progress = self._engine.progress()
        wanted = [None if one is None else self._log.position_at(one) for one in known_at]
        if not progress.built or any(one is None or one > progress.position for one in wanted):
            self._engine.catch_up()

"""A view of a ledger, as whoever asks it sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

from ledger.installed import AnyProjection
from ledger.projection import Row
from ledger.replay.engine import Engine, Progress
from ledger.replay.query import Answer, Question
from ledger.times import KnownAt, parse_day

R = TypeVar("R", bound=Row)


class View(Generic[R]):
    """One view of a ledger: rows that answer on a day, as known at a position."""

    def __init__(self, engine: Engine, position_at: Callable[[KnownAt | str], int]) -> None:
        self._engine = engine
        self._position_at = position_at

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
        **fields: Any,
    ) -> list[R]:
        """Return the rows that hold on a day, as known at a position; see `answer`."""
        return self.answer(as_of=as_of, known_at=known_at, possible=possible, **fields).rows

    def answer(
        self,
        *,
        as_of: date | str | None = None,
        known_at: KnownAt | str | None = None,
        possible: bool = False,
        **fields: Any,
    ) -> Answer[R]:
        """Bring the view up to the log, and answer.

        `as_of` is a day in the world; without one the rows of all days are given. `known_at` is a
        position or a time of the ledger; without one, now. With `possible`, rows that only possibly
        held on the day are given too. `fields` are columns and the values that they must have; a
        column of several values must contain it.

        Raises `InvalidDate`, `InvalidMoment`, `UnknownColumn` or `UnusableFilter`.
        """
        day = parse_day(as_of) if isinstance(as_of, str) else as_of
        position = None if known_at is None else self._position_at(known_at)
        progress = self._engine.progress()
        if not progress.built or position is None or position > progress.position:
            self._engine.freshen()
        return self._engine.ask(Question(day, position, possible=possible, fields=fields))

"""The other views of a ledger, for what joins them: all as known at one position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Protocol

from ledger.log import Log
from ledger.replay.query import Answer
from ledger.times import parse_timestamp


class Asked(Protocol):
    """A view that answers."""

    def answer(self, *, known_at: int, joined: bool, **fields: Any) -> Answer[Any]:
        """Return the rows that have these values, as known at a position."""
        ...


class Others:
    """What other views say at one position; what was asked once is not asked again."""

    def __init__(
        self, log: Log, views: Callable[[str], Asked], position: int, as_of: date | None
    ) -> None:
        self._log = log
        self._views = views
        self._position = position
        self._as_of = as_of
        self._told: dict[str, Sequence[tuple[Any, Any]]] = {}

    @property
    def day(self) -> date | None:
        """The day that is asked about, or the day of the newest event that is known."""
        if self._as_of is not None or not self._position:
            return self._as_of
        return parse_timestamp(self._log.event(self._position).recorded_at).date()

    def rows(self, view: str, **fields: Any) -> Sequence[Any]:
        """Return the rows of a view, of all days, that have these values."""
        return [row for row, _ in self._asked(view, joined=False, **fields)]

    def joined(self, view: str, **fields: Any) -> Sequence[tuple[Any, Any]]:
        """Return such rows, each with the columns that other views add to it."""
        return self._asked(view, joined=True, **fields)

    def _asked(self, view: str, *, joined: bool, **fields: Any) -> Sequence[tuple[Any, Any]]:
        question = repr((view, joined, sorted(fields.items())))
        if question not in self._told:
            answer = self._views(view).answer(known_at=self._position, joined=joined, **fields)
            self._told[question] = [(one.row, one.joined) for one in answer.known]
        return self._told[question]

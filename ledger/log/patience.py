"""Patience: how long an outage of the database is waited through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from ledger.errors import Interrupted

T = TypeVar("T")

PATIENCE = 30.0
"""For how many seconds after its first failure a database that is busy or away is tried again."""
_PAUSE: Final = 0.05
_LONGEST: Final = 1.0


class Outage:
    """A database that may be busy or away: from the first failure until something succeeds."""

    def __init__(self) -> None:
        self.over()

    def over(self) -> None:
        """Something succeeded."""
        self._began: float | None = None
        self._pause = _PAUSE

    def outlast(self, error: Interrupted) -> None:
        """Wait a little before the next attempt; raise the error once patience is at an end."""
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        if now + self._pause - self._began > PATIENCE:
            raise error
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST)


def patiently(act: Callable[[], T]) -> T:
    """Do something again, for a while, as long as the database is busy or away."""
    outage = Outage()
    while True:
        try:
            return act()
        except Interrupted as error:
            outage.outlast(error)

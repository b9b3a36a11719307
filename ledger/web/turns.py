"""How often somebody may ask: a bucket each, which fills as time goes by."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_REMEMBERED: Final = 10_000


class Turns:
    """So many requests a second, and so many at once; for each who asks."""

    def __init__(
        self, rate: float, burst: float, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._now = now
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Who → how many requests are left, and when that was so."""

    def take(self, who: str) -> int:
        """Take a turn, and return 0; or return in how many seconds there will be one."""
        with self._lock:
            now = self._now()
            left, at = self._left.pop(who, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._rate)
            wait = 0 if left >= 1 else math.ceil((1 - left) / self._rate)
            self._left[who] = (left if wait else left - 1, now)
            # Whoever was not here for long has all of them again.
            while len(self._left) > _REMEMBERED:
                self._left.popitem(last=False)
            return wait

"""One follower for all readers of a process: it tells them how long the log is, and waits for none.

Each reader reads the log by position, at its own pace. So whoever is slow, or takes nothing at all,
keeps neither the log nor another reader waiting, and a thread only while it reads a page.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Final

from ledger.api import Ledger
from ledger.errors import LedgerError

_log: Final = logging.getLogger("ledger.web")
_PAUSE: Final = 1.0


class Feed:
    """Knows where the log ends. It begins to follow when the first reader asks."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop = asyncio.get_running_loop()
        self._beginning = asyncio.Lock()
        self._grown = asyncio.Event()
        self.head = 0
        """The position of the newest event, as far as it was told."""
        self.readers = 0
        """How many follow."""

    @property
    def closed(self) -> bool:
        """Whether there will be no more."""
        return self._stop.is_set()

    async def begin(self) -> None:
        """Follow the log, if nobody has begun."""
        async with self._beginning:
            if self._thread is None:
                self.head = await asyncio.to_thread(lambda: self._ledger.head)
                self._thread = threading.Thread(target=self._follow, name="feed", daemon=True)
                self._thread.start()

    async def grown(self, after: int, seconds: float) -> bool:
        """Wait until the log ends past a position, for so many seconds; say whether it does."""
        if self.head <= after and not self.closed:
            try:
                await asyncio.wait_for(self._grown.wait(), seconds)
            except TimeoutError:
                return False
        return self.head > after

    def end(self) -> None:
        """Let every reader end."""
        self._stop.set()
        self._grown.set()

    async def close(self) -> None:
        """End, and wait for the follower."""
        self.end()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _follow(self) -> None:
        while not self.closed:
            try:
                for head in self._ledger.heads(after=self.head, stop=self._stop):
                    self._loop.call_soon_threadsafe(self._tell, head)
            except LedgerError as error:
                _log.error("the log cannot be followed: %s", error)
                self._stop.wait(_PAUSE)

    def _tell(self, head: int) -> None:
        self.head = head
        if not self.closed:
            self._grown.set()
            self._grown = asyncio.Event()

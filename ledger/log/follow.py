"""Follow: events as they are recorded, by this process or another, each once and in order.

There is nothing to miss: a position is taken under the head's lock and seen when it is committed,
so whatever lies up to the head is there. What wakes a follower is a hint; the head is the truth.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Final, TypeAlias, TypeVar

from ledger.errors import Interrupted
from ledger.log import read
from ledger.log.database import Database
from ledger.log.patience import Outage
from ledger.log.recorded import RecordedEvent

T = TypeVar("T")
Look: TypeAlias = Callable[[], Generator[T, None, bool]]
"""Yields what is new, and returns whether there was anything."""

_LOOK: Final = 1.0


def follow(
    database: Database, query: read.Selection, *, after: int, silence: float | None
) -> Iterator[RecordedEvent]:
    """Yield the events of a selection after a position, and then each that is recorded.

    Ends after `silence` seconds in which the log did not grow; never, if None. Memory is bounded by
    a page. An outage is waited through; `Interrupted` where it outlasts `PATIENCE`.
    """

    def look() -> Generator[RecordedEvent, None, bool]:
        nonlocal after
        with database.reading() as connection:
            head = read.head(connection).size
        if head <= after:
            return False
        for recorded in read.pages(database, query, after=after, until=head):
            after = recorded.position
            yield recorded
        after = head
        return True

    return whenever_it_grows(database, look, silence=silence)


def heads(database: Database, *, after: int, stop: threading.Event | None) -> Iterator[int]:
    """Yield the last position, if it is past `after`, and again whenever the log has grown."""

    def look() -> Generator[int, None, bool]:
        nonlocal after
        with database.reading() as connection:
            head = read.head(connection).size
        grown = head > after
        if grown:
            after = head
            yield head
        return grown

    return whenever_it_grows(database, look, silence=None, stop=stop)


def whenever_it_grows(
    database: Database,
    look: Look[T],
    *,
    silence: float | None,
    stop: threading.Event | None = None,
) -> Iterator[T]:
    """Yield what a look at the log finds, and look again whenever the log may have grown.

    Ends after `silence` seconds in which nothing was found (never, if None), or soon after `stop`
    is set. An outage is waited through, as `follow` says, and the log looked at anew.
    """
    heard = time.monotonic()
    outage = Outage()
    wait: Callable[[float], None] | None = None
    with ExitStack() as watching:
        while stop is None or not stop.is_set():
            try:
                # Watching begins before the look, or what came in between would go unheard.
                wait = wait or watching.enter_context(database.growth())
                found = yield from _over_with(outage, look())
                outage.over()
                if found:
                    heard = time.monotonic()
                    continue
                left = _LOOK if silence is None else silence - (time.monotonic() - heard)
                if left <= 0:
                    return
                wait(left)
            except Interrupted as error:
                wait = None
                watching.pop_all().close()
                outage.outlast(error)


def _over_with(outage: Outage, looked: Generator[T, None, bool]) -> Generator[T, None, bool]:
    """Yield what a look finds: each is a success, however long the look takes."""
    while True:
        try:
            news = next(looked)
        except StopIteration as end:
            return bool(end.value)
        outage.over()
        yield news

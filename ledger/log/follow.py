"""Follow: events as they are recorded, by this process or another, each once and in order.

There is nothing to miss: a position is taken under the head's lock and seen when it is committed,
so whatever lies up to the head is there. What wakes a follower is a hint; the head is the truth.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

from ledger.errors import Interrupted
from ledger.log import read
from ledger.log.database import Database
from ledger.log.recorded import RecordedEvent

AWAY: Final = 60.0
"""For how many seconds a follower goes on without a database that went away."""
_PAUSE: Final = 0.2
_LOOK: Final = 1.0


def follow(
    database: Database, query: read.Selection, *, after: int, silence: float | None
) -> Iterator[RecordedEvent]:
    """Yield the events of a selection after a position, and then each that is recorded.

    Ends after `silence` seconds in which the log did not grow; never, if None. Memory is bounded by
    a page. A database that goes away is waited for, up to `AWAY` seconds; then `Interrupted`.
    """
    heard = reached = time.monotonic()
    wait: Callable[[float], None] | None = None
    with ExitStack() as watching:
        while True:
            try:
                # Watching begins before the look, or what came in between would go unheard.
                wait = wait or watching.enter_context(database.growth())
                with database.reading() as connection:
                    head = read.head(connection).size
                if head > after:
                    for recorded in read.pages(database, query, after=after, until=head):
                        after = recorded.position
                        yield recorded
                    after, heard = head, time.monotonic()
                    continue
                reached = time.monotonic()
                left = _LOOK if silence is None else silence - (reached - heard)
                if left <= 0:
                    return
                wait(left)
            except Interrupted:
                if time.monotonic() - reached > AWAY:
                    raise
                wait = None
                watching.pop_all().close()
                time.sleep(_PAUSE)

"""A worker: views kept up to the log, as long as it is wanted.

Any number of workers may keep the same views: each page of a view is one transaction, which holds
the view's rows and its mark, so each event counts once, whoever applies it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress

from ledger.log import read
from ledger.log.database import Database
from ledger.log.follow import whenever_it_grows
from ledger.replay.engine import PAGE, Engine, Progress, Report, Step


class _Ended(Exception):
    """The worker is no longer wanted."""


def keep_up(
    database: Database,
    engines: Sequence[Engine],
    *,
    silence: float | None,
    stop: threading.Event,
    report: Report,
    page: int = PAGE,
) -> Iterator[Progress]:
    """Bring views up to the log, and again whenever it grows; yield how far each has got.

    Ends after `silence` seconds in which the log did not grow (never, if None), or when the page in
    hand is done after `stop` is set. A database that goes away is waited for, for a while; then
    `Interrupted`. An event that a view cannot take stops that view; the others go on.
    """
    told: dict[str, Progress] = {}
    reached = -1

    def between_pages(step: Step) -> None:
        report(step)
        if stop.is_set():
            raise _Ended

    def look() -> Generator[Progress, None, bool]:
        nonlocal reached
        with database.reading() as connection:
            head = read.head(connection).size
        if head == reached:
            return False
        for engine in engines:
            progress = engine.catch_up(between_pages, page=page)
            before = told.get(progress.view)
            if before is None or _stand(before) != _stand(progress):
                told[progress.view] = progress
                yield progress
        reached = head
        return True

    with suppress(_Ended):
        yield from whenever_it_grows(database, look, silence=silence, stop=stop)


def _stand(progress: Progress) -> tuple[int, str | None]:
    return progress.position, progress.stopped

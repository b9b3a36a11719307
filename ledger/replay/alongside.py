"""Views brought up in the transaction of each append, so that they are never behind it.

An append is worth more than a view: whatever goes wrong with a view is taken back to a savepoint,
and the append is committed all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from ledger.errors import DatabaseProblem
from ledger.replay.engine import Engine


@contextmanager
def alongside(engines: Sequence[Engine]) -> Generator[Callable[[Connection, int], None] | None]:
    """Yield what an append calls once the head has moved on from a position; None for no views.

    A view that stood elsewhere, or was somebody else's at that moment, is brought up afterwards. If
    the append fails, no cache keeps what the log does not have.
    """
    if not engines:
        yield None
        return
    behind: list[Engine] = []

    def then(connection: Connection, before: int) -> None:
        behind[:] = [e for e in engines if not e.keeper.join(connection, before)]

    try:
        yield then
    except BaseException:
        for engine in engines:
            engine.keeper.let_go()
        raise
    for engine in behind:
        # What was appended stays appended, whatever becomes of the view.
        with suppress(DatabaseProblem):
            engine.freshen()

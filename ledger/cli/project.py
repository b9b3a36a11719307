"""`project`: views brought up to the log, once or as a worker that goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import watching

if TYPE_CHECKING:
    from ledger.replay.engine import Progress


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--follow", is_flag=True, help="Go on as the record grows, until told to stop.")
@shaped()
@click.pass_context
def project(ctx: click.Context, names: Sequence[str], follow: bool, shape: Shape) -> None:
    """Bring views up to the record, all of them or those named.

    With --follow it goes on as a worker: any number of them may run at once, anywhere. A database
    that goes away is waited for, for a minute. SIGTERM or Ctrl-C ends it when the page in hand is
    done. --jsonl prints a line whenever a view has got further.

    \b
    Examples:
      proceedings project
      proceedings project attendance membership --follow
    """
    from ledger.api import Ledger

    if follow and shape.json:
        raise click.UsageError("--follow has no end: it goes with --jsonl, and not with --json")
    with Ledger.open(address(ctx), create=False) as ledger, watching() as report:
        if follow:
            with _told_to_stop() as stop:
                moved = ledger.keep_up(*names, stop=stop, report=report)
                reached = _follow(moved, shape)
        else:
            reached = ledger.project(*names, report=report)
    if not follow and not shape.for_people:
        output.data(shape, map(_as_json, reached))
    elif shape.for_people:
        rows = ((one.view, f"{one.position:,}", _state(one)) for one in reached)
        output.table(("view", "read up to", "state"), rows)
    if any(one.stopped for one in reached):
        ctx.exit(1)


def _follow(moved: Iterable[Progress], shape: Shape) -> list[Progress]:
    """Say how far views have got as they go, and return how far each has."""
    reached: dict[str, Progress] = {}
    for one in moved:
        reached[one.view] = one
        if shape.jsonl:
            output.data(shape, [_as_json(one)])
        elif one.stopped:
            output.note(f"view {one.view!r} was stopped by {one.stopped}")
    return list(reached.values())


@contextmanager
def _told_to_stop() -> Generator[threading.Event]:
    """Yield what is set by the first SIGTERM or Ctrl-C; the second ends the program at once."""
    stop = threading.Event()
    before: dict[int, Any] = {}

    def tell(number: int, _frame: Any) -> None:
        stop.set()
        signal.signal(number, before[number])

    for asked in (signal.SIGTERM, signal.SIGINT):
        before[asked] = signal.signal(asked, tell)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_json(progress: Progress) -> dict[str, Any]:
    return {
        "view": progress.view,
        "position": progress.position,
        "head": progress.head,
        "stopped": progress.stopped,
    }


def _state(progress: Progress) -> str:
    return f"stopped by {safe(progress.stopped)}" if progress.stopped else "up to date"

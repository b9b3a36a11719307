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


_SKIP = "Pass by the event that stops the view; with --reason."
_UNSKIP = "Pass it by no longer."


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--follow", is_flag=True, help="Go on as the record grows, until told to stop.")
@click.option("--skip", type=click.IntRange(min=1), metavar="POSITION", help=_SKIP)
@click.option("--reason", metavar="TEXT", help="With --skip: why, for whoever reads the view.")
@click.option("--unskip", type=click.IntRange(min=1), metavar="POSITION", help=_UNSKIP)
@click.option("--actor", envvar="PROCEEDINGS_ACTOR", metavar="ID", help="Who says so.")
@shaped()
@click.pass_context
def project(
    ctx: click.Context,
    names: Sequence[str],
    follow: bool,
    skip: int | None,
    reason: str | None,
    unskip: int | None,
    actor: str | None,
    shape: Shape,
) -> None:
    """Bring views up to the record, all of them or those named.

    With --follow it goes on as a worker: any number of them may run at once, anywhere. A database
    that goes away is waited for, for half a minute. SIGTERM or Ctrl-C ends it when the page in
    hand is done. --jsonl prints a line whenever a view has got further.

    An event that a view cannot take stops that view. --skip lets it pass the event by, now and in
    every rebuild; --unskip takes that back, and builds the view anew.

    \b
    Examples:
      proceedings project
      proceedings project attendance membership --follow
      proceedings project attendance --skip 17 --reason "mended in version 2"
    """
    from ledger.api import Ledger

    if follow and shape.json:
        raise click.UsageError("--follow has no end: it goes with --jsonl, and not with --json")
    asked = [given for given in (skip, unskip) if given is not None]
    if asked and (len(asked) > 1 or len(names) != 1 or follow):
        raise click.UsageError("--skip and --unskip stand alone, with the one view they are about")
    if (skip is None) != (reason is None):
        raise click.UsageError("--skip wants a --reason, which is kept, and --reason a --skip")
    with Ledger.open(address(ctx), create=False) as ledger, watching() as report:
        if skip is not None and reason is not None:
            reached = [ledger.skip(names[0], skip, reason=reason, actor=actor)]
        elif unskip is not None:
            reached = [ledger.unskip(names[0], unskip)]
        elif follow:
            with _told_to_stop() as stop:
                moved = ledger.keep_up(*names, stop=stop, report=report)
                reached = _follow(moved, shape)
        else:
            reached = ledger.project(*names, report=report)
    if not follow and not shape.for_people:
        output.data(shape, map(_as_json, reached))
    elif shape.for_people:
        rows = ((one.view, f"{one.position:,}", state(one)) for one in reached)
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
    from dataclasses import asdict

    return {
        "view": progress.view,
        "position": progress.position,
        "head": progress.head,
        "stopped": progress.stopped,
        "skipped": [asdict(skip) for skip in progress.skipped],
    }


def state(progress: Progress) -> str:
    """Say in a few words whether a view goes on, and what it passes by."""
    if progress.stopped:
        says = f"stopped by {safe(progress.stopped)}"
    elif not progress.built:
        says = "not built yet"
    else:
        behind = progress.head - progress.position
        says = f"{behind:,} behind" if behind else "up to date"
    return "\n".join([says, *(f"without event {skip.position}" for skip in progress.skipped)])

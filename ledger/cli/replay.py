"""`replay`: views built anew from the log, and compared with what is stored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import watching

if TYPE_CHECKING:
    from ledger.replay.engine import Drift, Progress

_SHOWN = 20


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--check", is_flag=True, help="Only compare; exit 1 if a stored row is not right.")
@shaped()
@click.pass_context
def replay(ctx: click.Context, names: Sequence[str], check: bool, shape: Shape) -> None:
    """Build views anew from the log, all of them or those named.

    Each is built beside the one that is read, compared with it, and put in its place.

    \b
    Examples:
      proceedings replay
      proceedings replay membership --check
    """
    from ledger.api import Ledger

    with Ledger.open(address(ctx), create=False) as ledger, watching() as report:
        started = time.monotonic()
        views = names or tuple(ledger.views)
        work = ledger.check if check else ledger.rebuild
        drifts = {view: work(view, report=report) for view in views}
        positions = {view: ledger.view(view).progress for view in views}
        seconds = time.monotonic() - started
    told = [
        {
            "view": view,
            "position": positions[view].position,
            "stopped": positions[view].stopped,
            "drift": [asdict(one) for one in drifts[view]],
        }
        for view in views
    ]
    if not shape.for_people:
        output.data(shape, told)
    else:
        rows = (
            (view, f"{positions[view].position:,}", _verdict(drifts[view], positions[view]))
            for view in views
        )
        output.table(("view", "events", "rows"), rows)
        for view in views:
            _explain(drifts[view])
        many = "view" if len(views) == 1 else "views"
        output.note(f"{len(views)} {many} in {seconds:.1f} s")
    if any(progress.stopped for progress in positions.values()) or (check and any(drifts.values())):
        ctx.exit(1)


def _verdict(drift: Sequence[Drift], progress: Progress) -> str:
    if progress.stopped:
        return f"stopped by {safe(progress.stopped)}"
    if drift and not drift[0].key:
        return drift[0].fault
    if not progress.built:
        return "not built yet"
    return f"{len(drift):,} differ" if drift else "as the log says"


def _explain(drift: Sequence[Drift]) -> None:
    for one in drift[:_SHOWN]:
        key = " · ".join(one.key) or "the whole view"
        output.note(f"  {one.view}: {key}, from {one.position}: {one.fault}")
    if len(drift) > _SHOWN:
        output.note(f"  … and {len(drift) - _SHOWN:,} more (--json lists all)")

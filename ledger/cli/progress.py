"""A bar with rate and remaining time, on a terminal; nothing where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.replay.engine import Report, Step


@contextmanager
def watching() -> Generator[Report]:
    """Yield what shows each step of a replay on standard error."""
    if not sys.stderr.isatty():
        yield _unwatched
        return
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from ledger.cli.output import console

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} events"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.view not in tasks:
                tasks[step.view] = bars.add_task(step.view, total=step.until, rate=0)
            rate = step.position / step.seconds if step.seconds else 0
            bars.update(tasks[step.view], total=step.until, completed=step.position, rate=rate)

        yield show


def _unwatched(_step: Step) -> None:
    return

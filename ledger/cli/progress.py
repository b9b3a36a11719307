"""Bars with rate and remaining time, on a terminal; nothing where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from ledger.cli import output

if TYPE_CHECKING:
    from ledger.api import Ledger
    from ledger.log import Watch
    from ledger.replay.engine import Report, Step

Show: TypeAlias = "Callable[[str, int, int, int, float], None]"
"""Shows what is being done: how far it is, of how far, from where it began how long ago."""


@contextmanager
def watching() -> Generator[Report]:
    """Yield what shows each step of a replay on standard error, a bar a view."""
    with _bars() as show:

        def report(step: Step) -> None:
            show(step.view, step.position, step.until, step.begun, step.seconds)

        yield report


def bring_up(ledger: Ledger) -> None:
    """Bring all views up to the log, so that whoever reads them by SQL finds them so."""
    with watching() as report:
        stopped = [p for p in ledger.project(report=report) if p.stopped]
    for progress in stopped:
        output.note(f"view {progress.view!r} was stopped by {progress.stopped}")


@contextmanager
def counting(what: str) -> Generator[Watch]:
    """Yield what shows on standard error how far one thing is."""
    with _bars() as show:
        began = time.monotonic()

        def watch(done: int, of: int) -> None:
            show(what, done, of, 0, time.monotonic() - began)

        yield watch


@contextmanager
def _bars() -> Generator[Show]:
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

        def show(what: str, done: int, of: int, begun: int, seconds: float) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of, completed=begun, rate=0)
            rate = (done - begun) / seconds if seconds else 0
            bars.update(tasks[what], total=of, completed=done, rate=rate)

        yield show


def _unwatched(_what: str, _done: int, _of: int, _begun: int, _seconds: float) -> None:
    return

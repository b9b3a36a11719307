"""`replay`: views built anew from the log: compared, shown, put elsewhere, or told by events."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.asking import limits
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import watching

if TYPE_CHECKING:
    from ledger.api import Ledger
    from ledger.replay.engine import Drift, Progress

_SHOWN = 20


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--check", is_flag=True, help="Only compare; exit 1 if a stored row is not right.")
@click.option(
    "--until", metavar="N|TIME", help="Show a view as a ledger of the events until then has it."
)
@click.option("--into", metavar="URL|FILE", help="Build the views there; replace nothing.")
@click.option("--trace", metavar="KEY", help="Show what each event did to the rows of a key.")
@click.option("--step", is_flag=True, help="With --trace: go through it with keys.")
@shaped()
@click.pass_context
def replay(
    ctx: click.Context,
    names: Sequence[str],
    check: bool,
    until: str | None,
    into: str | None,
    trace: str | None,
    step: bool,
    shape: Shape,
) -> None:
    """Build views anew from the log, all of them or those named.

    Each is built beside the one that is read, compared with it, and put in its place. With --until,
    --into or --trace nothing here is changed: a view is shown as the first events alone make it, or
    built in another database, or told event by event. KEY is the values of the key's columns, with
    commas between.

    \b
    Examples:
      proceedings replay
      proceedings replay membership --check
      proceedings replay attendance --until 49
      proceedings replay --into views.db
      proceedings replay attendance --trace oic-cg-azerbaijan-1,pk
    """
    from ledger.api import Ledger

    if step and trace is None:
        raise click.UsageError("--step goes through a trace: give --trace KEY too")
    if sum((check, into is not None, trace is not None)) > 1:
        raise click.UsageError("one at a time: --check, --into or --trace")
    if check and until is not None:
        raise click.UsageError("--check compares with all that was recorded: leave out --until")
    with Ledger.open(address(ctx), create=False) as ledger:
        if trace is not None:
            _trace(ledger, _one(names), trace, until, shape, step=step)
        elif into is not None:
            _into(ctx, ledger, into, names, until, shape)
        elif until is not None:
            _until(ledger, _one(names), until, shape)
        else:
            _rebuild(ctx, ledger, names, shape, check=check)


def _one(names: Sequence[str]) -> str:
    if len(names) != 1:
        raise click.UsageError("which view? Name one (`proceedings view` lists them)")
    return names[0]


def _trace(
    ledger: Ledger, name: str, key: str, until: str | None, shape: Shape, *, step: bool
) -> None:
    from ledger.cli import trace as printing
    from ledger.formats.stories import turn_as_json

    if step and not shape.for_people:
        raise click.UsageError("--step is for a person: leave out --json and --jsonl")
    if step:
        printing.expect_terminal()
    found = ledger.view(name).trace(*key.split(","), until=until)
    if not shape.for_people:
        output.data(shape, map(turn_as_json, found.turns))
    elif step:
        printing.step(found)
    else:
        printing.show(found)
    limits(found.known_at, found.asked, found.stopped)


def _until(ledger: Ledger, name: str, until: str, shape: Shape) -> None:
    from ledger.cli.view import show

    with watching() as report:
        answer = ledger.view(name).replayed(until, report=report)
    show(answer, shape, ledger.views[answer.view].row)


def _into(
    ctx: click.Context,
    ledger: Ledger,
    into: str,
    names: Sequence[str],
    until: str | None,
    shape: Shape,
) -> None:
    started = time.monotonic()
    with watching() as report:
        built = ledger.replay_into(into, *names, until=until, report=report)
    if shape.for_people:
        told = ((p.view, f"{p.position:,}", _stopped(p) or "built") for p in built)
        output.table(("view", "events", "rows"), told)
        output.note(f"{output.views(len(built))} in {time.monotonic() - started:.1f} s")
    else:
        kept = ("view", "position", "stopped")
        output.data(shape, ({name: getattr(one, name) for name in kept} for one in built))
    if any(progress.stopped for progress in built):
        ctx.exit(1)


def _rebuild(
    ctx: click.Context, ledger: Ledger, names: Sequence[str], shape: Shape, *, check: bool
) -> None:
    started = time.monotonic()
    views = names or tuple(ledger.views)
    work = ledger.check if check else ledger.rebuild
    with watching() as report:
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
        output.note(f"{output.views(len(views))} in {seconds:.1f} s")
    if any(progress.stopped for progress in positions.values()) or (check and any(drifts.values())):
        ctx.exit(1)


def _stopped(progress: Progress) -> str | None:
    return f"stopped by {safe(progress.stopped)}" if progress.stopped else None


def _verdict(drift: Sequence[Drift], progress: Progress) -> str:
    if stopped := _stopped(progress):
        return stopped
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

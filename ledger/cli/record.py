"""`template`, `check`, `record`: what a document says, into the record."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, shaped
from ledger.cli.progress import watching

if TYPE_CHECKING:
    from ledger.log import Receipt
    from ledger.records import Entry

_FILES = click.argument("files", nargs=-1, required=True, metavar="FILE…")


@click.command()
@click.argument("kind", required=False)
def template(kind: str | None) -> None:
    """Print a commented record file to fill in; without KIND, list them.

    \b
    Example:
      proceedings template meeting > report.yaml
    """
    from ledger.records.templates import TEMPLATES
    from ledger.records.templates import template as text_of

    if kind is None:
        output.table(("kind", "for"), TEMPLATES.items())
    else:
        click.echo(text_of(kind), nl=False)


@click.command()
@_FILES
@shaped()
@click.pass_context
def check(ctx: click.Context, files: Sequence[str], shape: Shape) -> None:
    """Say what `record` would do, and append nothing.

    \b
    Example:
      proceedings check report.en.yaml report.ar.yaml
    """
    from ledger.api import Ledger
    from ledger.errors import NoLedger
    from ledger.records import check as rehearse

    entries = _read(files)
    try:
        ledger = Ledger.open(address(ctx), create=False)
    except NoLedger as none:
        output.note(f"{none}; checked against an empty ledger")
        ledger = Ledger.open("sqlite://")
    with ledger:
        receipts = rehearse(ledger, entries)
    _tell(shape, entries, receipts, would=True)


@click.command()
@_FILES
@click.option(
    "--actor", metavar="ID", envvar="PROCEEDINGS_ACTOR", help="Who records: an opaque id."
)
@shaped()
@click.pass_context
def record(ctx: click.Context, files: Sequence[str], actor: str | None, shape: Shape) -> None:
    """Append record files (YAML, JSON) or events (JSON Lines), all of them or nothing.

    Recording a file twice records it once. `-` reads a record file from standard input; events are
    recognized by the ending .jsonl, or with `-` by their first character.

    \b
    Example:
      proceedings record report.en.yaml report.ar.yaml
    """
    from ledger.api import Ledger
    from ledger.records import record as append

    entries = _read(files)
    with Ledger.open(address(ctx), actor=actor or "unnamed") as ledger:
        receipts = append(ledger, entries)
        # So that whoever reads the views by SQL finds them up to date.
        with watching() as report:
            stopped = [p for p in ledger.project(report=report) if p.stopped]
    for progress in stopped:
        output.note(f"view {progress.view!r} was stopped by {progress.stopped}")
    _tell(shape, entries, receipts, would=False)


def _read(files: Sequence[str]) -> list[Entry]:
    from ledger.records import read, read_files

    if "-" not in files:
        return read_files(files)
    if len(files) > 1:
        raise click.UsageError("standard input (-) is read alone")
    given = sys.stdin.buffer.read()
    first = given.removeprefix(BOM_UTF8).lstrip().partition(b"\n")[0]
    lines = first.startswith(b"{") and b'"type"' in first
    return read(given, "standard-input.jsonl" if lines else "standard input")


def _tell(
    shape: Shape, entries: Sequence[Entry], receipts: Sequence[Receipt], *, would: bool
) -> None:
    if not shape.for_people:
        told = (
            {**receipt._asdict(), "file": entry.file, "line": entry.line}
            for entry, receipt in zip(entries, receipts, strict=True)
        )
        output.data(shape, told)
        return
    new = [receipt for receipt in receipts if receipt.appended]
    known = len(receipts) - len(new)
    verb = "would be recorded" if would else "recorded"
    if new:
        first, last = new[0].position, new[-1].position
        where = f"position {first:,}" if first == last else f"positions {first:,} to {last:,}"
        click.echo(f"{_events(len(new))} {verb}, {where}")
    else:
        click.echo(f"nothing new: no event {verb}")
    if known:
        click.echo(f"{_events(known)} in the record before")


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"

"""`template`, `check`, `record`: what a document says, into the record."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.edit import tell_changes
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import bring_up

if TYPE_CHECKING:
    from ledger.events import Event
    from ledger.log import Receipt
    from ledger.records import Entry, Remark

_CORRECT = click.option(
    "--correct", is_flag=True, help="Append a correction for each entry that has changed."
)
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
@_CORRECT
@shaped()
@click.pass_context
def check(ctx: click.Context, files: Sequence[str], correct: bool, shape: Shape) -> None:
    """Say what `record` would do, and append nothing.

    \b
    Example:
      proceedings check report.en.yaml report.ar.yaml
    """
    from ledger.api import Ledger
    from ledger.errors import NoLedger
    from ledger.records import check as rehearse

    entries = _read(files, address(ctx))
    try:
        ledger = Ledger.open(address(ctx), create=False)
    except NoLedger as none:
        output.note(f"{none}; checked against an empty ledger")
        ledger = Ledger.open("sqlite://")
    with ledger:
        remarks: list[Remark] = []
        receipts = rehearse(ledger, entries, correct=correct, hear=remarks.append)
    _tell(shape, entries, receipts, remarks, would=True)


@click.command()
@_FILES
@_CORRECT
@click.option(
    "--actor", metavar="ID", envvar="PROCEEDINGS_ACTOR", help="Who records: an opaque id."
)
@shaped()
@click.pass_context
def record(
    ctx: click.Context, files: Sequence[str], correct: bool, actor: str | None, shape: Shape
) -> None:
    """Append record files (YAML, JSON) or events (JSON Lines), all of them or nothing.

    Recording a file twice records it once. An entry that has changed since is refused, or with
    --correct becomes a correction, so that what the file says now is what is believed. `-` reads a
    record file from standard input; events are recognized by the ending .jsonl, or with `-` by
    their first character.

    \b
    Example:
      proceedings record report.en.yaml report.ar.yaml
    """
    from ledger.api import Ledger
    from ledger.records import record as append

    entries = _read(files, address(ctx))
    with Ledger.open(address(ctx), actor=actor or "unnamed") as ledger:
        remarks: list[Remark] = []
        receipts = append(ledger, entries, correct=correct, hear=remarks.append)
        bring_up(ledger)
    _tell(shape, entries, receipts, remarks, would=False)


def _read(files: Sequence[str], ledger: str) -> list[Entry]:
    from ledger.records import Register, read, read_files

    register = Register(lambda: _parties(ledger))
    if "-" not in files:
        entries = read_files(files, register=register)
    elif len(files) > 1:
        raise click.UsageError("standard input (-) is read alone")
    else:
        given = sys.stdin.buffer.read()
        first = given.removeprefix(BOM_UTF8).lstrip().partition(b"\n")[0]
        lines = first.startswith(b"{") and b'"type"' in first
        name = "standard-input.jsonl" if lines else "standard input"
        entries = read(given, name, register=register)
    if register.unknown:
        output.note(register.told())
    return entries


def _parties(address: str) -> Sequence[Event]:
    """Return the parties that the ledger knows, if there is one."""
    from ledger.api import Ledger
    from ledger.errors import NoLedger
    from ledger.records import parties_in

    try:
        with Ledger.open(address, create=False) as ledger:
            return parties_in(ledger)
    except NoLedger:
        return ()


def _tell(
    shape: Shape,
    entries: Sequence[Entry],
    receipts: Sequence[Receipt],
    remarks: Sequence[Remark],
    *,
    would: bool,
) -> None:
    corrections = [remark for remark in remarks if remark.kind == "corrected"]
    for remark in [remark for remark in remarks if remark.kind != "corrected"]:
        output.note(str(remark))
    if not shape.for_people:
        corrects = {id(remark.entry): remark.fact.root.event_id for remark in corrections}
        output.data(
            shape,
            (
                {
                    **receipt._asdict(),
                    "file": entry.file,
                    "line": entry.line,
                    "corrects": corrects.get(id(entry)),
                }
                for entry, receipt in zip(entries, receipts, strict=True)
            ),
        )
        return
    for remark in corrections:
        click.echo(f"{safe(str(remark))}:")
        tell_changes(remark.changes)
    new = sorted({receipt.position for receipt in receipts if receipt.appended})
    verb = "would be recorded" if would else "recorded"
    if new:
        first, last = new[0], new[-1]
        where = f"position {first:,}" if first == last else f"positions {first:,} to {last:,}"
        click.echo(f"{_events(len(new))} {verb}, {where}")
    else:
        click.echo(f"nothing new: no event {verb}")
    if known := sum(not receipt.appended for receipt in receipts):
        click.echo(f"{_events(known)} in the record before")


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"

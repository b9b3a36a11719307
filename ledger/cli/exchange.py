"""`export` and `import`: the record in a form that other programs, or other ledgers, read."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import counting
from ledger.formats import FORMATS

_STANDARD = "-"
_FORMAT = click.argument("form", metavar="FORMAT", type=click.Choice(list(FORMATS)))


@click.command()
@_FORMAT
@click.argument("file", metavar="[FILE]", default=_STANDARD, type=click.Path())
@click.pass_context
def export(ctx: click.Context, form: str, file: str) -> None:
    """Write the record in a FORMAT to a new FILE, or to standard output.

    The one format is `log`: the whole log as JSON Lines, lossless. It holds private texts too.

    \b
    Examples:
      proceedings export log lakes.jsonl
      proceedings export log | gzip > lakes.jsonl.gz
    """
    from ledger.api import Ledger
    from ledger.formats import log_lines

    del form  # there is one
    began = time.monotonic()
    with (
        Ledger.open(address(ctx), create=False) as ledger,
        ledger.snapshot() as log,
        counting("exporting") as watch,
    ):
        if file == _STANDARD:
            head = log_lines.write(log, sys.stdout.buffer, watch)
            sys.stdout.buffer.flush()
        else:
            from ledger.files import whole

            with whole(Path(file)) as part, part.open("wb") as out:
                head = log_lines.write(log, out, watch)
    says = f"{output.events(head.size)} exported"
    output.moved(says, head.root, time.monotonic() - began, err=True)


@click.command("import")
@_FORMAT
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@shaped()
@click.pass_context
def import_(ctx: click.Context, form: str, file: str, shape: Shape) -> None:
    """Put the record that was exported in a FORMAT to FILE into the ledger, all of it or nothing.

    The one format is `log`. It makes the same log, with the same root: in a new ledger, or in one
    that has the first events of it already. `-` reads standard input.

    \b
    Examples:
      proceedings --db copy.db import log lakes.jsonl
      proceedings --db postgresql://host/lakes import log lakes.jsonl
    """
    from ledger.api import Ledger
    from ledger.formats import log_lines

    del form  # there is one
    began = time.monotonic()
    with (
        _opened(file) as lines,
        Ledger.open(address(ctx)) as ledger,
        counting("importing") as watch,
    ):
        name = "standard input" if file == _STANDARD else file
        placed = log_lines.read(ledger, lines, name, watch)
    head = placed.head
    if shape.for_people:
        before = head.size - placed.new
        told = f"{output.events(placed.new)} imported" if placed.new else "nothing new"
        says = f"{safe(address(ctx))}: {told}, {before:,} were there before"
        output.moved(says, head.root, time.monotonic() - began)
    else:
        told_root = {"size": head.size, "new": placed.new, "root": head.root.hex()}
        output.data(shape, [{"file": file, **told_root}])


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    from ledger.errors import InvalidExport, Problem

    if file == _STANDARD:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise InvalidExport(Problem(file, 1, None, f"cannot be read: {error.strerror}")) from error

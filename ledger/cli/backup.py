"""`backup` and `restore`: a whole ledger into one file, and out of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import counting

if TYPE_CHECKING:
    from ledger.log import Head


@click.command()
@click.argument("file", metavar="FILE", type=click.Path())
@shaped()
@click.pass_context
def backup(ctx: click.Context, file: str, shape: Shape) -> None:
    """Write the ledger, in use or not, into a new FILE, and check all of it.

    FILE is whole or not there. It is a SQLite file and a ledger itself, whatever the ledger's own
    database is. It holds private texts too: keep it as safe as the ledger.

    \b
    Example:
      proceedings backup kept/lakes-2026-11-23.db
    """
    from ledger.api import Ledger

    began = time.monotonic()
    with Ledger.open(address(ctx), create=False) as ledger, counting("checking") as watch:
        head = ledger.backup(file, watch)
    _tell(shape, file, head, time.monotonic() - began)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "--erasures-from",
    "newer",
    metavar="URL|FILE",
    help="Erase what this ledger, which grew from the one in FILE, has erased since.",
)
@click.option(
    "--actor", metavar="ID", envvar="PROCEEDINGS_ACTOR", help="Who erases again: an opaque id."
)
@shaped()
@click.pass_context
def restore(
    ctx: click.Context, file: str, newer: str | None, actor: str | None, shape: Shape
) -> None:
    """Make the ledger that --db names from the backup in FILE, and check all of it.

    The ledger is whole or not there. One that has events is left alone. What was erased after the
    backup is back; with --erasures-from it is erased again.

    \b
    Examples:
      proceedings --db restored.db restore kept/lakes-2026-11-23.db
      proceedings --db postgresql://host/lakes restore kept/lakes-2026-11-23.db
    """
    from ledger.api import Ledger

    began = time.monotonic()
    with counting("restoring") as watch:
        head = Ledger.restore(
            file, address(ctx), watch, erasures_from=newer, actor=actor or "unnamed"
        )
    _tell(shape, address(ctx), head, time.monotonic() - began)


def _tell(shape: Shape, made: str, head: Head, seconds: float) -> None:
    if shape.for_people:
        says = f"{safe(made)}: {output.events(head.size)}, every hash checked"
        output.moved(says, head.root, seconds)
    else:
        output.data(shape, [{"file": made, "size": head.size, "root": head.root.hex()}])

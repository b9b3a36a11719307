"""`diff`: what two states of knowledge say differently, and which events lie between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from ledger.cli import address, output
from ledger.cli.asking import fields_of, limits
from ledger.cli.output import Shape, safe, shaped

if TYPE_CHECKING:
    from ledger.replay.diff import Diff, RowChange

_SIGNS: Final = {"appeared": "+", "gone": "-", "changed": "~"}


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", metavar="VIEW")
@click.option(
    "--from", "from_", metavar="N|TIME", required=True, help="A position, a time or a date."
)
@click.option("--to", metavar="N|TIME", help="Another; it may be the earlier.  [default: now]")
@click.option("--as-of", metavar="DAY", help="Only rows that held on this day of the world.")
@click.option("--possible", is_flag=True, help="With --as-of: also rows that only possibly held.")
@shaped()
@click.argument("filters", nargs=-1, type=click.UNPROCESSED, metavar="[--FIELD VALUE]…")
@click.pass_context
def diff(
    ctx: click.Context,
    name: str,
    from_: str,
    to: str | None,
    as_of: str | None,
    possible: bool,
    filters: Sequence[str],
    shape: Shape,
) -> None:
    """Show what a VIEW says differently at two states of knowledge, and why.

    Each row that appeared (+), is gone (-) or changed (~), and below it the events between the two
    states that brought it about. Any column filters, as in `view`.

    \b
    Examples:
      proceedings diff attendance --from 49 --to 88
      proceedings diff membership --from 2026-11-23 --as-of 2016-09-19
    """
    from ledger.api import Ledger
    from ledger.formats.stories import change_as_json, diff_as_json

    if possible and as_of is None:
        raise click.UsageError("--possible asks about a day: give --as-of too")
    with Ledger.open(address(ctx), create=False) as ledger:
        found = ledger.view(name).diff(
            from_, to, as_of=as_of, possible=possible, **fields_of(filters)
        )
    if shape.for_people:
        _show(found)
    elif shape.jsonl:
        output.data(shape, (change_as_json(found, change) for change in found.changes))
    else:
        output.document(diff_as_json(found))
    limits(max(found.from_, found.to), found.asked, found.stopped)


def _show(found: Diff[Any]) -> None:
    from ledger.cli.log import told

    for change in found.changes:
        click.echo(f"{_SIGNS[change.kind]} {safe(' · '.join(change.key))}")
        for line in _lines(change):
            click.echo(f"    {line}")
        for position in change.positions:
            click.echo(f"  by {told(found.events[position])}")
    counts = Counter[str](change.kind for change in found.changes)
    said = ", ".join(f"{counts[kind]:,} {kind}" for kind in _SIGNS if counts[kind])
    output.note(f"{found.view} from {found.from_:,} to {found.to:,}: {said or 'nothing differs'}")


def _lines(change: RowChange[Any]) -> Iterator[str]:
    from ledger.cli.rows import differing

    before, after = (None if side is None else side.row for side in (change.before, change.after))
    yield from differing(before, after)

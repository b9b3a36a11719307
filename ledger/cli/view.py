"""`view`: rows that hold on a day, as known at a position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ledger.cli import address, output
from ledger.cli.asking import column_of, fields_of, limits
from ledger.cli.output import Shape, shaped

if TYPE_CHECKING:
    from ledger.api import Ledger
    from ledger.replay.query import Answer


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.option("--as-of", metavar="DAY", help="Rows that held on this day of the world.")
@click.option(
    "--known-at",
    metavar="N|TIME",
    help="As the ledger knew it: a position, a time with zone, or a date (its end, in UTC).",
)
@click.option("--possible", is_flag=True, help="With --as-of: also rows that only possibly held.")
@click.option(
    "--sort",
    "order_by",
    metavar="FIELD",
    multiple=True,
    help="By this column, downwards with - before it; may be repeated. The key comes last.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most so many rows.")
@click.option("--cursor", metavar="C", help="Go on where the answer that gave it ended.")
@shaped(csv=True)
@click.argument("filters", nargs=-1, type=click.UNPROCESSED, metavar="[--FIELD VALUE]…")
@click.pass_context
def view(
    ctx: click.Context,
    name: str | None,
    as_of: str | None,
    known_at: str | None,
    possible: bool,
    order_by: tuple[str, ...],
    limit: int | None,
    cursor: str | None,
    filters: Sequence[str],
    shape: Shape,
) -> None:
    """Show the rows of a view; without NAME, list the views.

    Any column filters: --party pk, --meeting …; a column of several values must contain the value.
    Without --as-of the rows of all days are shown. With --limit, a note gives the cursor of the
    rows that follow; ask with it for the same view, times, filters and order.

    \b
    Examples:
      proceedings view membership --group oic-cg-azerbaijan --as-of 2016-09-19
      proceedings view attendance --known-at 49
      proceedings view membership --sort -began-earliest --limit 20
    """
    from ledger.api import Ledger

    if possible and as_of is None:
        raise click.UsageError("--possible asks about a day: give --as-of too")
    with Ledger.open(address(ctx), create=False) as ledger:
        if name is None:
            if as_of or known_at or filters or order_by or limit or cursor:
                raise click.UsageError("which view? `proceedings view` alone lists them")
            _list(ledger, shape)
            return
        fields = fields_of(filters)
        answer = ledger.view(name).answer(
            as_of=as_of,
            known_at=known_at,
            possible=possible,
            order_by=[column_of(field) for field in order_by],
            limit=limit,
            cursor=cursor,
            **fields,
        )
        show(answer, shape, ledger)


def show(answer: Answer[Any], shape: Shape, ledger: Ledger) -> None:
    """Print an answer, and note what it leaves out."""
    from ledger.cli import rows
    from ledger.formats.rows import as_json, column_names

    if shape.for_people:
        rows.show(answer)
    else:
        names = column_names(ledger.views[answer.view].row)
        output.data(shape, map(as_json, answer.known), names)
    if answer.possible:
        are = "is" if answer.possible == 1 else "are"
        output.note(
            f"{answer.possible:,} more {are} possible on {answer.as_of} (--possible lists them)"
        )
    if answer.cursor:
        output.note(f"more rows follow: the same with --cursor {answer.cursor}")
    limits(answer.known_at, answer.asked, answer.stopped)


def _list(ledger: Ledger, shape: Shape) -> None:
    from ledger.cli import project
    from ledger.codec.schema import summary

    views = [(projection, ledger.view(name).progress) for name, projection in ledger.views.items()]
    if shape.for_people:
        rows = (
            (one.view, summary(type(projection)), f"{one.position:,}", project.state(one))
            for projection, one in views
        )
        output.table(("view", "says", "read up to", "state"), rows)
        return
    listed = [
        {
            "view": one.view,
            "says": summary(type(projection)),
            "columns": [*projection.row.__dataclass_fields__],
            "position": one.position,
            "stopped": one.stopped,
            "skipped": [skip.position for skip in one.skipped],
        }
        for projection, one in views
    ]
    output.data(shape, listed, ("view", "says", "columns", "position", "stopped", "skipped"))

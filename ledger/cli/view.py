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
    from ledger.projection import Joined, Row
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
@click.option(
    "--policy",
    metavar="POLICY",
    default="any",
    help="Whose word is taken: any (every row), strict (undisputed rows), prefer=LANGUAGE.",
)
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
    policy: str,
    filters: Sequence[str],
    shape: Shape,
) -> None:
    """Show the rows of a view; without NAME, list the views.

    Any column filters: --party pk, --meeting …; a column of several values must contain the value.
    Without --as-of the rows of all days are shown. With --limit, a note gives the cursor of the
    rows that follow; ask with it for the same view, times, filters and order. Rows say how they
    stand among the versions of what they rest on: a version that is silent of a row is named once
    everything in it has been entered.

    \b
    Examples:
      proceedings view membership --group oic-cg-azerbaijan --as-of 2016-09-19
      proceedings view attendance --known-at 49
      proceedings view membership --sort -began-earliest --limit 20
      proceedings view attendance --policy prefer=en
      proceedings view findings
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
        # The queries are imported only where no stored view has the name.
        computed = name not in ledger.views and name in ledger.queries
        asked = ledger.computed(name) if computed else ledger.view(name)
        answer = asked.answer(
            as_of=as_of,
            known_at=known_at,
            possible=possible,
            order_by=[column_of(field) for field in order_by],
            limit=limit,
            cursor=cursor,
            policy=policy,
            joined=True,
            **fields,
        )
        show(answer, shape, asked.row, asked.joins)


def show(
    answer: Answer[Any], shape: Shape, row: type[Row], joined: type[Joined] | None = None
) -> None:
    """Print an answer, and note what it leaves out."""
    from ledger.cli import rows
    from ledger.formats.rows import as_json, column_names

    if shape.for_people:
        rows.show(answer)
    else:
        names = column_names(row, joined)
        output.data(shape, map(as_json, answer.known), names)
    if answer.possible:
        are = "is" if answer.possible == 1 else "are"
        output.note(
            f"{answer.possible:,} more {are} possible on {answer.as_of} (--possible lists them)"
        )
    if answer.cursor:
        output.note(f"more rows follow: the same with --cursor {answer.cursor}")
    limits(answer.known_at, answer.asked, answer.stopped)
    if answer.policy != "any":
        output.note(f"policy {answer.policy}: rows that it does not follow are left out")


def _list(ledger: Ledger, shape: Shape) -> None:
    from ledger.cli import project
    from ledger.codec.schema import summary

    views = [(projection, ledger.view(name).progress) for name, projection in ledger.views.items()]
    if shape.for_people:
        rows = (
            (one.view, summary(type(projection)), f"{one.position:,}", project.state(one))
            for projection, one in views
        )
        follow = (
            (name, summary(type(query)), "", "from other views")
            for name, query in ledger.queries.items()
        )
        output.table(("view", "says", "read up to", "state"), (*rows, *follow))
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
    listed += [
        {
            "view": name,
            "says": summary(type(query)),
            "columns": [*query.row.__dataclass_fields__],
            "position": ledger.head,
            "stopped": None,
            "skipped": [],
        }
        for name, query in ledger.queries.items()
    ]
    output.data(shape, listed, ("view", "says", "columns", "position", "stopped", "skipped"))

"""`why`: the events behind rows, their documents, and who says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from ledger.cli import address, output
from ledger.cli.asking import fields_of, limits
from ledger.cli.output import Shape, safe, shaped

if TYPE_CHECKING:
    from ledger.changes import Change
    from ledger.events import Event
    from ledger.grounds import Ground
    from ledger.projection import Row
    from ledger.reasons import Reason, Why


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", metavar="VIEW")
@click.option("--as-of", metavar="DAY", help="Rows that held on this day of the world.")
@click.option("--known-at", metavar="N|TIME", help="As the ledger knew it then.")
@click.option("--possible", is_flag=True, help="With --as-of: also rows that only possibly held.")
@shaped()
@click.argument("filters", nargs=-1, type=click.UNPROCESSED, metavar="--FIELD VALUE…")
@click.pass_context
def why(
    ctx: click.Context,
    name: str,
    as_of: str | None,
    known_at: str | None,
    possible: bool,
    filters: Sequence[str],
    shape: Shape,
) -> None:
    """Show why rows of a VIEW say what they say.

    For each row the events that it rests on: which document, language, edition and paragraph,
    recorded when and by whom, what was corrected, who says otherwise, and what no longer counts.
    A row that was known once and is no more is told of too.

    \b
    Examples:
      proceedings why attendance --party pk
      proceedings why meetings --meeting oic-cg-azerbaijan-1 --known-at 88
    """
    from ledger.api import Ledger
    from ledger.formats.stories import reason_as_json

    if possible and as_of is None:
        raise click.UsageError("--possible asks about a day: give --as-of too")
    fields = fields_of(filters)
    if not fields:
        raise click.UsageError("why which rows? Name some with --FIELD VALUE")
    with Ledger.open(address(ctx), create=False) as ledger:
        found = ledger.view(name).why(as_of=as_of, known_at=known_at, possible=possible, **fields)
    if shape.for_people:
        _show(found)
    else:
        output.data(shape, map(reason_as_json, found.reasons))
    if found.possible:
        output.note(f"{found.possible:,} more possible on {found.as_of} (--possible explains them)")
    limits(found.known_at, found.asked, found.stopped)


def _show(found: Why[Any]) -> None:
    for reason in found.reasons:
        for line in _lines(reason):
            click.echo(line)
    if not found.reasons:
        output.note(f"{found.view}: no such row is known, and none was")


def _lines(reason: Reason[Any]) -> Iterator[str]:
    from ledger.cli.rows import differing

    row: Row | None = None if reason.row is None else reason.row.row
    yield safe(" · ".join(reason.key)) + ("" if row is not None else ": no such row any more")
    if row is not None:
        yield from (f"  {line}" for line in differing(None, row))
    yield from _section("rests on", reason.rests_on)
    for other in reason.otherwise:
        yield "  says otherwise"
        yield from (f"    {line}" for line in differing(row, other.row))
    yield from _section("no longer counts", reason.set_aside)


def _section(title: str, grounds: Iterable[Ground]) -> Iterator[str]:
    from ledger.cli.log import told

    for number, one in enumerate(grounds):
        if not number:
            yield f"  {title}"
        yield f"    {told(one.root)}"
        yield f"      {_said(one.root.event)}"
        for revision in one.revisions:
            counts = "" if revision.counts else " (counts no more)"
            yield f"      {told(revision.event)}{counts}"
            yield from (f"        {line}" for line in changed(revision.changes))
        for erasure in one.erasures:
            yield f"      erased by {told(erasure)}"


def _said(event: Event) -> str:
    """Say what an event says, on one line."""
    from ledger.changes import shown

    fields: dict[str, Any] = event.model_dump(mode="json", exclude_defaults=True)
    source = fields.pop("source", {})
    if quote := source.get("quote"):
        fields["quote"] = quote
    return " · ".join(f"{name.replace('_', ' ')}: {safe(shown(v))}" for name, v in fields.items())


def changed(changes: Iterable[Change]) -> Iterator[str]:
    """Say what changed, a field a line: the old content beside the new."""
    from ledger.changes import shown

    for field, old, new in changes:
        yield f"{field}: {safe(shown(old))} → {safe(shown(new))}"

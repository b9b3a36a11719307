"""`log`: the events, in the order of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ledger.cli import address, output
from ledger.cli.output import Shape, safe, shaped

if TYPE_CHECKING:
    from ledger.events import Event
    from ledger.log import RecordedEvent


@click.command()
@click.option("--after", type=click.IntRange(min=0), default=0, help="From the next position on.")
@click.option("--until", type=click.IntRange(min=0), help="Up to this position.")
@click.option("--about", metavar="SUBJECT", help="Of one subject: party:pk, meeting:…, event:…")
@click.option("--type", "types", metavar="T", multiple=True, help="Of a type; may be repeated.")
@click.option("--stream", metavar="S", help="Of one stream: meeting-…, group-…")
@click.option("--follow", is_flag=True, help="Go on with each event as it is recorded.")
@shaped()
@click.pass_context
def log(
    ctx: click.Context,
    after: int,
    until: int | None,
    about: str | None,
    types: tuple[str, ...],
    stream: str | None,
    follow: bool,
    shape: Shape,
) -> None:
    """Show the events of the record, oldest first.

    With --jsonl the lines can be recorded again, here or in another ledger. With --follow the end
    of the record is waited at; Ctrl-C ends it, and --after goes on from the last position.

    \b
    Example:
      proceedings log --about party:pk
    """
    from ledger.api import Ledger
    from ledger.codec.declare import declaration
    from ledger.records.envelope import as_json

    for name in types:
        declaration(name)
    if follow and (until is not None or shape.json):
        raise click.UsageError("--follow has no end: it goes with neither --until nor --json")
    with Ledger.open(address(ctx), create=False) as ledger:
        wanted: Any = {"after": after, "types": types or None, "stream": stream, "subject": about}
        events = ledger.follow(**wanted) if follow else ledger.read(until=until, **wanted)
        if shape.for_people:
            for recorded in events:
                click.echo(_line(recorded))
        else:
            output.data(shape, (as_json(recorded) for recorded in events))


def told(recorded: RecordedEvent) -> str:
    """Say in one line which event it is, from which document, who recorded it, when and why."""
    event = recorded.event
    said = f" [{safe(event.source.citation)}]" if event.source is not None else ""
    moment = recorded.recorded_at[:16].replace("T", " ")
    reason = getattr(event, "reason", None)
    why = f": {safe(reason)}" if reason else ""
    return f"{recorded.position} {recorded.type}{said} by {safe(recorded.actor)}, {moment} UTC{why}"


def _line(recorded: RecordedEvent) -> str:
    event = recorded.event
    said = event.source.citation if event.source else "—"
    dated = f"  {event.valid}" if event.valid else ""
    missing = f"  (texts {recorded.missing})" if recorded.missing else ""
    return (
        f"{recorded.position:>6}  {recorded.recorded_at[:16].replace('T', ' ')}  "
        f"{recorded.type:<27} {safe(names_in(event))}{dated}  [{safe(said)}]{missing}"
    )


def names_in(event: Event) -> str:
    """Name what an event is about, for a person who looks for it."""
    fields = event.model_dump(mode="json", exclude_defaults=True, exclude={"source", "valid"})
    return " ".join(
        value for name, value in fields.items() if isinstance(value, str) and name in _TELLING
    )


_TELLING = frozenset(
    [
        "group",
        "meeting",
        "party",
        "statement",
        "position",
        "instrument",
        "document",
        "about",
        "target",
    ]
)

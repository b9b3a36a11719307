"""`correct` and `retract`: what is believed changes, and what was believed stays answerable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

import click

from ledger.cli import address, output
from ledger.cli.log import names_in
from ledger.cli.output import Shape, safe, shaped
from ledger.cli.progress import bring_up

if TYPE_CHECKING:
    from ledger.changes import Change
    from ledger.editing import Correction, Retraction
    from ledger.events import Source
    from ledger.log import Receipt, RecordedEvent

P = ParamSpec("P")
T = TypeVar("T")

_SOURCE = ("document", "language", "edition", "paragraph")
_SOURCE_HELP = {
    "document": "The document from which we know better.",
    "language": "Which language version of it.",
    "edition": "Which edition of it.",
    "paragraph": "Where in it.",
}


def editing(command: Callable[P, T], *, several: bool = False) -> Callable[P, T]:
    """Give a command EVENT, and what every edit may say; it receives `source` as a source."""

    @wraps(command)
    def edit(*args: P.args, **options: P.kwargs) -> T:
        given = {name: value for name in _SOURCE if (value := options.pop(name)) is not None}
        options["source"] = source_of(cast(dict[str, str], given))
        return command(*args, **options)

    decorated: Any = edit
    decorated = click.option("--dry-run", is_flag=True, help="Show it, and append nothing.")(
        decorated
    )
    decorated = click.option(
        "--actor", metavar="ID", envvar="PROCEEDINGS_ACTOR", help="Who records: an opaque id."
    )(decorated)
    for name in reversed(_SOURCE):
        decorated = click.option(f"--{name}", metavar=name[0].upper(), help=_SOURCE_HELP[name])(
            decorated
        )
    decorated = click.option(
        "--reason", metavar="TEXT", help="Why. Name nobody here: it cannot be erased."
    )(decorated)
    argument = (
        click.argument("events", metavar="EVENT…", nargs=-1, required=True)
        if several
        else click.argument("event")
    )
    return cast(Callable[P, T], argument(decorated))


@click.command()
@click.option(
    "--set", "given", metavar="FIELD=VALUE", multiple=True, help="What a field is to say."
)
@click.option("--unset", "taken", metavar="FIELD", multiple=True, help="A field to say nothing.")
@editing
@shaped()
@click.pass_context
def correct(
    ctx: click.Context,
    event: str,
    given: tuple[str, ...],
    taken: tuple[str, ...],
    reason: str | None,
    source: Source | None,
    actor: str | None,
    dry_run: bool,
    shape: Shape,
) -> None:
    """Correct what is believed of EVENT: a position or an event id, of a fact or its correction.

    Fields within others are dotted: source.paragraph, summaries.en. Values are written as in a
    record file. Nothing in the record is changed: a correction is appended, which holds the whole
    event as it is now believed. What was known before stays answerable with --known-at.

    \b
    Examples:
      proceedings correct 5 --set place=Entebbe --reason "The place was misread."
      proceedings correct 5 --set valid=2026-03-13 --document note-17 --paragraph 2
    """
    from ledger.api import Ledger
    from ledger.records.settings import settings

    with Ledger.open(address(ctx), create=False, actor=actor or "unnamed") as ledger:
        name = name_of(event)
        changes = settings(type(ledger.believed(name).content), given, taken)
        done = ledger.correct(name, changes, reason=reason, source=source, rehearse=dry_run)
        if not dry_run:
            bring_up(ledger)
    if shape.for_people:
        _tell_correction(done, dry_run=dry_run)
        return
    told = _told(done.receipt, done.before.root, done.changes)
    output.data(shape, [{**told, "left_out": list(done.forgotten)}])


@click.command()
@editing
@shaped()
@click.pass_context
def retract(
    ctx: click.Context,
    event: str,
    reason: str | None,
    source: Source | None,
    actor: str | None,
    dry_run: bool,
    shape: Shape,
) -> None:
    """End belief in EVENT: a position or an event id, of a fact, a correction or a retraction.

    Retract a retraction, and what it retracted is believed again. That a speaker took words back is
    no retraction: it is something that happened.

    \b
    Examples:
      proceedings retract 12 --reason "Entered for the wrong meeting."
      proceedings retract 13
    """
    from ledger.api import Ledger

    with Ledger.open(address(ctx), create=False, actor=actor or "unnamed") as ledger:
        done = ledger.retract(name_of(event), reason=reason, source=source, rehearse=dry_run)
        if not dry_run:
            bring_up(ledger)
    if shape.for_people:
        _tell_retraction(done, dry_run=dry_run)
        return
    told = _told(done.receipt, done.before.root, done.changes)
    retracted = {"retracts": done.named.event_id, "believed": done.is_believed}
    output.data(shape, [{**told, **retracted}])


def name_of(event: str) -> int | str:
    """Read how a person names an event: by its position or its id."""
    return int(event) if event.isascii() and event.isdigit() else event


def source_of(given: dict[str, str]) -> Source | None:
    """Read where something is said, from options."""
    if not given:
        return None
    if "document" not in given:
        raise click.UsageError(f"--{next(iter(given))} is that of a document: give --document too")
    from pydantic import ValidationError

    from ledger.events import Source
    from ledger.mistakes import explain

    try:
        return Source.model_validate(given)
    except ValidationError as error:
        wrong = [f"--{d['loc'][0]}: {explain(d, Source)}" for d in error.errors()]
        raise click.UsageError("; ".join(wrong)) from error


def _told(receipt: Receipt, fact: RecordedEvent, changes: Iterable[Change]) -> dict[str, Any]:
    return {
        **receipt._asdict(),
        "fact": fact.event_id,
        "changes": [change._asdict() for change in changes],
    }


def _tell_correction(done: Correction, *, dry_run: bool) -> None:
    fact = described(done.before.root)
    if not done.changes:
        click.echo(
            f"nothing to correct: {fact} says so already, at position {done.receipt.position}"
        )
    else:
        click.echo(f"{fact}:")
        tell_changes(done.changes)
        _tell_receipt(done.receipt, dry_run=dry_run)
    if done.forgotten:
        output.note(f"erased, and left out of the correction: {', '.join(done.forgotten)}")


def _tell_retraction(done: Retraction, *, dry_run: bool) -> None:
    named, fact = done.named, described(done.before.root)
    if not done.receipt.appended:
        where = f"position {done.receipt.position}"
        click.echo(f"{described(named)} is retracted already, by {where}: nothing recorded")
        return
    if done.was_believed and not done.is_believed:
        click.echo(f"belief in {fact} ends")
    elif done.is_believed and not done.was_believed:
        click.echo(f"{fact} is back")
    else:
        click.echo(f"{described(named)} no longer counts")
        if done.changes:
            click.echo(f"{fact}:")
            tell_changes(done.changes)
        elif done.is_believed:
            click.echo(f"{fact} is believed as before")
        else:
            click.echo(f"{fact} is still not believed: another retraction stands")
    _tell_receipt(done.receipt, dry_run=dry_run)


def _tell_receipt(receipt: Receipt, *, dry_run: bool) -> None:
    done = "would be recorded" if dry_run else "recorded"
    click.echo(f"1 event {done}, position {receipt.position:,}")


def tell_changes(changes: Iterable[Change]) -> None:
    """Show what changes, a field a line; old and new are apart, whatever their direction."""
    from ledger.changes import shown

    for field, old, new in changes:
        click.echo(f"  {field}: {safe(shown(old))} → {safe(shown(new))}")


def described(recorded: RecordedEvent) -> str:
    """Name an event for a person: its type, its place and what it is about."""
    from ledger.events import Directive

    described = f"the {recorded.type} at position {recorded.position:,}"
    event = recorded.event
    return described if isinstance(event, Directive) else f"{described} ({safe(names_in(event))})"

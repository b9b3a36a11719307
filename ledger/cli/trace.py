"""How the rows of a key came about: each event, and below it what it did to them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

import click

from ledger.cli import output
from ledger.cli.output import safe

if TYPE_CHECKING:
    from ledger.replay.query import Known
    from ledger.tracing import Trace, Turn

_NEXT: Final = ("n", " ", "\r", "\n", "\x1b[C", "\x1b[B")
_BACK: Final = ("b", "p", "\x1b[D", "\x1b[A")
_QUIT: Final = ("q", "\x1b", "\x03", "\x04")


def show(trace: Trace[Any]) -> None:
    """Print all of a trace."""
    for number, turn in enumerate(trace.turns):
        if number:
            click.echo()
        _print(turn)
    if not trace.turns:
        output.note(f"{trace.view}: no event up to position {trace.known_at:,} is about this key")


def step(trace: Trace[Any]) -> None:
    """Let a person walk through a trace, a key an event, forth and back."""
    turns, at = trace.turns, 0
    while 0 <= at < len(turns):
        _print(turns[at])
        click.echo(f"— {at + 1} of {len(turns)} — n next, b back, q quit", err=True)
        at = _moved(at, len(turns))
    if not turns:
        show(trace)


def expect_terminal() -> None:
    """Raise `click.UsageError` where nobody can press a key."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            "--step wants a terminal to read keys from: without it, all steps are printed"
        )


def _moved(at: int, count: int) -> int:
    """Wait for a key, and return where it leads; past the end to leave."""
    while True:
        try:
            key = click.getchar()
        except (EOFError, KeyboardInterrupt):
            return count
        if key in _NEXT:
            return at + 1
        if key in _BACK:
            return max(0, at - 1)
        if key in _QUIT:
            return count


def _print(turn: Turn[Any]) -> None:
    from rich.text import Text

    printing = output.console()
    for line, style in _lines(turn):
        printing.print(Text(line, style=style), soft_wrap=True)


def _lines(turn: Turn[Any]) -> Iterator[tuple[str, str]]:
    """Yield the lines of a turn, and how each is to look."""
    event, source = turn.event, turn.event.event.source
    yield f"event {event.position}  {event.type}", "bold"
    if turn.fact.position != event.position:
        yield f"About:     {turn.fact.position} {turn.fact.type}", ""
    if source is not None:
        yield f"Source:    {safe(source.citation)}", ""
    moment = event.recorded_at[:16].replace("T", " ")
    yield f"Recorded:  {moment} UTC by {safe(event.actor)}", ""
    if reason := getattr(event.event, "reason", None):
        yield f"Reason:    {safe(reason)}", ""
    yield "", ""
    yield from ((f"    {line}", "") for line in _says(turn))
    yield "", ""
    yield from _patch(_rows(turn.closed), _rows(turn.opened))


def _says(turn: Turn[Any]) -> Iterator[str]:
    """Say what an event asserts: a fact, what it changes of one, or that one counts or not."""
    from ledger.changes import shown
    from ledger.events import Directive, EventCorrected

    event = turn.event.event
    if not isinstance(event, Directive):
        for name, value in _content(event).items():
            yield f"{name.replace('_', ' ')}: {safe(shown(value))}"
        return
    for field, old, new in turn.changes:
        yield f"{field}: {safe(shown(old))} → {safe(shown(new))}"
    if not turn.changes and not isinstance(event, EventCorrected):
        yield f"{turn.fact.position} is {'' if turn.believed else 'not '}believed"


def _content(event: Any) -> dict[str, Any]:
    content: dict[str, Any] = event.model_dump(mode="json", exclude_defaults=True)
    content.pop("source", None)
    return content


def _rows(rows: Iterable[Known[Any]]) -> list[str]:
    """Return rows as lines, so that two states can be compared line by line."""
    from ledger.cli.rows import cells

    return [
        f"{name.replace('_', ' ')}: {line}"
        for known in rows
        for name, cell in cells(known.row).items()
        if cell
        for line in cell.split("\n")
    ]


def _patch(closed: Sequence[str], opened: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines of closed rows (-) and of opened ones (+), what they share once."""
    if not closed and not opened:
        yield "  no row is different", "dim"
    matcher = SequenceMatcher(None, closed, opened, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            yield from ((f"  {line}", "dim") for line in closed[start:end])
        else:
            yield from ((f"- {line}", "red") for line in closed[start:end])
            yield from ((f"+ {line}", "green") for line in opened[other_start:other_end])

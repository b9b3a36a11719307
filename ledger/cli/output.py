"""What a person sees, and what a program gets.

Data goes to standard output; progress and notes go to standard error. Text from the record is shown
safely: what would steer a terminal or turn the order of a line is escaped, and right-to-left text
is isolated, so that it cannot rearrange what stands beside it.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

import click

P = ParamSpec("P")
T = TypeVar("T")

_FSI, _PDI = "\u2068", "\u2069"
_BIDI_CONTROLS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_PIPED_WIDTH: Final = 120
_SHORT: Final = 36
"""Cells up to this width are never broken."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The form in which data is wanted."""

    json: bool = False
    jsonl: bool = False
    csv: bool = False

    @property
    def for_people(self) -> bool:
        """Whether a person is to read it."""
        return not (self.json or self.jsonl or self.csv)


def shaped(*, csv: bool = False) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Give a command `--json` and `--jsonl` (and `--csv`); it receives them as `shape`."""

    def decorate(command: Callable[P, T]) -> Callable[P, T]:
        @wraps(command)
        def shaping(*args: P.args, **options: P.kwargs) -> T:
            wanted = {name: bool(options.pop(f"as_{name}", False)) for name in _SHAPES}
            if sum(wanted.values()) > 1:
                raise click.UsageError("one form at a time: --json, --jsonl or --csv")
            options["shape"] = Shape(**wanted)
            return command(*args, **options)

        decorated: Any = shaping
        for name in reversed(_SHAPES if csv else _SHAPES[:2]):
            decorated = click.option(
                f"--{name}", f"as_{name}", is_flag=True, help=_SHAPE_HELP[name]
            )(decorated)
        return cast(Callable[P, T], decorated)

    return decorate


_SHAPES: Final = ("json", "jsonl", "csv")
_SHAPE_HELP: Final = {
    "json": "One JSON document.",
    "jsonl": "One JSON value a line.",
    "csv": "Comma-separated values, with a header.",
}


def data(shape: Shape, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = ()) -> None:
    """Print rows for a program: as an array, as lines, or as CSV with the given columns."""
    if shape.jsonl:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    elif shape.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    else:
        _array(rows)


def document(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _array(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print an array row by row, so that a long one needs no memory."""
    opening = "[\n"
    for row in rows:
        click.echo(opening + json.dumps(row, ensure_ascii=False), nl=False)
        opening = ",\n"
    click.echo("[]" if opening == "[\n" else "\n]")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return value


def note(message: str) -> None:
    """Tell a person something that is not data."""
    click.echo("\n".join(safe(line) for line in message.splitlines()), err=True)


def events(count: int) -> str:
    """Say how many events."""
    return "1 event" if count == 1 else f"{count:,} events"


def views(count: int) -> str:
    """Say how many views."""
    return "1 view" if count == 1 else f"{count:,} views"


def moved(says: str, root: bytes, seconds: float, *, err: bool = False) -> None:
    """Tell a person of a log that was moved as a whole: what was done, its root, how long it took.

    The first two are data, but where the log itself goes to standard output (`err`).
    """
    click.echo(f"{says}\nroot {root.hex()}", err=err)
    note(f"in {seconds:.1f} s")


def safe(text: str) -> str:
    """Return text as a terminal may show it: controls escaped, right-to-left text isolated."""
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_escaped(character) for character in text)
    turned = any(unicodedata.bidirectional(character) in ("R", "AL") for character in shown)
    return f"{_FSI}{shown}{_PDI}" if turned else shown


def _escaped(character: str) -> str:
    if character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
        return f"\\u{ord(character):04x}"
    return character


def console(*, stderr: bool = False) -> Any:
    """Return a rich console; piped output is wide, and without colour."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table of cells that are already safe; a cell may have several lines."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    every = list(rows)
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(columns):
        short = width_of(row[number] for row in every) <= _SHORT
        made.add_column(Text(name.replace("_", " "), style="bold"), overflow="fold", no_wrap=short)
    for row in every:
        made.add_row(*(Text(cell) for cell in row))
    console().print(made)


def width_of(cells: Iterable[str]) -> int:
    """Return how wide the widest line of some cells is on a terminal."""
    from rich.cells import cell_len

    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def records(rows: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> None:
    """Print rows one below the other: a heading, then name and value pairs, already safe."""
    from rich.table import Table
    from rich.text import Text

    printing = console()
    for heading, pairs in rows:
        printing.print(Text(heading, style="bold"))
        made = Table.grid(padding=(0, 2))
        made.add_column()
        made.add_column(style="dim", no_wrap=True)
        made.add_column(overflow="fold")
        for name, value in pairs:
            made.add_row("", Text(name.replace("_", " ")), Text(value))
        printing.print(made)

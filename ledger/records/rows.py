"""CSV as rows that know their lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from ledger.errors import InvalidRecord, Problem

MAX_BYTES: Final = 64 << 20
"""The most bytes that a table may have."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row by column, without blanks around them, and the line where it begins."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows under its columns."""

    file: str
    columns: Sequence[str]
    rows: Sequence[Row]


def read_table(path: Path, *, comment: str = "") -> Table:
    """Read a CSV file in UTF-8 whose first row names the columns.

    Lines that begin with `comment` are left out, and so are empty ones. Raises `OSError`, or
    `InvalidRecord` with each line that is wrong.
    """
    file = str(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        _refuse(file, 1, f"{size:,} bytes, and {MAX_BYTES:,} are the most: split the file")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(file, data.count(b"\n", 0, error.start) + 1, "this is not UTF-8 text")
    lines = _Lines(text, comment)
    try:
        cells = list(lines.rows())
    except csv.Error as error:
        _refuse(file, lines.first, f"this is not CSV: {error}")
    if not cells:
        _refuse(file, 1, "there is no table here: its first row names the columns")
    (line, columns), *body = cells
    problems = [
        Problem(file, line, name, "two columns have this name")
        for name in sorted({name for name in columns if columns.count(name) > 1})
    ]
    problems += [
        Problem(file, at, None, f"{len(row)} cells, and there are {len(columns)} columns")
        for at, row in body
        if len(row) != len(columns)
    ]
    if problems:
        raise InvalidRecord(problems)
    return Table(file, columns, [Row(at, dict(zip(columns, row, strict=True))) for at, row in body])


def _refuse(file: str, line: int, reason: str) -> NoReturn:
    raise InvalidRecord([Problem(file, line, None, reason)])


class _Lines:
    """Cuts a text into rows of cells, and knows on which line each begins."""

    def __init__(self, text: str, comment: str) -> None:
        self._text = text
        self._comment = comment
        self._begins = True
        self.first = 1

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line on which a row begins, and its cells."""
        for cells in csv.reader(self._lines(), strict=True):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield self.first, stripped
            self._begins = True

    def _lines(self) -> Iterator[str]:
        for number, line in enumerate(io.StringIO(self._text, newline=""), start=1):
            if self._begins and self._comment and line.startswith(self._comment):
                continue
            if self._begins:
                self.first, self._begins = number, False
            yield line

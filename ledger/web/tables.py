"""Rows as a file of a table: lines of JSON, CSV or Parquet, page by page, in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any, Final, TypeAlias

import orjson
from sqlalchemy import Boolean, Date, Integer

from ledger.formats.rows import as_json, column_names
from ledger.installed import AnyProjection
from ledger.replay.query import Known
from ledger.replay.tables import SPAN, ColumnKind, Holds, ViewTables
from ledger.web.negotiation import Format
from ledger.web.problems import NotAcceptable

Pages: TypeAlias = Iterable[Sequence[Known[Any]]]

_PER_GROUP: Final = 10_000
"""About how many rows a row group of a Parquet file has."""
_COMMON: Final[Mapping[str, ColumnKind]] = {
    "known_from": ColumnKind(Integer()),
    "known_to": ColumnKind(Integer()),
    **dict.fromkeys(SPAN, ColumnKind(Date())),
}


def writer(form: Format, projection: AnyProjection) -> Callable[[Pages], Iterator[bytes]]:
    """Return what writes the rows of a view in a form; `NotAcceptable` where Parquet is missing."""
    match form:
        case Format.CSV:
            names = column_names(projection.row)
            return lambda pages: _csv(names, pages)
        case Format.PARQUET:
            return _Parquet(projection).write
        case _:
            return _lines


def _lines(pages: Pages) -> Iterator[bytes]:
    for page in pages:
        yield b"".join(orjson.dumps(as_json(known)) + b"\n" for known in page)


def _csv(names: Sequence[str], pages: Pages) -> Iterator[bytes]:
    """Yield a heading and lines; lists and words are JSON, what is not stated is empty."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(names)
    for page in pages:
        for known in page:
            row = as_json(known)
            out.writerow([_cell(row.get(name)) for name in names])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return orjson.dumps(value).decode() if isinstance(value, dict | list | bool) else value


class _Parquet:
    """Writes Parquet; words by language are JSON texts there, which every reader takes."""

    def __init__(self, projection: AnyProjection) -> None:
        try:
            self._arrow = import_module("pyarrow")
            self._parquet = import_module("pyarrow.parquet")
        except ImportError as error:
            others = [form for form in Format if form is not Format.PARQUET]
            hint = " here (pip install 'contact-group-ledger[parquet]' on the server)"
            raise NotAcceptable(Format.PARQUET, others, hint=hint) from error
        kinds = {**ViewTables(projection).kinds, **_COMMON}
        self._words = {name for name, kind in kinds.items() if kind.holds is Holds.WORDS}
        self._days = {name for name, kind in kinds.items() if isinstance(kind.sql, Date)}
        self._schema = self._arrow.schema(
            [(name, self._type(name, kinds)) for name in column_names(projection.row)]
        )

    def _type(self, name: str, kinds: Mapping[str, ColumnKind]) -> Any:
        arrow, kind = self._arrow, kinds.get(name)
        if name == "because" or (kind is not None and kind.holds is Holds.MANY):
            return arrow.list_(arrow.string())
        if kind is None or kind.holds is Holds.WORDS:
            return arrow.string()
        if isinstance(kind.sql, Date):
            return arrow.date32()
        if isinstance(kind.sql, Boolean):
            return arrow.bool_()
        return arrow.int64() if isinstance(kind.sql, Integer) else arrow.string()

    def write(self, pages: Pages) -> Iterator[bytes]:
        """Yield the file, a group of rows at a time."""
        sink = io.BytesIO()
        out = self._parquet.ParquetWriter(_Unclosed(sink), self._schema)
        for rows in _groups(pages):
            typed = [self._typed(known) for known in rows]
            out.write_table(self._arrow.Table.from_pylist(typed, schema=self._schema))
            yield _taken(sink)
        out.close()
        yield _taken(sink)

    def _typed(self, known: Known[Any]) -> dict[str, Any]:
        row = as_json(known)
        for name in self._words:
            row[name] = orjson.dumps(row[name]).decode()
        for name in self._days:
            row[name] = None if row[name] is None else date.fromisoformat(row[name])
        return row


class _Unclosed(io.RawIOBase):
    """Passes on what is written, and counts it: whoever takes it away does not move the end."""

    def __init__(self, sink: io.BytesIO) -> None:
        super().__init__()
        self._sink = sink
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any, /) -> int:
        size = self._sink.write(data)
        self._written += size
        return size


def _taken(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _groups(pages: Pages) -> Iterator[list[Known[Any]]]:
    gathered: list[Known[Any]] = []
    for page in pages:
        gathered += page
        if len(gathered) >= _PER_GROUP:
            yield gathered
            gathered = []
    if gathered:
        yield gathered

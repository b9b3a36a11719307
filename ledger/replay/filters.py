"""What a row must satisfy: held on a day, known at a position, these values in its columns."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Boolean, ColumnElement, Date, Integer, and_, false, or_, true

from ledger.errors import UnknownColumn, UnusableFilter
from ledger.log.database import Database
from ledger.replay.tables import ColumnKind, Columns, Holds, ViewTables
from ledger.times import parse_day


class AnyOf(list[Any]):
    """Values of which a column must have one."""


def known(tables: ViewTables, position: int) -> ColumnElement[bool]:
    """Return what makes a row version known at a position."""
    c = tables.rows.c
    return and_(c.known_from <= position, or_(c.known_to.is_(None), c.known_to > position))


def held(tables: ViewTables, day: date | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return what makes a row certain, and what makes it possible, on a day."""
    if day is None:
        return true(), true()
    c = tables.rows.c
    certain = and_(c.began_latest <= day, or_(c.ended_earliest.is_(None), c.ended_earliest > day))
    possible = and_(
        or_(c.began_earliest.is_(None), c.began_earliest <= day),
        or_(c.ended_latest.is_(None), c.ended_latest > day),
    )
    return certain, possible


def asked(columns: Columns, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with their values as the columns have them; a list means any of its values.

    Raises `UnknownColumn`, or `UnusableFilter` for a value that the column cannot have.
    """
    return {name: _each(columns, name, value) for name, value in fields.items()}


def having(
    database: Database, tables: ViewTables, fields: Mapping[str, Any]
) -> list[ColumnElement[bool]]:
    """Return what makes columns have the values that `asked` gave."""
    return [_has(database, tables, name, value) for name, value in fields.items()]


def _each(columns: Columns, name: str, value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return AnyOf(_fitting(columns, name, one) for one in cast(Collection[Any], value))
    return _fitting(columns, name, value)


def _has(database: Database, tables: ViewTables, name: str, value: Any) -> ColumnElement[bool]:
    column = tables.rows.c[name]
    if value is None:
        return column.is_(None)
    if isinstance(value, AnyOf):
        return _has_any(database, tables, name, value)
    if tables.kinds[name].holds is Holds.MANY:
        return database.lists(column, value)
    has: ColumnElement[bool] = column == value
    return has


def _has_any(
    database: Database, tables: ViewTables, name: str, values: AnyOf
) -> ColumnElement[bool]:
    if tables.kinds[name].holds is Holds.MANY or None in values:
        return or_(false(), *(_has(database, tables, name, value) for value in values))
    return database.among(tables.rows.c[name], values) if values else false()


def kind_of(columns: Columns, name: str) -> ColumnKind:
    """Return how a row's own column is stored; `UnknownColumn` if there is none."""
    kind = columns.kinds.get(name)
    if kind is None:
        near = difflib.get_close_matches(name, columns.kinds, n=1)
        raise UnknownColumn(columns.view, name, list(columns.kinds), near[0] if near else None)
    return kind


def _fitting(columns: Columns, name: str, value: Any) -> Any:
    """Return a value as its column has it; a text is read as what the column holds."""
    view, kind = columns.view, kind_of(columns, name)
    if value is None:
        return None
    said = _text(view, name, value)
    if kind.holds is Holds.WORDS:
        raise UnusableFilter(
            view, name, value, "words by language, which are read and not compared"
        )
    if isinstance(kind.sql, Date):
        if not isinstance(value, str | date):
            raise UnusableFilter(view, name, value, "a day")
        return parse_day(value) if isinstance(value, str) else value
    if isinstance(kind.sql, Boolean):
        if said.lower() not in ("true", "false", "yes", "no"):
            raise UnusableFilter(view, name, value, "yes or no")
        return said.lower() in ("true", "yes")
    if isinstance(kind.sql, Integer):
        if not _WHOLE_NUMBER.fullmatch(said) or not -(2**63) <= int(said) < 2**63:
            raise UnusableFilter(view, name, value, "a whole number of 64 bits")
        return int(said)
    return said


def _text(view: str, name: str, value: Any) -> str:
    """Return a value as text, if a database can have such a text."""
    try:
        said = str(value)
        said.encode()
    except ValueError as error:  # a lone surrogate; a number of more digits than Python writes
        shown = value if isinstance(value, str) else type(value).__name__
        raise UnusableFilter(view, name, shown, "a text that can be written") from error
    if "\0" in said:
        raise UnusableFilter(view, name, value, "a text without NUL characters")
    return said


_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,19}")

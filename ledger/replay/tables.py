"""A view as a table: plain typed columns, both times, and back to rows.

A table is built anew whenever its projection changes, so it is not migrated. `view_…` is what is
read; `build_…` is what is being built beside it, and `check_…` what it is being compared with.
"""

from __future__ import annotations

import secrets
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from hashlib import sha256
from operator import attrgetter
from typing import (
    Any,
    Final,
    Literal,
    Protocol,
    TypeAlias,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    Tuple,
    tuple_,
)
from sqlalchemy import text as ddl
from sqlalchemy.exc import ProgrammingError

from ledger.codec.docstrings import field_docstrings
from ledger.errors import DamagedView, ViewGone
from ledger.log.manners import Values
from ledger.projection import Key, Projection, Row, Words, columns
from ledger.replay import now
from ledger.schema import roles
from ledger.schema.tables import number, text
from ledger.times import Span

LIVE: Final = "view"
BUILDING: Final = "build"
CHECKING: Final = "check"
PARTIAL: Final = "__"
"""What stands between a view's name and the mark of a part of the log, of which it is made."""

SPAN: Final = ("began_earliest", "began_latest", "ended_earliest", "ended_latest")
"""The columns of a row's span."""
_NO_SUCH_TABLE: Final = "42P01"
_LONGEST_NAME: Final = 63  # of PostgreSQL, in bytes

Stored: TypeAlias = dict[str, Any]
"""A row version as its table has it, by column."""


def as_json(value: Any) -> str:
    """Return a value as the JSON text that a column holds."""
    return orjson.dumps(value).decode()


class Holds(Enum):
    """What a column holds."""

    ONE = "one value"
    MANY = "several texts"
    WORDS = "words by language"


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """How one kind of field is stored and read."""

    sql: Any
    store: Callable[[Any], Any] | None = None
    """How a value becomes a column's; None where it is one."""
    load: Callable[[Any], Any] = lambda value: value
    holds: Holds = Holds.ONE


def _bounded(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise OverflowError(f"no column can hold {value}: whole numbers have 64 bits")
    return value


_WORDS: Final = ColumnKind(
    Text(),
    lambda words: as_json(words.as_json()),
    lambda stored: Words.from_json(orjson.loads(stored)),
    holds=Holds.WORDS,
)
_MANY: Final = ColumnKind(
    Text(),
    as_json,
    lambda stored: tuple(orjson.loads(stored)),
    holds=Holds.MANY,
)
_KINDS: Final[Mapping[Any, ColumnKind]] = {
    str: ColumnKind(text),
    int: ColumnKind(number, _bounded),
    bool: ColumnKind(Boolean(), load=bool),
    date: ColumnKind(Date()),
    Words: _WORDS,
}


def column_kind(hint: Any) -> ColumnKind:
    """Return how a field of a row is stored; `TypeError` for a type that no column can hold."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = [argument for argument in get_args(hint) if argument is not type(None)]
        return column_kind(inner[0]) if len(inner) == 1 else _refuse(hint)
    if origin is Literal:
        return _KINDS[str]
    if origin is tuple:
        return _MANY
    return _KINDS.get(hint) or _refuse(hint)


def _refuse(hint: Any) -> ColumnKind:
    raise TypeError(f"no column can hold {hint}: see ledger.projection.Row")


class Columns(Protocol):
    """What can be asked about in a view: its columns by name, and how each is stored."""

    @property
    def view(self) -> str:
        """The name of the view."""
        ...

    @property
    def kinds(self) -> Mapping[str, ColumnKind]:
        """How each of a row's own fields is stored."""
        ...


def kinds_of(row: type[Any]) -> Mapping[str, ColumnKind]:
    """Return how each of a row's own fields is stored."""
    kinds = _kinds.get(row)
    if kinds is None:
        hints = get_type_hints(row)
        found = {field.name: column_kind(hints[field.name]) for field in columns(row)}
        kinds = _kinds[row] = found
    return kinds


_kinds: Final[dict[type[Any], Mapping[str, ColumnKind]]] = {}
"""What was asked before: to read a class's hints takes longer than a question."""


@dataclass(frozen=True)
class ViewTables:
    """The tables of one projection: its rows, and the inbox of facts by key."""

    projection: Projection[Any, Any]
    prefix: str = LIVE
    hidden: frozenset[str] = frozenset()
    """Subjects: the rows are made without the events that speak of them."""

    @property
    def name(self) -> str:
        """The name of the table of rows, and of its progress."""
        return f"{self.prefix}_{self._named}"

    @cached_property
    def _named(self) -> str:
        if not self.hidden:
            return self.projection.name
        told = sha256(as_json(sorted(self.hidden)).encode()).hexdigest()
        return f"{self.projection.name}{PARTIAL}{told[:8]}"

    @property
    def view(self) -> str:
        """The name of the view, whichever of its tables this is."""
        return self.projection.name

    @property
    def kinds(self) -> Mapping[str, ColumnKind]:
        """How each of a row's own fields is stored."""
        return kinds_of(self.projection.row)

    @cached_property
    def rows(self) -> Table:
        """The versions of rows: each known from one position to before another."""
        row: type[Row] = self.projection.row
        return Table(
            self.name,
            MetaData(),
            *(
                Column(
                    name,
                    kind.sql,
                    primary_key=name in row.key,
                    autoincrement=False,
                    nullable=name not in row.key,
                )
                for name, kind in self.kinds.items()
            ),
            Column("began_earliest", Date, comment="First day on which it may have begun"),
            Column("began_latest", Date, comment="Day by which it had begun"),
            Column("ended_earliest", Date, comment="First day out, at the earliest; null: no end"),
            Column("ended_latest", Date, comment="First day out, at the latest"),
            Column("because", Text, nullable=False, comment="The events that it rests on"),
            Column(
                "known_from",
                number,
                primary_key=True,
                autoincrement=False,
                comment="The position from which it was known",
            ),
            Column("known_to", number, comment="The first position at which it no longer was"),
            Column(
                "ordinal",
                Integer,
                primary_key=True,
                autoincrement=False,
                comment="Its place among the rows of its key that became known at once",
            ),
            sqlite_with_rowid=False,
        )

    @cached_property
    def inbox(self) -> Table:
        """Which facts bear on which key."""
        return Table(
            f"{self.prefix}_inbox_{self._named}",
            MetaData(),
            Column("key", text, primary_key=True),
            Column("root", number, primary_key=True, autoincrement=False),
            sqlite_with_rowid=False,
            comment=f"Which facts bear on which key of {self.projection.name}",
        )

    def create(self, connection: Connection) -> None:
        """Make the tables.

        A table keeps its index when it takes another's place, so chance gives the index its name.
        """
        self._comment()
        self.rows.create(connection)
        self.inbox.create(connection)
        token = secrets.token_hex(4)
        row: type[Row] = self.projection.row
        for column in (*row.key[1:], *row.indexed, "known_from", "known_to"):
            name = f"ix_{token}_{self.projection.name}_{column}"[:_LONGEST_NAME]
            connection.execute(ddl(f'CREATE INDEX "{name}" ON {self.rows.name} ("{column}")'))
        for table in (self.rows, self.inbox):
            roles.share(connection, table.name)

    def drop(self, connection: Connection) -> None:
        """Drop the tables, where they are there."""
        self.rows.drop(connection, checkfirst=True)
        self.inbox.drop(connection, checkfirst=True)

    def replace(self, connection: Connection, other: ViewTables) -> None:
        """Take the place and the names of other tables, which are dropped."""
        self._comment()
        with now.beside(connection, other.rows, self.rows):
            other.drop(connection)
            for mine, theirs in ((self.rows, other.rows), (self.inbox, other.inbox)):
                connection.execute(ddl(f"ALTER TABLE {mine.name} RENAME TO {theirs.name}"))

    def _comment(self) -> None:
        """Let the columns say what they mean, where a database keeps such a thing."""
        # Read from the source only where a table is made: it takes longer than a question.
        comments = field_docstrings(self.projection.row)
        for column in self.rows.columns:
            column.comment = comments.get(column.name, column.comment)
        self.rows.comment = (type(self.projection).__doc__ or "").strip().partition("\n")[0]

    def hold(self, connection: Connection) -> None:
        """Let nobody replace the table of rows until the caller's transaction ends.

        Call it first: on PostgreSQL a transaction sees the rows of its beginning, but the table
        that bears the name now, in which it might not see the rows that were put there since.
        Raises `ViewGone` where there is no such table.
        """
        if connection.dialect.name != "postgresql":
            return
        try:
            connection.exec_driver_sql(f"LOCK TABLE {self.rows.name} IN ACCESS SHARE MODE")
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_SUCH_TABLE:
                raise
            raise ViewGone(self.projection.name) from error

    @property
    def key_columns(self) -> list[Column[Any]]:
        """The columns of the key, in order."""
        names: Key = self.projection.row.key
        return [self.rows.c[name] for name in names]

    @property
    def key(self) -> Tuple:
        """The columns of the key, as one value."""
        return tuple_(*self.key_columns)

    @cached_property
    def store(self) -> Callable[[Row], Values]:
        """Return a row's values in the order of the columns, without the times of knowledge.

        What is equal as values is equal as rows, and the engine compares rows as values.
        """
        names = (*self.kinds, *(f"span.{name}" for name in SPAN), "because")
        take: Callable[[Row], Values] = attrgetter(*names)
        stores = [(at, kind.store) for at, kind in enumerate(self.kinds.values()) if kind.store]
        stores.append((len(names) - 1, as_json))

        def store(row: Row) -> Values:
            values = list(take(row))
            for at, stored in stores:
                if values[at] is not None:
                    values[at] = stored(values[at])
            return tuple(values)

        return store

    def load(self, stored: Mapping[str, Any]) -> Any:
        """Return column values as a row; `DamagedView` if they are none."""
        values: dict[str, Any] = {}
        try:
            for name, kind in self.kinds.items():
                value = stored[name]
                values[name] = None if value is None else kind.load(value)
            span = Span(*(stored[name] for name in SPAN))
            because = tuple(cast(list[str], orjson.loads(stored["because"])))
            return self.projection.row(**values, span=span, because=because)
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedView(self.projection.name, str(error)) from error

    def row(self, values: Values) -> Any:
        """Return as a row what `store` gave of one."""
        return self.load(dict(zip((*self.kinds, *SPAN, "because"), values, strict=True)))

    def key_of(self, stored: Mapping[str, Any]) -> Key:
        """Return the key of a stored row."""
        return tuple(stored[name] for name in self.projection.row.key)


def inbox_key(key: Key) -> str:
    """Return a key as the text under which the inbox knows it."""
    return as_json(key)


def key_of_inbox(text: str) -> Key:
    """Return the key that the inbox knows under a text."""
    return tuple(cast(list[str], orjson.loads(text)))

"""What the log asks of a kind of database.

The rest of the log is one program for all of them. `SQLite` and `PostgreSQL` are the two that
there are; `ledger.testing` has the contract that a third would have to keep.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar, Protocol, TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, Table
from sqlalchemy.engine import URL

from ledger.errors import Unreachable
from ledger.integrity import Node

Values: TypeAlias = tuple[Any, ...]
"""One row, in the order of its table's columns."""


class Severity(IntEnum):
    """How much a remark matters."""

    FINE = 0
    WARNING = 1
    DANGER = 2
    """What was recorded may be lost or damaged."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a look at a database found."""

    about: str
    severity: Severity
    says: str
    todo: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a writer has to know of the log, once the head is held."""

    size: int
    frontier: bytes
    last_recorded_at: str | None
    recorded: Sequence[Values]
    """The events of a batch that are there already: the columns of `RECORDED`."""
    versions: Mapping[str, int]
    """The version at which each stream stands; a stream that is not there is not here."""


RECORDED = (
    "SELECT e.position, e.event_id, e.stream, e.version, e.recorded_at, e.type, e.body, "
    "e.private_hash, p.body FROM log_events AS e "
    "LEFT JOIN log_private AS p ON p.position = e.position"
)


@dataclass(slots=True)
class Rows:
    """The rows of a batch, and the head that they lead to."""

    events: list[Values] = field(default_factory=list[Values])
    private: list[Values] = field(default_factory=list[Values])
    subjects: list[Values] = field(default_factory=list[Values])
    nodes: Sequence[Node] = ()
    head: Values = ()
    """Size, root, frontier and the time of the newest batch."""
    erased: Sequence[str] = ()
    """The ids of events whose private parts go."""


class Writer(Protocol):
    """Writes one batch, in a transaction that somebody else ends."""

    def look(self, event_ids: Sequence[str], streams: Sequence[str]) -> Found:
        """Take the head, so that every other writer waits, and say what is there."""
        ...

    def write(self, rows: Rows) -> None:
        """Insert the rows, table by table, move the head, and let private parts go."""
        ...


class Growth(Protocol):
    """Tells a follower when it may be worth while to look at the head again."""

    def wait(self, seconds: float) -> None:
        """Return when the log may have grown, after so many seconds at the latest."""
        ...


class Manners(Protocol):
    """How one kind of database is opened, locked, written to and watched."""

    backend: ClassVar[str]
    """As SQLAlchemy calls it."""
    takes_turns: bool
    """Whether the database is one connection, on which threads have to take turns."""

    def address(self, url: URL) -> str:
        """Return the address as a person knows it, without a password."""
        ...

    def expect(self, url: URL, *, create: bool) -> None:
        """Raise `NoLedger` where it is plain, without connecting, that there can be none."""
        ...

    def engine(self, url: URL) -> Engine:
        """Return what makes connections."""
        ...

    def reading(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one state of the database and changes nothing."""
        ...

    def writing(self, engine: Engine, what: str) -> AbstractContextManager[Connection]:
        """Open a transaction that alone may write to `what`, from its first moment."""
        ...

    def takes(self, connection: Connection, what: str) -> bool:
        """Let an open transaction alone write to `what` as well, unless somebody does already."""
        ...

    def writer(self, connection: Connection) -> Writer:
        """Return what writes a batch in an open transaction."""
        ...

    def brief(self, engine: Engine) -> AbstractContextManager[Writer]:
        """Open a transaction for one small batch and nothing else, in as few exchanges as can be.

        Where nothing was written, it is committed all the same: so it waits for a standby as the
        append did whose answer was lost.
        """
        ...

    def fill(self, connection: Connection, table: Table, rows: Sequence[Values]) -> None:
        """Insert rows, whole and in the order of the columns, by whatever is fastest here."""
        ...

    def is_empty(self, connection: Connection) -> bool:
        """Say whether the database has no table at all."""
        ...

    def prepare(self, engine: Engine) -> None:
        """Do what an empty database needs before it has tables, and no transaction may hold."""
        ...

    def leave_no_trace(self, engine: Engine) -> None:
        """Let no file of the database keep what was erased, as far as the program can see to it."""
        ...

    def among(self, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
        """Say that a column has one of many values, however many, in one statement."""
        ...

    def lists(self, column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
        """Say that a column's list, a JSON array of texts, has just this text in it."""
        ...

    def growth(self, engine: Engine) -> AbstractContextManager[Growth]:
        """Watch for appends, by this process or another."""
        ...

    def failure(self, error: Exception) -> type[Unreachable] | None:
        """Return what an error of the driver means; None for one that is not the driver's."""
        ...

    def sees_private(self, connection: Connection) -> bool:
        """Say whether this login may read private parts."""
        ...

    def remarks(self, engine: Engine) -> Sequence[Remark]:
        """Look at the database itself: its build, its settings, who is logged in."""
        ...

"""Row, fact, projection: the three words that every view is written in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from datetime import date
from functools import cache, partial
from typing import (
    Any,
    ClassVar,
    Generic,
    TypeAlias,
    TypeVar,
    cast,
    dataclass_transform,
)

from ledger.codec.stored import encode
from ledger.events import Event
from ledger.projection.beside import Beside, Joined
from ledger.times import Span

Key: TypeAlias = tuple[str, ...]
"""What rows are about: the values of the row's key columns."""


def columns(row: type[Any]) -> tuple[Field[Any], ...]:
    """Return the fields of a row class that are its own: all but the span and the reasons."""
    all_fields = fields(cast(Any, row))
    return tuple(field for field in all_fields if field.name not in ("span", "because"))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class _Frozen:
    """Makes a frozen dataclass of whatever inherits from it."""

    key: ClassVar[Key] = ()
    """The fields that make up the key, in order."""
    indexed: ClassVar[Key] = ()
    """Other fields by which rows are often asked for."""
    lasts: ClassVar[bool] = False
    """Whether it is a state, which can end, and not an occurrence."""
    sorted_by: ClassVar[tuple[str, ...]] = ()
    """By which columns, the span's among them, rows come where no other order is asked for."""

    def __init_subclass__(
        cls,
        *,
        key: Key = (),
        indexed: Key = (),
        lasts: bool = False,
        sorted_by: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        dataclass(frozen=True, kw_only=True)(cls)
        names = tuple(field.name for field in columns(cls))
        if names[: len(key)] != key:
            raise TypeError(f"{cls.__name__}: the key's columns come first, and are {key}")
        if not set(indexed) <= {*names[len(key) :]}:
            raise TypeError(f"{cls.__name__}: {indexed} are to be columns beside the key's")
        cls.key, cls.indexed, cls.lasts, cls.sorted_by = key, indexed, lasts, sorted_by


class Row(_Frozen):
    """Base of a view's rows: frozen, hashable, the key's columns first.

        class MembershipRow(Row, key=("group", "party"), lasts=True): ...

    Rows are found at once by the key's columns, and by those that are `indexed` beside them, for
    which each row that is written pays. A field's type gives its column: `str`, `int`, `bool`,
    `date`, a `Literal` of texts, a tuple of texts or `Words`. What no source states is None.
    """

    span: Span
    """When it holds; what happened once holds from then on, without an end."""
    because: tuple[str, ...]
    """The events that the row rests on: roots, and the corrections whose content is used."""


E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)
R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Fact(Generic[E_co]):
    """A believed event: what its root says now that corrections are counted in."""

    root: str
    """The event id of the fact, whatever corrects it."""
    event: E_co
    """The content that is believed."""
    because: tuple[str, ...]
    """The root, and the correction whose content is used."""
    body: bytes
    """The content as canonical JSON without its private part: what facts are ordered by."""

    @staticmethod
    def of(event: E, root: str = "given") -> Fact[E]:
        """Return an event as a fact of its own, to try a fold with plain values."""
        return Fact(root, event, (root,), encode(event).body)


class Projection(ABC, Generic[R, E]):
    """What a view's rows are about, and how believed facts become rows.

    `key` and `fold` are pure: no clock, no chance, no input or output, no other key's rows. The
    same code then serves the append transaction, a catch-up, a rebuild and a past state.
    """

    name: ClassVar[str]
    """The stored name of the view; its table is `view_` and the name."""
    version: ClassVar[int]
    """Raised when `key`, `fold` or the row changes: the view is then built anew."""
    row: ClassVar[type[Any]]
    """The class of its rows."""
    handles: ClassVar[tuple[type[Event], ...]]
    """The event classes it reads. Facts of one day fall in this order."""

    @abstractmethod
    def key(self, event: E) -> Iterator[Key]:
        """Yield the keys that an event bears on; one event may bear on several."""

    @abstractmethod
    def fold(self, key: Key, facts: Sequence[Fact[E]]) -> Iterator[R]:
        """Yield the rows of one key from its believed facts, which come in order of content."""

    steps: ClassVar[bool] = False
    """Whether it has `step` and `tail`: worth it where a key can have some hundred facts."""

    def step(self, key: Key, state: Any, fact: Fact[E]) -> tuple[Any, Iterable[R]]:
        """Take one fact more, and return the state after it and the rows that it finished.

        The same fold, fact by fact: `state` is None before the first, and is never changed but
        replaced. A finished row stays whatever comes after it. The finished rows of all facts and
        the `tail` are the rows of `fold`; a law of the tests compares.
        """
        raise NotImplementedError

    def tail(self, key: Key, state: Any) -> Iterable[R]:
        """Return the rows that a later fact may still change."""
        raise NotImplementedError

    joined: ClassVar[type[Joined] | None] = None
    """The class of the columns that other views add when it is asked; they are never stored."""

    def join(self, rows: Sequence[R], beside: Beside) -> Iterable[Joined]:
        """Return what other views say of some rows, one for each, in their order."""
        raise NotImplementedError


Place: TypeAlias = tuple[tuple[date, date], int, bytes, str]
"""Where a fact falls among those of its key."""


def place(projection: Projection[Any, Any], fact: Fact[Any]) -> Place:
    """Return a fact's place: by date, then kind, then body. The order of recording never shows."""
    event = fact.event
    rank = _ranks(projection.handles)[type(event)]
    return event.when.window.order, rank, fact.body, fact.root


@cache
def _ranks(handles: tuple[type[Event], ...]) -> Mapping[type[Event], int]:
    return {kind: rank for rank, kind in enumerate(handles)}


def in_order(projection: Projection[Any, Any], facts: Iterable[Fact[E]]) -> list[Fact[E]]:
    """Sort facts by their place."""
    return sorted(facts, key=partial(place, projection))


def because(facts: Iterable[Fact[Any]]) -> tuple[str, ...]:
    """Return the events that a row rests on, each once."""
    return tuple(sorted({event_id for fact in facts for event_id in fact.because}))


def stated(value: Any) -> Any:
    """Return a value, or None where it only says that nothing was stated."""
    return None if value in ("not-stated", (), "") else value

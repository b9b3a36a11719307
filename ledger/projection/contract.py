"""Row, fact, projection: the three words that every view is written in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from ledger.events import Event, Source
from ledger.times import Span

Key: TypeAlias = tuple[str, ...]
"""What rows are about: the values of the row's key columns."""


class Words(Mapping[str, str]):
    """Words by language: a mapping that never changes, so that a row can hold it."""

    __slots__ = ("_items",)

    def __init__(self, words: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._items = dict(sorted(dict(words).items()))

    def __getitem__(self, language: str) -> str:
        return self._items[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def as_dict(self) -> dict[str, str]:
        """Return the words as a dict of the caller's own."""
        return self._items.copy()

    def __repr__(self) -> str:
        return f"Words({self._items!r})"


def columns(row: type[Any]) -> tuple[Field[Any], ...]:
    """Return the fields of a row class that are its own: all but the span and the reasons."""
    all_fields = fields(cast(Any, row))
    return tuple(field for field in all_fields if field.name not in ("span", "because"))


@dataclass_transform(frozen_default=True, kw_only_default=True)
class _Frozen:
    """Makes a frozen dataclass of whatever inherits from it."""

    key: ClassVar[Key] = ()
    """The fields that make up the key, in order."""
    lasts: ClassVar[bool] = False
    """Whether it is a state, which can end, and not an occurrence."""

    def __init_subclass__(cls, *, key: Key = (), lasts: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclass(frozen=True, kw_only=True)(cls)
        if tuple(field.name for field in columns(cls))[: len(key)] != key:
            raise TypeError(f"{cls.__name__}: the key's columns come first, and are {key}")
        cls.key, cls.lasts = key, lasts


class Row(_Frozen):
    """Base of a view's rows: frozen, hashable, the key's columns first.

        class MembershipRow(Row, key=("group", "party"), lasts=True): ...

    A field's type gives its column: `str`, `int`, `bool`, `date`, a `Literal` of texts, a tuple of
    texts or `Words`. What no source states is None.
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


def spoken(facts: Iterable[Fact[E]], wording: Callable[[E], str | None]) -> Words:
    """Gather one wording of each fact, under the language of the version that says it."""

    def by_language(event: E) -> Mapping[str, str]:
        text = wording(event)
        language = event.source.language if event.source is not None else "und"
        return {} if text is None else {language: text}

    return words(facts, by_language)


def words(facts: Iterable[Fact[E]], texts: Callable[[E], Mapping[str, str]]) -> Words:
    """Gather words by language.

    Where versions word it differently, each wording is kept and says whose it is:
    `ar: … / en draft: …`, with the documents where there are several.
    """
    gathered: dict[str, dict[str, set[Source]]] = {}
    for fact in facts:
        for language, wording in texts(fact.event).items():
            sources = gathered.setdefault(language, {}).setdefault(wording, set())
            if fact.event.source is not None:
                sources.add(fact.event.source)
    return Words({language: _side_by_side(said) for language, said in gathered.items()})


def _side_by_side(said: Mapping[str, set[Source]]) -> str:
    if len(said) == 1:
        return next(iter(said))
    several = len({source.document for sources in said.values() for source in sources}) > 1
    told = (
        (", ".join(sorted({_whose(source, several=several) for source in sources})), wording)
        for wording, sources in said.items()
    )
    return " / ".join(f"{whose}: {text}" if whose else text for whose, text in sorted(told))


def _whose(source: Source, *, several: bool) -> str:
    edition = "" if source.edition == "unmarked" else f" {source.edition}"
    return f"{source.document} {source.language}{edition}" if several else source.language + edition

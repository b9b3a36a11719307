"""What a field's type says beyond its shape: whose name it is, and whether it can be erased.

An event class is an ordinary pydantic model. Two marks, put on field types with `Annotated`, carry
the rest: `Identifies("party")` makes a field a *subject* (the log can then answer "everything about
this party"), `PRIVATE` sends a text to the erasable part. `meaning_of(model)` reads them once a
class, at declaration, so that nothing has to be said twice.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Identifies:
    """A text that names one thing of a kind; `kind` is None for a whole subject (`meeting:x`)."""

    kind: str | None


class _Mark:
    """A mark without a value; compared by identity."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


PRIVATE: Final = _Mark("PRIVATE")
"""A text, or a mapping of language to text, that stands in the erasable part of an event."""

HOLDS_EVENT: Final = _Mark("HOLDS_EVENT")
"""A whole event inside another: `{"type": …, "schema_version": …, "event": {…}}`."""


@dataclass(slots=True)
class Meaning:
    """What the fields of one model mean. Field names map to what their values carry."""

    identifiers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Field → kind of identifier. The value is one identifier or a list of them."""
    single: tuple[str, ...] = ()
    """The identifier fields that hold one value, in order of declaration."""
    private: set[str] = field(default_factory=set[str])
    events: set[str] = field(default_factory=set[str])
    nested: dict[str, Meaning] = field(default_factory=dict[str, "Meaning"])
    """Field → the meaning of the model it holds."""


def meaning_of(model: type[BaseModel]) -> Meaning:
    """Read the marks of a model's field types.

    Raises `TypeError`, at import, for a mark where no value could be found again: a private field
    or an identifier inside a list of models.
    """
    meaning = Meaning()
    single: list[str] = []
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name not in model.model_fields:
            continue
        for mark, many in _marks(hint):
            if isinstance(mark, Identifies):
                meaning.identifiers[name] = mark.kind
                single.extend(() if many else (name,))
            elif mark is PRIVATE:
                meaning.private.add(name)
            elif mark is HOLDS_EVENT:
                meaning.events.add(name)
            else:
                _nest(meaning, model, name, mark, many=many)
    meaning.single = tuple(single)
    return meaning


def _nest(
    meaning: Meaning, model: type[BaseModel], name: str, inside: type[BaseModel], *, many: bool
) -> None:
    inner = meaning_of(inside)
    if inner.private or inner.identifiers or inner.nested:
        if many:
            raise TypeError(
                f"{model.__name__}.{name}: a list of {inside.__name__} may hold neither "
                "identifiers nor private texts"
            )
        meaning.nested[name] = inner


def _marks(hint: Any, *, many: bool = False) -> Iterator[tuple[Any, bool]]:
    """Yield every mark and model inside a type, and whether it stands inside a list."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *metadata = get_args(hint)
        marks = [m for m in metadata if isinstance(m, Identifies | _Mark)]
        yield from ((mark, many) for mark in marks)
        if not marks:
            yield from _marks(inner, many=many)
    elif origin in (Union, types.UnionType):
        for argument in get_args(hint):
            yield from _marks(argument, many=many)
    elif origin in (tuple, list):
        for argument in get_args(hint):
            yield from _marks(argument, many=True)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint, many


def subjects_in(data: dict[str, Any], meaning: Meaning) -> Iterator[str]:
    """Yield the subjects (`party:pk`, `meeting:…`) that an event's JSON names, with repeats."""
    for name, kind in meaning.identifiers.items():
        value = data.get(name)
        if value is None:
            continue
        identifiers = cast(list[str], value if isinstance(value, list) else [value])
        for identifier in identifiers:
            yield identifier if kind is None else f"{kind}:{identifier}"
    for name, inner in meaning.nested.items():
        value = data.get(name)
        if value is not None:
            yield from subjects_in(value, inner)

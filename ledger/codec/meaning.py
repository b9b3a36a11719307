"""What a field's type says beyond its shape: whose name it is, and whether it can be erased.

An event class is an ordinary pydantic model. Two marks, put on field types with `Annotated`, carry
the rest: `Identifies("party")` makes a field a *subject* (the log can then answer "everything about
this party"), `PRIVATE` sends a text to the erasable part. `meaning_of(model)` reads them once a
class, at declaration, so that nothing has to be said twice.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, PlainSerializer, WrapSerializer
from pydantic.fields import FieldInfo


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

_UNIONS: Final = (Union, types.UnionType)
_SCALARS: Final = (str, int, bool, types.NoneType)


@dataclass(slots=True)
class Meaning:
    """What the fields of one model mean. Field names map to what their values carry."""

    identifiers: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Field → kind of identifier. The value is one identifier or a list of them."""
    single: tuple[str, ...] = ()
    """The identifier fields that hold one value, in order of declaration."""
    fields: tuple[str, ...] = ()
    """All fields, in order of declaration."""
    private: set[str] = field(default_factory=set[str])
    events: set[str] = field(default_factory=set[str])
    nested: dict[str, Meaning] = field(default_factory=dict[str, "Meaning"])
    """Field → the meaning of the model it holds."""
    texts: set[str] = field(default_factory=set[str])
    """The fields that hold one text."""
    plain: set[str] = field(default_factory=set[str])
    """The fields that hold other plain JSON: whole numbers, lists of texts, texts by language …"""
    others: set[str] = field(default_factory=set[str])
    """The fields whose values only pydantic can turn into JSON: lists of models, days …"""
    defaults: dict[str, Any] = field(default_factory=dict[str, Any])
    """The defaults other than None."""
    is_typed: bool = False
    """Whether there is nothing in it but texts, plain JSON and models of these."""

    @property
    def says_anything(self) -> bool:
        """Whether a model has anything in it that the record must find again."""
        within = any(inner.says_anything for inner in self.nested.values())
        return bool(self.identifiers or self.private or self.events or within)


def meaning_of(model: type[BaseModel]) -> Meaning:
    """Read the marks of a model's field types.

    Raises `TypeError`, at import, for what could not be written so that it can be found again: a
    private text, an event or an identifier's model inside a list, a private value that is no text,
    a None that is no default (null in a body marks a private text, and nothing else), a serializer
    in the class, of which a body would know nothing.
    """
    own = model.__pydantic_decorators__
    if own.field_serializers or own.model_serializers:
        raise TypeError(f"{model.__name__}: put serializers on the types of fields")
    meaning = Meaning(fields=tuple(model.model_fields))
    single: list[str] = []
    for name, info in model.model_fields.items():
        place = f"{model.__name__}.{name}"
        if _takes_none(info.annotation) and (info.is_required() or info.default is not None):
            raise TypeError(f"{place}: None can only be a default, for it is never written")
        for mark, inside, many in _marks(info.annotation, info.metadata):
            if isinstance(mark, Identifies):
                meaning.identifiers[name] = mark.kind
                single.extend(() if many else (name,))
                continue
            if many:
                _expect_plain(place, mark)
            elif mark is PRIVATE:
                _expect_text(place, inside)
                meaning.private.add(name)
            elif mark is HOLDS_EVENT:
                meaning.events.add(name)
            elif _is_sole(mark, info):
                meaning.nested[name] = meaning_of(mark)
            else:
                _expect_plain(place, mark)
        _read_shape(meaning, name, info, place)
    meaning.single = tuple(single)
    typed_within = all(inner.is_typed for inner in meaning.nested.values())
    meaning.is_typed = typed_within and not meaning.others and not meaning.events
    return meaning


def _read_shape(meaning: Meaning, name: str, info: FieldInfo, place: str) -> None:
    """Say of a field how its values become JSON, and what it is when it is not written."""
    as_it_is = not _has_serializer(info.metadata)
    if as_it_is and _is_made_of(info.annotation, text=True):
        meaning.texts.add(name)
    elif as_it_is and _is_made_of(info.annotation):
        meaning.plain.add(name)
    elif name in meaning.private:
        raise TypeError(f"{place}: only texts can be private, and not with a serializer")
    elif name not in meaning.nested and name not in meaning.events:
        meaning.others.add(name)
    if not info.is_required() and info.default is not None:
        meaning.defaults[name] = info.get_default(call_default_factory=True)


def _expect_plain(place: str, mark: Any) -> None:
    """Refuse, inside a list or a mapping, what could not be found again there."""
    if isinstance(mark, _Mark) or meaning_of(mark).says_anything:
        raise TypeError(
            f"{place}: a list, or a choice, may hold neither private texts nor models that do"
        )


def _expect_text(place: str, hint: Any) -> None:
    """Refuse to take anything but texts, or texts by language, out of a body."""
    keys, bare = get_args(hint) if get_origin(hint) is dict else (str, hint)
    while get_origin(bare) is Annotated:
        bare = get_args(bare)[0]
    if bare is not str or not _is_made_of(keys, text=True):
        raise TypeError(f"{place}: only texts can be private, not {bare}")


def _takes_none(hint: Any) -> bool:
    return get_origin(hint) in _UNIONS and types.NoneType in get_args(hint)


def _is_sole(model: type[BaseModel], info: FieldInfo) -> bool:
    """Whether a field holds that model, if anything, and nothing else."""
    hint = info.annotation
    or_none = get_origin(hint) in _UNIONS and {*get_args(hint)} == {model, types.NoneType}
    return (hint is model or or_none) and not _has_serializer(info.metadata)


def _has_serializer(metadata: Sequence[Any]) -> bool:
    return any(isinstance(mark, PlainSerializer | WrapSerializer) for mark in metadata)


def _is_made_of(hint: Any, *, text: bool = False) -> bool:
    """Whether values of a type are texts, or other plain JSON; each of them, or None."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        inner, *metadata = arguments
        return _is_made_of(inner, text=text) and not _has_serializer(metadata)
    if origin is Literal:
        return all(type(argument) in ((str,) if text else _SCALARS) for argument in arguments)
    if origin in _UNIONS:
        return all(a is types.NoneType or _is_made_of(a, text=text) for a in arguments)
    if origin in (tuple, list, dict) and not text:
        keys_are_texts = origin is not dict or _is_made_of(arguments[0], text=True)
        return keys_are_texts and all(a is Ellipsis or _is_made_of(a) for a in arguments)
    return hint is str or (hint in _SCALARS and not text)


def _marks(
    hint: Any, metadata: Sequence[Any] = (), *, many: bool = False
) -> Iterator[tuple[Any, Any, bool]]:
    """Yield each mark and model in a type, what it is a mark of, and whether inside a list."""
    marks = [mark for mark in metadata if isinstance(mark, Identifies | _Mark)]
    if marks:
        yield from ((mark, hint, many) for mark in marks)
        return
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *inner_metadata = get_args(hint)
        yield from _marks(inner, inner_metadata, many=many)
    elif origin in _UNIONS:
        for argument in get_args(hint):
            yield from _marks(argument, many=many)
    elif origin in (tuple, list, dict):
        for argument in get_args(hint):
            yield from _marks(argument, many=True)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint, hint, many


def subjects_in(data: dict[str, Any], meaning: Meaning) -> list[str]:
    """Return the subjects (`party:pk`, `meeting:…`) that an event's JSON names, with repeats."""
    found: list[str] = []
    _find_subjects(data, meaning, found)
    return found


def _find_subjects(data: dict[str, Any], meaning: Meaning, found: list[str]) -> None:
    for name, kind in meaning.identifiers.items():
        value = data.get(name)
        if value is None:
            continue
        identifiers = cast(list[str], value if isinstance(value, list) else [value])
        found += identifiers if kind is None else [f"{kind}:{one}" for one in identifiers]
    for name, inner in meaning.nested.items():
        value = data.get(name)
        if value is not None:
            _find_subjects(value, inner, found)

"""Fields of an event by name, dotted where they are within another, and how they are changed."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, NoReturn, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ledger.changes import InvalidReplacement, UnknownField
from ledger.codec.declare import declaration_of
from ledger.codec.stored import encode
from ledger.errors import OutsideDomain
from ledger.events import Event
from ledger.mistakes import explain


def changed(model: type[Event], data: Mapping[str, Any], changes: Mapping[str, Any]) -> Event:
    """Return an event whose content is `data`, JSON, with some fields given or, by None, taken.

    Raises `UnknownField`, or `InvalidReplacement` with all that is wrong.
    """
    whole = copy.deepcopy(dict(data))
    for field, value in changes.items():
        _expect(model, field)
        _put(whole, field.split("."), value)
    name = declaration_of(model).name
    try:
        event = model.model_validate(whole)
        encode(event)
    except ValidationError as error:
        problems = [
            (".".join(str(step) for step in detail["loc"] if step != "[key]"), detail)
            for detail in error.errors()
        ]
        said = [(place or None, explain(detail, model)) for place, detail in problems]
        raise InvalidReplacement(name, said) from error
    except OutsideDomain as error:
        place = error.path.strip("/").replace("/", ".")
        raise InvalidReplacement(name, [(place or None, error.reason)]) from error
    return event


def model_within(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the model of what a field holds; None where it holds something else."""
    hint = model.model_fields[name].annotation
    kinds = (hint, *get_args(hint))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def takes_text(model: type[Event], field: str) -> bool:
    """Whether a field holds one text; `UnknownField` if there is no such field."""
    holder, name = _expect(model, field)
    if holder is None:
        return True  # words in one language
    return _is_text(holder.model_fields[name].annotation)


def _is_text(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return _is_text(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return any(_is_text(argument) for argument in get_args(hint))
    return hint is str


def _expect(model: type[Event], field: str) -> tuple[type[BaseModel] | None, str]:
    """Return the model that has a field, and its name there; no model where words are by language.

    Raises `UnknownField`.
    """
    holder: type[BaseModel] = model
    *outer, last = field.split(".")
    for number, name in enumerate(outer, start=1):
        if name not in holder.model_fields:
            _refuse(model, field)
        by_language = get_origin(holder.model_fields[name].annotation) is dict
        if by_language and number == len(outer) and last:
            return None, last
        inner = model_within(holder, name)
        if inner is None or by_language:
            _refuse(model, field)
        holder = inner
    if last not in holder.model_fields:
        _refuse(model, field)
    return holder, last


def _refuse(model: type[Event], field: str) -> NoReturn:
    known = list(_names(model))
    last = field.rsplit(".", maxsplit=1)[-1]
    near = [name for name in known if name.split(".")[-1] == last]
    near += difflib.get_close_matches(field, known, n=1)
    raise UnknownField(declaration_of(model).name, field, known, near[0] if near else None)


def _names(model: type[BaseModel], within: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        inner = None if get_origin(info.annotation) in (list, tuple) else model_within(model, name)
        yield f"{within}{name}"
        if inner is not None:
            yield from _names(inner, f"{within}{name}.")


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value where a path leads, or take away what is there."""
    *outer, last = path
    for step in outer:
        held = data.get(step)
        if not isinstance(held, dict):
            if value is None:
                return
            held = data[step] = {}
        data = cast(dict[str, Any], held)
    if value is None:
        data.pop(last, None)
    else:
        data[last] = value

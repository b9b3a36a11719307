"""The registry: which event types there are, and how old ones become new ones.

    @declare("membership-began", stream="group")
    class MembershipBegan(Event): ...

An event type is declared once; codec, JSON Schema, test strategies, import and export follow from
the class. The stored name and the version are spelled out, never taken from a Python name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from ledger.codec.meaning import Meaning, meaning_of
from ledger.errors import UnknownEventType

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""One step of an event's history: plain JSON of version n in, plain JSON of version n + 1 out."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything that was declared about one event type."""

    name: str
    """The stored name of the type."""
    version: int
    model: type[Any]
    stream: tuple[str, ...]
    """The fields that give the stream; the first that has a value does. Empty: a directive."""
    identity: tuple[str, ...]
    """The fields that tell one fact of a source from another: record files derive ids from them."""
    upcasters: tuple[Upcaster, ...]

    meaning: Meaning

    def upcast(self, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Bring plain JSON of an older `version` to the present one, one step a version."""
        for step in self.upcasters[version - 1 :]:
            data = step(data)
        return data


_declared: Final[dict[str, Declaration]] = {}
_by_model: Final[dict[type[Any], Declaration]] = {}


def declare(
    type_name: str,
    *,
    stream: str | Sequence[str] = (),
    identity: Sequence[str] = (),
    version: int = 1,
    upcasters: Sequence[Upcaster] = (),
) -> Callable[[type[M]], type[M]]:
    """Declare an event class: its stored name, the field that gives its stream, its history.

    `identity` names the fields that tell one such fact of a source from another; the stream's own
    if not given. They are never texts or dates, so that a correction keeps the fact's identity.
    `upcasters[0]` turns version 1 into 2, and so on up to `version`. Raises `TypeError`, at import,
    for a name that is taken, a gap in the chain, a stream field that is no single identifier, or an
    identity that is no field.
    """

    def declaring(model: type[M]) -> type[M]:
        if type_name in _declared:
            taken = _declared[type_name].model.__name__
            raise TypeError(f"{model.__name__}: the stored name {type_name!r} belongs to {taken}")
        if len(upcasters) != version - 1:
            raise TypeError(
                f"{model.__name__}: version {version} needs {version - 1} upcasters, one a step; "
                f"{len(upcasters)} are given"
            )
        fields = (stream,) if isinstance(stream, str) else tuple(stream)
        meaning = meaning_of(model)
        for name in fields:
            if name not in meaning.single or meaning.identifiers[name] is None:
                raise TypeError(f"{model.__name__}: {name!r} gives no stream: no identifier")
        for name in identity:
            if name not in model.model_fields:
                raise TypeError(f"{model.__name__}: {name!r} is no field of it")
        declared = Declaration(
            name=type_name,
            version=version,
            model=model,
            stream=fields,
            identity=tuple(identity) or fields,
            upcasters=tuple(upcasters),
            meaning=meaning,
        )
        _declared[type_name] = _by_model[model] = declared
        return model

    return declaring


def declaration(type_name: str) -> Declaration:
    """Return what was declared under a stored name; `UnknownEventType` if nothing was."""
    try:
        return _declared[type_name]
    except KeyError:
        near = difflib.get_close_matches(type_name, _declared, n=1)
        raise UnknownEventType(type_name, did_you_mean=near[0] if near else None) from None


def declaration_of(model: type[Any]) -> Declaration:
    """Return the declaration of an event class; `TypeError` if it was never declared."""
    try:
        return _by_model[model]
    except KeyError:
        raise TypeError(f"{model.__name__} is not declared: decorate it with @declare") from None


def declarations() -> list[Declaration]:
    """Return all declarations, ordered by stored name."""
    return [_declared[name] for name in sorted(_declared)]

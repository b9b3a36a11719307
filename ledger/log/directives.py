"""Directives find their target: its root, its stream, its subjects.

A *root* is a fact. A correction always names a root; a retraction names a fact, a correction or
another retraction; an erasure names whatever holds the private text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ledger.codec.declare import declaration_of
from ledger.errors import UnknownTarget, WrongTarget
from ledger.events import Directive, EventCorrected, EventRetracted, PersonalDataErased

CORRECTED: Final = declaration_of(EventCorrected).name
RETRACTED: Final = declaration_of(EventRetracted).name
ERASED: Final = declaration_of(PersonalDataErased).name
DIRECTIVES: Final = frozenset({CORRECTED, RETRACTED, ERASED})


@dataclass(frozen=True, slots=True)
class Target:
    """An event that a directive names, as far as the directive needs to know it."""

    event_id: str
    type: str
    stream: str
    subjects: tuple[str, ...]
    names: str | None
    """The event that it names itself, if it is a directive."""


Lookup: TypeAlias = Callable[[str], Target | None]
"""Finds an event by id, in the log or earlier in the batch."""


def aim(directive: Directive, lookup: Lookup) -> tuple[Directive, Target]:
    """Return the directive as it is to be written, and what it is about.

    Raises `UnknownTarget`, or `WrongTarget` where such a directive cannot be about such an event.
    """
    kind = declaration_of(type(directive)).name
    target = lookup(directive.target)
    if target is None:
        raise UnknownTarget(kind, directive.target)
    if target.type == ERASED:
        raise WrongTarget(kind, target.event_id, "an erasure cannot be undone or changed")
    if isinstance(directive, EventCorrected):
        if target.type == RETRACTED:
            raise WrongTarget(
                kind, target.event_id, "a retraction is not corrected: retract it instead"
            )
        if target.type == CORRECTED:
            target = _named_by(target, kind, lookup)
            directive = directive.model_copy(update={"target": target.event_id})
        given = declaration_of(type(directive.replacement)).name
        if given != target.type:
            raise WrongTarget(
                kind,
                target.event_id,
                f"it is a {target.type}, and the replacement is a {given}: retract the one and "
                "record the other",
            )
    return directive, target


def subjects(directive: Directive, own: tuple[str, ...], target: Target) -> tuple[str, ...]:
    """Return what a directive is about: all that its target is about, and its replacement.

    A correction or retraction also names, through its target, every event up to the root; an
    erasure names its target alone, for the database lets go of just that private part.
    """
    inherited = target.subjects
    if isinstance(directive, PersonalDataErased):
        inherited = tuple(s for s in inherited if not s.startswith("event:"))
    return tuple(sorted({*own, *inherited}))


def _named_by(target: Target, kind: str, lookup: Lookup) -> Target:
    named = lookup(target.names) if target.names is not None else None
    if named is None:
        raise UnknownTarget(kind, str(target.names))
    return named

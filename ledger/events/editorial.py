"""Directives: events about events. They correct, withdraw or erase, and change no stored byte.

A ruling on a divergence is no directive: what it sets aside is still believed to have been said.

A directive names its `target` and goes to its target's stream. Its `target` may stand in the log or
earlier in the same batch.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, cast

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from ledger.codec.declare import declaration, declaration_of, declare
from ledger.codec.meaning import HOLDS_EVENT
from ledger.events.base import (
    DocumentId,
    Event,
    EventId,
    FactId,
    GroupId,
    MeetingId,
    PassageId,
    Text,
)


def _dump_event(event: Event) -> dict[str, Any]:
    declared = declaration_of(type(event))
    return {
        "type": declared.name,
        "schema_version": declared.version,
        "event": event.model_dump(mode="json", exclude_defaults=True),
    }


def _load_event(value: Any) -> Event:
    if isinstance(value, Event):
        return value
    if not isinstance(value, dict):
        raise ValueError('a whole event is wanted: {"type": …, "schema_version": …, "event": {…}}')
    held = cast(dict[str, Any], value)
    if unknown := held.keys() - {"type", "schema_version", "event"}:
        raise ValueError(f"a whole event has no {', '.join(sorted(unknown))}")
    declared = declaration(str(held.get("type")))
    version = held.get("schema_version", declared.version)
    if not isinstance(version, int) or not 1 <= version <= declared.version:
        raise ValueError(f"{declared.name} has versions 1 to {declared.version}")
    data = held.get("event")
    if not isinstance(data, dict):
        raise ValueError("a whole event is wanted under `event`")
    return cast(
        Event, declared.model.model_validate(declared.upcast(cast(dict[str, Any], data), version))
    )


WholeEvent: TypeAlias = Annotated[
    Event,
    PlainValidator(_load_event),
    PlainSerializer(_dump_event),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "type": {"type": "string"},
                "schema_version": {"type": "integer", "minimum": 1},
                "event": {"type": "object"},
            },
            "required": ["type", "event"],
            "additionalProperties": False,
        }
    ),
    HOLDS_EVENT,
]
"""An event of any type, whole, with its own schema version."""


class Directive(Event):
    """An event about an event."""

    target: EventId
    """The event that it is about."""
    reason: Text | None = None
    """Why, for whoever asks later. Name nobody here: it cannot be erased."""


@declare("event-corrected", identity=("target",))
class EventCorrected(Directive):
    """What was recorded was not what the source says, or the source itself was corrected.

    It holds a whole replacement, never a patch. The live correction with the highest position wins;
    what was believed before stays answerable. Correcting a correction corrects its root.

    In a record file:

        event: event-corrected
        paragraph: 1
        target: 5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10
        reason: The report names the city.
        replacement:
          type: meeting-convened
          event: {meeting: lakes-1, place: Nairobi, valid: 2026-03-12}
    """

    replacement: WholeEvent
    """What takes its place: of the target's type."""


@declare("event-retracted", identity=("target",))
class EventRetracted(Directive):
    """Belief in an event ends. A retraction can itself be retracted, and belief is back.

    That a speaker withdrew a statement is no retraction: it is something that happened.

    In a record file:

        event: event-retracted
        target: 5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10
        reason: Entered for the wrong meeting.
    """


@declare("personal-data-erased", identity=("target",))
class PersonalDataErased(Directive):
    """The private texts of an event were removed. The fact and every hash of it stay.

    In a record file:

        event: personal-data-erased
        target: 5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10
        reason: At the person's request.
    """


@declare(
    "divergence-settled",
    stream=("document", "meeting", "group"),
    identity=("document", "passage", "upheld", "set_aside"),
)
class DivergenceSettled(Event):
    """An editor ruled which of several accounts to follow, and why. All of them stay as they are.

    In a record file:

        event: divergence-settled
        document: oic-cg-azerbaijan-1-report
        upheld: [5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10]
        reason: The list of the host names the delegation too.
    """

    group: GroupId | None = None
    """The group whose record it is."""
    meeting: MeetingId | None = None
    """The meeting of which the accounts speak."""
    document: DocumentId | None = None
    """The document whose versions diverge."""
    passage: PassageId | None = None
    """The aligned passage in which they do, if one was aligned."""
    upheld: tuple[FactId, ...] = ()
    """The events to follow: those of a version that another one is silent about, too."""
    set_aside: tuple[FactId, ...] = ()
    """The events not to follow."""
    reason: Text
    """Why, for whoever asks later. Name nobody here: it cannot be erased."""

    @model_validator(mode="after")
    def _settles_something(self) -> DivergenceSettled:
        if not (self.passage or self.upheld or self.set_aside):
            raise ValueError("say what is settled: a `passage`, or events `upheld` or `set_aside`")
        return self

"""An event as JSON with its type: `{"type": …, "event": {…}}`, out of a log and into one.

What `log --jsonl` prints, what the HTTP API sends and takes, is this one form.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple, cast

from pydantic import ValidationError

from ledger.codec.canonical import parse
from ledger.codec.declare import declaration, declaration_of
from ledger.codec.stored import encode
from ledger.errors import BadInput, OutsideDomain, UnknownEventType
from ledger.events import Event
from ledger.events.base import is_event_id
from ledger.log import RecordedEvent
from ledger.mistakes import explain

_TAKEN: Final = frozenset({"type", "schema_version", "event", "event_id", "causation", "ref"})
_IGNORED: Final = frozenset(
    {
        *("position", "batch", "stream", "version", "recorded_at", "actor", "valid"),
        *("erased", "withheld"),
    }
)
"""What the log adds when an event is recorded: it adds its own again."""


class Mistakes(Exception):
    """What is wrong with an envelope: field and message."""

    def __init__(self, *said: tuple[str | None, str]) -> None:
        self.said = said
        super().__init__(said)


class Envelope(NamedTuple):
    """An event, and what was said beside it."""

    event: Event
    event_id: str | None
    causation: str | None
    ref: Any
    """What tells it from other facts of its source, where its identifiers do not."""


def as_json(recorded: RecordedEvent) -> dict[str, Any]:
    """Return a recorded event as JSON: its place, and the event itself, in its newest form."""
    return {
        "position": recorded.position,
        "event_id": recorded.event_id,
        "stream": recorded.stream,
        "version": recorded.version,
        "type": recorded.type,
        "schema_version": declaration_of(type(recorded.event)).version,
        "recorded_at": recorded.recorded_at,
        "actor": recorded.actor,
        "causation": recorded.causation,
        "erased": recorded.erased,
        "withheld": recorded.withheld,
        "event": recorded.event.model_dump(mode="json", exclude_defaults=True),
    }


def parsed(data: bytes) -> Any:
    """Return JSON that canonical JSON could carry, no name twice in an object; or `Mistakes`."""
    try:
        value = parse(data)
        json.loads(data, object_pairs_hook=_once)
    except OutsideDomain as error:
        raise Mistakes((error.path or None, error.reason)) from error
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that an object has twice, of which parsers take whichever they like."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Mistakes((twice, "this is said twice"))
    return dict(pairs)


def read(value: Any) -> Envelope:
    """Read an envelope, whose event may be of an older version; `Mistakes` has all of them."""
    if not isinstance(value, dict):
        raise Mistakes((None, 'an event is {"type": …, "event": {…}}'))
    envelope = cast(dict[str, Any], value)
    if unknown := envelope.keys() - _TAKEN - _IGNORED:
        raise Mistakes(*((name, "there is no such field") for name in sorted(unknown)))
    if envelope.get("withheld"):
        said = "its texts were withheld from whoever read it; record what somebody read who may"
        raise Mistakes(("withheld", said))
    event = _validated(envelope)
    for name in ("event_id", "causation"):
        identifier = envelope.get(name)
        if identifier is not None and not is_event_id(str(identifier)):
            raise Mistakes((name, f"{identifier!r} is no event id"))
    return Envelope(event, envelope.get("event_id"), envelope.get("causation"), envelope.get("ref"))


def _validated(envelope: dict[str, Any]) -> Event:
    try:
        declared = declaration(str(envelope.get("type")))
    except UnknownEventType as error:
        raise Mistakes(("type", str(error))) from error
    version = envelope.get("schema_version", declared.version)
    if not isinstance(version, int) or not 1 <= version <= declared.version:
        said = f"{declared.name} has versions 1 to {declared.version}"
        raise Mistakes(("schema_version", said))
    data = envelope.get("event")
    if not isinstance(data, dict):
        raise Mistakes(("event", "a set of fields is wanted"))
    try:
        upcast = declared.upcast(cast(dict[str, Any], data), version)
        event = cast(Event, declared.model.model_validate(upcast))
        encode(event)
    except ValidationError as error:
        raise Mistakes(
            *(
                (".".join(map(str, detail["loc"])) or None, explain(detail, declared.model))
                for detail in error.errors()
            )
        ) from error
    except BadInput as error:
        raise Mistakes((None, str(error))) from error
    return event

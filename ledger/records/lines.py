"""Events as JSON Lines: `{"type": …, "event": {…}}`, one a line, as `log --jsonl` prints them."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from typing import Any, Final, cast

from pydantic import ValidationError

from ledger.codec.canonical import parse
from ledger.codec.declare import declaration
from ledger.codec.stored import encode
from ledger.errors import BadInput, OutsideDomain, Problem, UnknownEventType
from ledger.events import Event
from ledger.events.base import is_event_id
from ledger.log import NewEvent
from ledger.mistakes import explain
from ledger.records.entries import Entry
from ledger.records.identity import derived_id

_TAKEN: Final = frozenset({"type", "schema_version", "event", "event_id", "causation", "ref"})
_IGNORED: Final = frozenset(
    {"position", "batch", "stream", "version", "recorded_at", "actor", "valid", "erased"}
)
"""What the log adds when an event is recorded: it adds its own again."""


def read(data: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """Read the lines of a file: the events, and every mistake with its line."""
    found: list[Entry] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.removeprefix(BOM_UTF8).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(Entry(_event(line), file, number))
        except _Mistakes as mistakes:
            problems += [Problem(file, number, name, said) for name, said in mistakes.said]
    if not found and not problems:
        problems.append(Problem(file, 1, None, "there is nothing to record here"))
    return found, problems


class _Mistakes(Exception):
    """What is wrong with a line: field and message."""

    def __init__(self, *said: tuple[str | None, str]) -> None:
        self.said = said
        super().__init__(said)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that an object has twice, of which parsers take whichever they like."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _Mistakes((twice, "this is said twice"))
    return dict(pairs)


def _event(line: bytes) -> NewEvent:
    try:
        given = parse(line)
        json.loads(line, object_pairs_hook=_once)
    except OutsideDomain as error:
        raise _Mistakes((error.path or None, error.reason.replace(": line 1 ", ": "))) from error
    if not isinstance(given, dict):
        raise _Mistakes((None, 'an event is {"type": …, "event": {…}}'))
    envelope = cast(dict[str, Any], given)
    if unknown := envelope.keys() - _TAKEN - _IGNORED:
        raise _Mistakes(*((name, "there is no such field") for name in sorted(unknown)))
    event = _validated(envelope)
    event_id = envelope.get("event_id")
    if event_id is None:
        event_id = derived_id(event, envelope.get("ref"))
    for name in ("event_id", "causation"):
        identifier = envelope.get(name)
        if identifier is not None and not is_event_id(str(identifier)):
            raise _Mistakes((name, f"{identifier!r} is no event id"))
    return NewEvent(event, event_id, envelope.get("causation"))


def _validated(envelope: dict[str, Any]) -> Event:
    try:
        declared = declaration(str(envelope.get("type")))
    except UnknownEventType as error:
        raise _Mistakes(("type", str(error))) from error
    version = envelope.get("schema_version", declared.version)
    if not isinstance(version, int) or not 1 <= version <= declared.version:
        said = f"{declared.name} has versions 1 to {declared.version}"
        raise _Mistakes(("schema_version", said))
    data = envelope.get("event")
    if not isinstance(data, dict):
        raise _Mistakes(("event", "a set of fields is wanted"))
    try:
        upcast = declared.upcast(cast(dict[str, Any], data), version)
        event = cast(Event, declared.model.model_validate(upcast))
        encode(event)
    except ValidationError as error:
        raise _Mistakes(
            *(
                (".".join(map(str, detail["loc"])) or None, explain(detail, declared.model))
                for detail in error.errors()
            )
        ) from error
    except BadInput as error:
        raise _Mistakes((None, str(error))) from error
    return event

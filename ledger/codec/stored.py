"""Events to stored bytes and back.

The *body* is the canonical JSON of an event without its defaults and without its private texts; a
`null` in it marks where a private text stood, and nothing else is ever null. The *private part*
maps the JSON pointers of those places to the texts. The *header* is what the log hashes into its
tree: it names the event's place and its parts' hashes, never a person.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

import orjson
from pydantic import BaseModel, ValidationError

from ledger.codec.canonical import canonical
from ledger.codec.declare import Declaration, declaration, declaration_of
from ledger.codec.parts import taking_apart
from ledger.errors import TooLarge, UnreadableEvent

FORMAT: Final = "proceedings/1"
"""Names the layout of the header, and through it what a leaf of the tree means."""

MAX_BODY: Final = 1 << 20
"""The most bytes that a body, or a private part, may have."""

ERASED: Final = "erased"
"""What stands where a private text was, once it is erased."""
WITHHELD: Final = "withheld"
"""What stands where a private text is that the reader may not read."""

_NOT_AN_EVENT: Final = (ValueError, LookupError, TypeError)


class Encoded(NamedTuple):
    """An event as bytes, before it has a place in the log."""

    type: str
    schema_version: int
    stream: str | None
    """None for a directive: it goes to its target's stream."""
    subjects: tuple[str, ...]
    valid: str | None
    body: bytes
    private: bytes | None


def encode(event: BaseModel) -> Encoded:
    """Turn a declared event into canonical bytes.

    Raises `OutsideDomain` for a value that canonical JSON cannot carry and `TooLarge` past
    `MAX_BODY`.
    """
    declared = declaration_of(type(event))
    texts: dict[str, Any] = {}
    subjects: set[str] = set()
    data = taking_apart(type(event))(event, texts, subjects)
    body = canonical(data, typed=declared.meaning.is_typed)
    private = canonical(texts, typed=True) if texts else None
    size = len(body) if private is None else max(len(body), len(private))
    if size > MAX_BODY:
        raise TooLarge(declared.name, size=size, limit=MAX_BODY)
    return Encoded(
        declared.name,
        declared.version,
        _stream(data, declared),
        tuple(sorted(subjects)),
        data.get("valid"),
        body,
        private,
    )


def decode(
    type_name: str,
    schema_version: int,
    body: bytes,
    private: bytes | None,
    *,
    missing: str | None = None,
) -> Any:
    """Turn stored bytes back into an event of the present version of its class.

    `missing` says why a private part is not here, `ERASED` or `WITHHELD`: its texts read so. Raises
    `UnknownEventType`, or `UnreadableEvent` where the bytes are not what their type says.
    """
    declared = declaration(type_name)
    if not 1 <= schema_version <= declared.version:
        raise UnreadableEvent(
            type_name,
            schema_version,
            f"this program knows versions 1 to {declared.version}; a newer one may have written it",
        )
    validator = declared.model.__pydantic_validator__
    if private is None and missing is None and schema_version == declared.version:
        try:
            return validator.validate_json(body)
        except _NOT_AN_EVENT:
            pass  # It is refused again below, and there the reason is told.
    try:
        # Stored bytes were canonical when they were hashed: what comes from outside is checked.
        data = _object(body)
        if private is not None:
            _put(data, _object(private))
        elif missing is not None:
            data = _blank(data, missing)
        if schema_version != declared.version:
            data = declared.upcast(data, schema_version)
        return validator.validate_python(data)
    except ValidationError as error:
        # Without the values: a reason is kept where no erasure reaches.
        wrong = error.errors(include_input=False, include_url=False, include_context=False)
        reason = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong)
        raise UnreadableEvent(type_name, schema_version, reason) from error
    except _NOT_AN_EVENT as error:
        raise UnreadableEvent(type_name, schema_version, str(error)) from error


def header(
    *,
    position: int,
    batch: int,
    event_id: str,
    stream: str,
    version: int,
    type_name: str,
    schema_version: int,
    recorded_at: str,
    valid: str | None,
    actor: str,
    causation: str | None,
    body_hash: bytes,
    private_hash: bytes | None,
) -> bytes:
    """Return the canonical header of a recorded event: the data of its leaf in the log's tree."""
    return canonical(
        {
            "format": FORMAT,
            "position": position,
            "batch": batch,
            "event_id": event_id,
            "stream": stream,
            "version": version,
            "type": type_name,
            "schema_version": schema_version,
            "recorded_at": recorded_at,
            "valid": valid,
            "actor": actor,
            "causation": causation,
            "body_hash": body_hash.hex(),
            "private_hash": private_hash.hex() if private_hash is not None else None,
        },
        typed=True,
    )


def _stream(data: dict[str, Any], declared: Declaration) -> str | None:
    for name in declared.stream:
        if (identifier := data.get(name)) is not None:
            return f"{declared.meaning.identifiers[name]}-{identifier}"
    if declared.stream:
        wanted = " or ".join(declared.stream)
        raise UnreadableEvent(
            declared.name, declared.version, f"its stream comes from {wanted}: give one"
        )
    return None


def _object(data: bytes) -> dict[str, Any]:
    value = orjson.loads(data)
    if not isinstance(value, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - the bytes are wrong, no type
    return cast(dict[str, Any], value)


def _put(data: dict[str, Any], texts: dict[str, Any]) -> None:
    """Put private texts back where they stood."""
    for pointer, text in texts.items():
        path, last = _steps(pointer)
        place = data
        for step in path:
            place = place[step]
        place[last] = text


@lru_cache(maxsize=4096)
def _steps(pointer: str) -> tuple[tuple[str, ...], str]:
    """Return the way to a place and its name there: there are few such places, in many events."""
    _, *path, last = pointer.split("/")
    return tuple(path), last


def _blank(data: dict[str, Any], missing: str) -> dict[str, Any]:
    """Say wherever a private text stood why it is missing; no list holds one."""
    return {
        name: _blank(cast(dict[str, Any], value), missing)
        if isinstance(value, dict)
        else (missing if value is None else value)
        for name, value in data.items()
    }

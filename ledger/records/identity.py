"""Event ids that follow from what is said, by whom: recording a file twice records it once."""

from __future__ import annotations

import uuid
from typing import Final

from ledger.codec.canonical import JsonValue, canonical
from ledger.codec.declare import declaration_of
from ledger.events import Event

NAMESPACE: Final = uuid.UUID("8f1c1c4e-5b0e-5d4b-9c39-2a8f6d1f7e60")


def derived_id(event: Event, ref: str | None = None) -> str:
    """Return the UUIDv5 of a type, the version that speaks, and `ref` or the fact's identifiers.

    Never of texts or dates: an entry that is corrected keeps its id.
    """
    declared = declaration_of(type(event))
    named: JsonValue = ref
    if ref is None:
        named = {name: getattr(event, name) for name in declared.identity}
    said_by = event.source.version if event.source is not None else None
    return str(uuid.uuid5(NAMESPACE, canonical([declared.name, said_by, named]).decode()))

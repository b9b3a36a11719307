"""An event-sourced record of contact-group proceedings.

    from ledger import Ledger, Source
    from ledger.events import MembershipBegan

`Ledger` is the one object a caller holds; `ledger.events` is the vocabulary; the views stand in
`projections`. Nothing heavy is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ledger.api import Ledger
    from ledger.events import Source
    from ledger.log import (
        ANY_VERSION,
        NO_STREAM,
        Condition,
        Decision,
        NewEvent,
        Receipt,
        RecordedEvent,
    )
    from ledger.views import View

__all__ = [
    "ANY_VERSION",
    "NO_STREAM",
    "Condition",
    "Decision",
    "Ledger",
    "NewEvent",
    "Receipt",
    "RecordedEvent",
    "Source",
    "View",
]

_HOMES: Final = {
    "ANY_VERSION": "ledger.log",
    "Condition": "ledger.log",
    "Decision": "ledger.log",
    "Ledger": "ledger.api",
    "NO_STREAM": "ledger.log",
    "NewEvent": "ledger.log",
    "Receipt": "ledger.log",
    "RecordedEvent": "ledger.log",
    "Source": "ledger.events",
    "View": "ledger.views",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for from the module it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ledger' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

"""Record files to fill in."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from ledger.errors import UnknownTemplate

TEMPLATES: Final = {
    "meeting": "a report of a meeting: who attended, what was said and adopted",
    "membership": "who joined and left a group, and when",
    "votes": "a vote: who voted how, who reserved its position, and why",
    "editor": "corrections and retractions of what was recorded",
}
"""Kind → what it is for."""


def template(kind: str) -> str:
    """Return a commented record file of a kind; `UnknownTemplate` if there is none."""
    if kind not in TEMPLATES:
        raise UnknownTemplate(kind, list(TEMPLATES))
    return (files("ledger.records") / "templates" / f"{kind}.yaml").read_text(encoding="utf-8")

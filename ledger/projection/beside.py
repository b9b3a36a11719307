"""What several views say together: columns that are computed when a view is asked.

A fold never looks across keys; a query may look across views. It names the others by their stored
name, has no table, and sees them at the same state of knowledge as the rows that it joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, dataclass_transform


class Beside(Protocol):
    """The views of a ledger, at one state of knowledge."""

    @property
    def day(self) -> date | None:
        """The day that is asked about, or the day of the newest event that is known."""
        ...

    def rows(self, view: str, **fields: Any) -> Sequence[Any]:
        """Return the rows of a view, of all days, that have these values.

        A list of values means any of them; an empty one, no row. Raises `UnknownView` or
        `UnknownColumn`.
        """
        ...

    def joined(self, view: str, **fields: Any) -> Sequence[tuple[Any, Any]]:
        """Return such rows, each with the columns that other views add to it."""
        ...


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Joined:
    """Base of the columns that other views add to a row: frozen, of the types that a row has."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclass(frozen=True, kw_only=True)(cls)

"""An event-sourced record of contact-group proceedings.

    from ledger import Ledger, Source
    from ledger.events import MembershipBegan

`Ledger` is the one object a caller holds; `ledger.events` is the vocabulary; the views stand in
`projections`. Nothing heavy is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.events import Source

__all__ = ["Source"]

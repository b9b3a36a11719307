"""Entries into a ledger, as one batch; whatever is refused names its file and line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from ledger.api import Ledger
from ledger.changes import ChangedEntry, EntryChanged
from ledger.errors import BadInput, EventIdTaken, InvalidRecord, Problem
from ledger.events import Directive
from ledger.log import Decision, Receipt
from ledger.records.correcting import Plan, Remark
from ledger.records.entries import Entry

Hear: TypeAlias = Callable[[Remark], object]
"""Is told of each entry whose fact was recorded before and has been corrected or retracted."""

_ATTEMPTS: Final = 5
_REF: Final = "If an entry says something else, give it a `ref`."


def unheard(_remark: Remark) -> None:
    """Be told, and say nothing."""


def record(
    ledger: Ledger,
    entries: Sequence[Entry],
    *,
    correct: bool = False,
    actor: str | None = None,
    hear: Hear = unheard,
) -> list[Receipt]:
    """Append all entries or none, and return a receipt for each.

    With `correct`, an entry that was recorded before and differs from what is believed now is
    appended as a correction; without, that is refused. What was retracted is left so.

    Raises `InvalidRecord`, or `EntryChanged` for entries that were recorded before and say
    otherwise now.
    """
    return _append(ledger, entries, correct=correct, actor=actor, hear=hear, rehearse=False)


def check(
    ledger: Ledger, entries: Sequence[Entry], *, correct: bool = False, hear: Hear = unheard
) -> list[Receipt]:
    """Return what `record` would, and append nothing."""
    return _append(ledger, entries, correct=correct, actor=None, hear=hear, rehearse=True)


def _append(
    ledger: Ledger,
    entries: Sequence[Entry],
    *,
    correct: bool,
    actor: str | None,
    hear: Hear,
    rehearse: bool,
) -> list[Receipt]:
    ids = [e.new.event_id for e in entries if not isinstance(e.new.event, Directive)]
    plans: list[Plan] = []

    def decide() -> Decision:
        plans.append(Plan(entries, ledger.beliefs(ids), correct=correct))
        return plans[-1].decision

    while True:
        try:
            receipts = ledger.decide(decide, actor=actor, rehearse=rehearse)
        except EventIdTaken as error:
            taken = error.event_id or ""
            # Somebody may have recorded the same fact since the plan was made: make it again.
            if len(plans) >= _ATTEMPTS or not plans[-1].found_free(taken):
                place = plans[-1].entry(taken).place
                where = (
                    "in this batch" if error.position is None else f"at position {error.position}"
                )
                said = f"{error.type} stands {where} with other content, which is never changed"
                changed = ChangedEntry(place, taken, error.position, said)
                raise EntryChanged([changed], _REF) from error
        except BadInput as error:
            if error.event_id is None:
                raise
            entry = plans[-1].entry(error.event_id)
            raise InvalidRecord([Problem(entry.file, entry.line, None, str(error))]) from error
        else:
            for remark in plans[-1].remarks:
                hear(remark)
            return plans[-1].receipts(receipts)

"""Entries into a ledger, as one batch; whatever is refused names its file and line."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.api import Ledger
from ledger.errors import BadInput, EntryChanged, EventIdTaken, InvalidRecord, Problem
from ledger.log import Receipt
from ledger.records.entries import Entry


def record(ledger: Ledger, entries: Sequence[Entry], *, actor: str | None = None) -> list[Receipt]:
    """Append all entries or none, and return a receipt for each.

    Raises `InvalidRecord`, or `EntryChanged` for an entry that was recorded before and has changed.
    """
    return _append(ledger, entries, actor=actor, rehearse=False)


def check(ledger: Ledger, entries: Sequence[Entry]) -> list[Receipt]:
    """Return what `record` would, and append nothing."""
    return _append(ledger, entries, actor=None, rehearse=True)


def _append(
    ledger: Ledger, entries: Sequence[Entry], *, actor: str | None, rehearse: bool
) -> list[Receipt]:
    try:
        return ledger.append([entry.new for entry in entries], actor=actor, rehearse=rehearse)
    except EventIdTaken as error:
        entry = _entry(entries, error.event_id)
        raise EntryChanged(entry.place, error) from error
    except BadInput as error:
        if error.event_id is None:
            raise
        entry = _entry(entries, error.event_id)
        raise InvalidRecord([Problem(entry.file, entry.line, None, str(error))]) from error


def _entry(entries: Sequence[Entry], event_id: str | None) -> Entry:
    return next(entry for entry in reversed(entries) if entry.new.event_id == event_id)

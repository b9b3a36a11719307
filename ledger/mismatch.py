"""What is not as it was recorded, and the errors that say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.errors import BadInput, Conflict, DatabaseProblem, Disproved


class Mismatch(NamedTuple):
    """Something in a log that is not what the rest of the log says it is."""

    position: int | None
    """The event that it is about; None for the log as a whole."""
    field: str
    expected: str
    found: str

    @property
    def looks_like(self) -> str:
        """What may have been done, in words; a guess, for hashes tell that, not how."""
        if self.field in _COUNTED and self.expected.isdigit() and self.found.isdigit():
            fewer, more = _COUNTED[self.field]
            return fewer if int(self.found) > int(self.expected) else more
        return next((says for field, says in _LOOKS.items() if self.field.startswith(field)), "")

    def __str__(self) -> str:
        """Return it as a sentence; it never repeats what an event says."""
        where = "the log" if self.position is None else f"event {self.position}"
        guess = f" ({self.looks_like})" if self.looks_like else ""
        return f"{where}: {self.field}: expected {self.expected}, found {self.found}{guess}"


_COLUMN: Final = "looks as if a column of it was edited"
_HEAD: Final = "looks as if the head was edited"
_ROWS: Final = "looks as if rows were put in or taken away by hand"
_COUNTED: Final = {
    "position": (
        "looks as if events before it were deleted",
        "looks as if an event was put in twice",
    ),
    "size": (
        "looks as if the newest events were deleted",
        "looks as if events were put in past the head",
    ),
}
"""Field → what it looks like if more was found than expected, and if less."""
_LOOKS: Final = {
    "body_hash": "looks as if its body was edited",
    "header": "looks as if its body, a salt or a hash was edited",
    "private_hash": "looks as if its private part was edited",
    "private": "looks as if a private part was deleted, or put back, by hand",
    "proof": "looks as if the event, or a kept hash, was edited: `proceedings verify` tells more",
    "place": "looks as if events were reordered, or some put in or deleted before it",
    **dict.fromkeys(("leaf_hash", "batch", "recorded_at", "event_id"), _COLUMN),
    **dict.fromkeys(("version", "target", "stream", "actor", "valid", "type"), _COLUMN),
    "document": "looks as if the file of a document was edited, or put here by hand",
    "subjects": "looks as if the index of subjects was edited",
    "node": "looks as if a kept hash was edited",
    "root of the first": (
        "looks as if events were rewritten with all their hashes, or as if this is another log"
    ),
    "size": "looks as if the log was rolled back, or its newest events were deleted",
    "root": "looks as if events were rewritten with their hashes, or the head was edited",
    "frontier": _HEAD,
    "last_recorded_at": _HEAD,
    "log_": _ROWS,
}
"""How a field's name begins → what it looks like."""


class AlteredLog(DatabaseProblem):
    """A log is not as it was recorded; `mismatches` says where, the first ones of many."""

    def __init__(self, address: str, mismatches: Sequence[Mismatch]) -> None:
        self.address = address
        self.mismatches = tuple(mismatches)
        lines = "\n".join(f"  {mismatch}" for mismatch in self.mismatches[:10])
        super().__init__(f"{address}: this log is not as it was recorded\n{lines}")


class MisplacedEvent(BadInput):
    """A stored event cannot take its place in a log; nothing was written."""

    def __init__(self, mismatch: Mismatch) -> None:
        self.mismatch = mismatch
        super().__init__(f"{mismatch}; nothing was written")


class OtherHistory(Disproved):
    """A log did not grow from what a checkpoint says that it was. `checkpoint` names it."""

    def __init__(self, address: str, checkpoint: str, mismatch: Mismatch) -> None:
        self.address = address
        self.checkpoint = checkpoint
        self.mismatch = mismatch
        super().__init__(f"{address} did not grow from the {checkpoint}\n  {mismatch}")


class OtherLog(Conflict):
    """A log has another event than the one that was to stand there; nothing was written."""

    def __init__(self, address: str, position: int, *, expected: str, found: str) -> None:
        self.address = address
        self.position = position
        self.expected = expected
        self.found = found
        super().__init__(
            f"{address}: these are two logs: event {position} was expected with the hash "
            f"{expected[:16]}…, and the one recorded here has {found[:16]}…; nothing was written"
        )

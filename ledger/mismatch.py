"""What is not as it was recorded, and the errors that say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger.errors import BadInput, Conflict, DatabaseProblem, Disproved


class Mismatch(NamedTuple):
    """Something in a log that is not what the rest of the log says it is."""

    position: int | None
    """The event that it is about; None for the log as a whole."""
    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Return it as a sentence; it never repeats what an event says."""
        where = "the log" if self.position is None else f"event {self.position}"
        return f"{where}: {self.field}: expected {self.expected}, found {self.found}"


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

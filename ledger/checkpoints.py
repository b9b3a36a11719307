"""Checkpoints: how many events a log has, and the root over them, on three lines.

The form is that of https://c2sp.org/tlog-checkpoint. A checkpoint that is kept where those who can
write to the ledger cannot write holds the whole log up to there: to alter anything in it, and
still fit the checkpoint, nobody knows how.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Self

from ledger.errors import InvalidNote
from ledger.integrity import HASH_SIZE
from ledger.notes import Note

UNNAMED = "proceedings"
"""Whose log it is, where nobody says."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at some moment."""

    origin: str
    """Whose log it is; where somebody signs, the name of the key."""
    size: int
    """How many events it had."""
    root: bytes
    """The RFC 6962 root over them."""

    def __post_init__(self) -> None:
        if not self.origin or not self.origin.isprintable():
            raise InvalidNote(f"a log cannot be called {self.origin!r}: give a name on one line")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint; lines after the third are left alone.

        Raises `InvalidNote`.
        """
        lines = text.split("\n")
        if lines.pop() or len(lines) < len(("origin", "size", "root")) or not all(lines):
            raise InvalidNote("a checkpoint has three lines: whose log, how many events, the root")
        origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit()) or size != str(int(size[:20])):
            raise InvalidNote(f"{size[:40]!r} is not a number of events")
        try:
            decoded = b64decode(root, validate=True)
        except ValueError:
            decoded = b""
        if len(decoded) != HASH_SIZE or b64encode(decoded).decode() != root:
            raise InvalidNote(f"{root[:60]!r} is not a root: {HASH_SIZE} bytes in base64")
        return cls(origin, int(size), decoded)

    @property
    def note(self) -> Note:
        """The checkpoint as a text that nobody has signed yet."""
        return Note(f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n", ())

    def __str__(self) -> str:
        return f"checkpoint of {self.origin} at {self.size:,} events"

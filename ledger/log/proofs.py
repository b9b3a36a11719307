"""Proofs: what the kept hashes of a log show to whoever holds a root of it.

The leaves stand with the events, and every 256 of them have a node: so a proof reads some hundred
hashes, however long the log is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from ledger.checkpoints import Checkpoint
from ledger.errors import NoSuchSize
from ledger.integrity import TILE_WIDTH, Tree
from ledger.log.stored import Snapshot
from ledger.mismatch import AlteredLog, Mismatch, OtherHistory
from ledger.schema.tables import log_events, log_nodes

_e: Final = log_events.c
_n: Final = log_nodes.c


def tree(log: Snapshot, size: int | None = None) -> Tree:
    """Return the tree over the first `size` events of a log, all of them if none is given.

    Its methods raise `AlteredLog` where a hash is not there. Raises `NoSuchSize`.
    """
    size = log.head.size if size is None else size
    if not 0 <= size <= log.head.size:
        raise NoSuchSize(log.address, size, log.head.size)

    def tile(level: int, number: int) -> Sequence[bytes]:
        first = number * TILE_WIDTH
        count = min(TILE_WIDTH, (log.head.size >> level) - first)
        if level:
            query = select(_n.number, _n.hash).where(_n.level == level).order_by(_n.number)
            query = query.where(_n.number.between(first, first + count - 1))
        else:
            query = select(_e.position - 1, _e.leaf_hash).order_by(_e.position)
            query = query.where(_e.position.between(first + 1, first + count))
        rows = log.connection.execute(query).all()
        for expected, (found, value) in enumerate(rows, first):
            if found != expected or len(value) != len(log.head.root):
                raise _lost(log, level, expected)
        if len(rows) != count:
            raise _lost(log, level, first + len(rows))
        return [value for _, value in rows]

    return Tree(size, tile)


def _lost(log: Snapshot, level: int, number: int) -> AlteredLog:
    if level:
        mismatch = Mismatch(None, f"node {number} at level {level}", "32 bytes", "something else")
    else:
        mismatch = Mismatch(number + 1, "leaf_hash", "32 bytes", "something else")
    return AlteredLog(log.address, [mismatch])


def expect_head(log: Snapshot) -> None:
    """Raise `AlteredLog` unless the kept hashes lead to the root that the head has."""
    found = tree(log).root
    if found != log.head.root:
        mismatch = Mismatch(None, "root", found.hex(), log.head.root.hex())
        raise AlteredLog(log.address, [mismatch])


def departure(log: Snapshot, checkpoint: Checkpoint) -> Mismatch | None:
    """Return how a log is not the one of a checkpoint, or one that grew from it; None if it is."""
    if checkpoint.size > log.head.size:
        expected, found = f"{checkpoint.size} events or more", f"{log.head.size}"
        return Mismatch(None, "size", expected, found)
    root = tree(log, checkpoint.size).root
    if root != checkpoint.root:
        about = f"root of the first {checkpoint.size} events"
        return Mismatch(None, about, checkpoint.root.hex(), root.hex())
    return None


def expect_grown_from(log: Snapshot, checkpoint: Checkpoint) -> None:
    """Raise `OtherHistory` unless a log is the one of a checkpoint, or one that grew from it."""
    found = departure(log, checkpoint)
    if found is not None:
        raise OtherHistory(log.address, str(checkpoint), found)

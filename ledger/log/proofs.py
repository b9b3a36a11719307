"""Proofs: what the kept hashes of a log show to whoever holds a root of it.

The leaves stand with the events, and every 256 of them have a node: so a proof reads some hundred
hashes, however long the log is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import select

from ledger.checkpoints import Checkpoint
from ledger.errors import FalseProof, NoSuchSize, NotYetThere
from ledger.integrity import (
    HASH_SIZE,
    TILE_WIDTH,
    Tree,
    check_consistency,
    check_inclusion,
    leaf_hash,
    salted_hash,
)
from ledger.log.audit import header_of
from ledger.log.stored import Snapshot, StoredEvent
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
            if found != expected or len(value) != HASH_SIZE:
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


class Proven(NamedTuple):
    """An event, and what shows that it stands in a log."""

    event: StoredEvent
    """Without its subjects, which no hash holds."""
    header: bytes
    """What its leaf is the hash of."""
    path: list[bytes]
    """The inclusion proof of its leaf, lowest sibling first."""


class Proofs(NamedTuple):
    """Some events of a log, and the root under which all of them are proved to stand."""

    size: int
    root: bytes
    proven: list[Proven]


class Growth(NamedTuple):
    """That a log grew from what it was, and nothing before was altered."""

    old: int
    old_root: bytes
    new: int
    new_root: bytes
    path: list[bytes]
    """The consistency proof, lowest hash first."""


def prove(log: Snapshot, names: Iterable[int | str], size: int | None = None) -> Proofs:
    """Prove that events, by position or id, stand among the first `size` of a log.

    Each proof is checked before it is given. Raises `UnknownEvent`, `NoSuchSize`, or `AlteredLog`
    where a proof does not hold.
    """
    grown = tree(log, size)
    root = grown.root
    if grown.size == log.head.size:
        _expect_root(log, root)
    proven: list[Proven] = []
    for name in names:
        event = log.one(name)
        if event.position > grown.size:
            raise NotYetThere(event.position, grown.size)
        try:
            header = header_of(event)
            path = grown.inclusion(event.position - 1)
            check_inclusion(leaf_hash(header), event.position - 1, grown.size, root, path)
            _expect_body(event)
        except (FalseProof, ValueError, AttributeError, TypeError) as error:
            mismatch = Mismatch(event.position, "proof", "one that holds", str(error))
            raise AlteredLog(log.address, [mismatch]) from error
        proven.append(Proven(event, header, path))
    return Proofs(grown.size, root, proven)


def _expect_body(event: StoredEvent) -> None:
    found = salted_hash(event.body_salt, event.body.encode())
    if found != event.body_hash:
        raise FalseProof("body_hash", event.body_hash.hex(), found.hex())
    if event.private is not None and event.private_salt is not None and event.private_hash:
        found = salted_hash(event.private_salt, event.private.encode())
        if found != event.private_hash:
            raise FalseProof("private_hash", event.private_hash.hex(), found.hex())


def grow(log: Snapshot, old: int, new: int | None = None) -> Growth:
    """Prove that the first `old` events of a log are the first ones of its first `new` events.

    Raises `NoSuchSize`, or `AlteredLog` where the proof does not hold.
    """
    later = tree(log, new)
    if not 0 <= old <= later.size:
        raise NoSuchSize(log.address, old, later.size)
    earlier = later.at(old)
    growth = Growth(old, earlier.root, later.size, later.root, later.consistency(old))
    check_consistency(*growth)
    return growth


def expect_head(log: Snapshot) -> None:
    """Raise `AlteredLog` unless the kept hashes lead to the root that the head has."""
    _expect_root(log, tree(log).root)


def _expect_root(log: Snapshot, found: bytes) -> None:
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

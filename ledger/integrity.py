"""The mathematics of a tamper-evident log: a Merkle tree over the leaves, in order.

The tree is that of RFC 9162, section 2.1.1 (the same as RFC 6962, section 2.1), with SHA-256.
Nothing here reads or writes: what has to be kept goes in and comes out as values. The oracles are
`root_of`, which is the RFC's definition word for word, and in `tests/ledger/test_integrity.py` the
`pymerkle` package and the vectors of the Certificate Transparency project.

A *leaf* below is always a leaf hash, the 32 bytes that `leaf_hash` returns, never the data.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Self

HASH_SIZE = 32
"""Bytes in every hash and every salt."""

STORED_LEVELS = 8
"""Every how many levels the hashes of completed subtrees are worth keeping: one per 256 below."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves, `MTH({})` in the RFC."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf's data, `MTH({d[0]})` = SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node, SHA-256(0x01 || left || right).

    The first byte differs from a leaf's so that no node can be passed off as a leaf.
    """
    return sha256(b"\x01" + left + right).digest()


def salted_hash(salt: bytes, data: bytes) -> bytes:
    """Return SHA-256(salt || data), which says nothing of `data` to whoever lacks the salt.

    `salt` is 32 random bytes, new for each `data`; any other length raises ValueError, because the
    line between salt and data is not hashed and has to be where everybody expects it.
    """
    if len(salt) != HASH_SIZE:
        raise ValueError(f"a salt is {HASH_SIZE} bytes, not {len(salt)}")
    return sha256(salt + data).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over `leaves`, by the recursive definition of RFC 9162, section 2.1.1.

    This is the law that `Frontier` keeps; it reads all leaves each time.
    """
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    # "let k be the largest power of two smaller than n"
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


class Node(NamedTuple):
    """The hash of a perfect subtree, complete and therefore never to change.

    It stands over the 2**`level` leaves from `number` * 2**`level` on; both count from 0.
    """

    level: int
    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that appending needs to know of a tree: the perfect subtrees it is made of.

    `size` counts the leaves. `hashes` holds one 32-byte hash per set bit of `size`, largest
    subtree first: a tree of 6 leaves is the subtree over leaves 0 to 3, then that over 4 and 5.
    Raises ValueError if the two do not fit.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(f"a tree cannot have {self.size} leaves")
        if len(self.hashes) != self.size.bit_count():
            raise ValueError(
                f"a tree of {self.size} leaves has a frontier of {self.size.bit_count()} hashes, "
                f"not {len(self.hashes)}"
            )
        _check_hashes(self.hashes)

    @classmethod
    def empty(cls) -> Self:
        """Return the frontier of a tree without leaves."""
        return cls(0, ())

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        """Read what `to_bytes` wrote for a tree of `size` leaves.

        Raises ValueError if `data` is not 32 bytes for each set bit of `size`.
        """
        starts = range(0, len(data), HASH_SIZE)
        return cls(size, tuple(data[start : start + HASH_SIZE] for start in starts))

    def to_bytes(self) -> bytes:
        """Return the hashes one after the other, largest subtree first, without `size`."""
        return b"".join(self.hashes)

    @property
    def root(self) -> bytes:
        """The root of the tree: `root_of` all the leaves so far."""
        if not self.hashes:
            return EMPTY_ROOT
        *larger, root = self.hashes
        for left in reversed(larger):
            root = node_hash(left, root)
        return root

    def extend(self, leaves: Iterable[bytes]) -> tuple[Self, list[Node]]:
        """Return the frontier after `leaves`, and the nodes to keep that they completed.

        Those are the nodes at levels 8, 16, 24 and so on (one for each 256, 65,536, ... leaves),
        lower levels first and in order within a level. Extending by all leaves at once or by any
        cuts of them gives the same frontier and, taken together, the same nodes. All of `leaves` is
        held in memory. Raises ValueError for a leaf that is not 32 bytes.
        """
        row = list(leaves)
        _check_hashes(row)
        size = self.size + len(row)
        waiting = list(self.hashes)
        left_over: list[bytes] = []
        completed: list[Node] = []
        level = 0
        while row:
            first = self.size >> level
            if level and level % STORED_LEVELS == 0:
                completed += [Node(level, number, node) for number, node in enumerate(row, first)]
            # A set bit is a subtree that had no right neighbour yet; `row` begins with it.
            if first & 1:
                row.insert(0, waiting.pop())
            if len(row) & 1:
                left_over.append(row.pop())
            lefts = iter(row)
            # `node_hash` written out: the call would cost a tenth more.
            row = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(lefts, lefts, strict=True)
            ]
            level += 1
        return type(self)(size, (*waiting, *reversed(left_over))), completed


def _check_hashes(hashes: Sequence[bytes]) -> None:
    wrong = set(map(len, hashes)) - {HASH_SIZE}
    if wrong:
        raise ValueError(f"a hash is {HASH_SIZE} bytes, not {min(wrong)}")

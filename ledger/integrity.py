"""The mathematics of a tamper-evident log: a Merkle tree over the leaves, in order.

The tree is that of RFC 9162, section 2.1.1 (the same as RFC 6962, section 2.1), with SHA-256.
Nothing here reads or writes: what has to be kept goes in and comes out as values, and `Tree` asks
whoever makes one for hashes. The oracles are `root_of`, which is the RFC's definition word for
word, and in `tests/ledger/test_integrity.py` the `pymerkle` package and the vectors of the
Certificate Transparency project.

What makes and what checks come in pairs: `Tree.inclusion` and `check_inclusion`,
`Tree.consistency` and `check_consistency`; the second's docstring says the law between them.

A *leaf* below is always a leaf hash, the 32 bytes that `leaf_hash` returns, never the data. An
*index* counts leaves from 0; in the log, position 1 is the leaf of index 0.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Self, TypeAlias

from ledger.errors import FalseProof

HASH_SIZE = 32
"""Bytes in every hash and every salt."""

STORED_LEVELS = 8
"""Every how many levels the hashes of completed subtrees are worth keeping: one per 256 below."""

TILE_WIDTH = 1 << STORED_LEVELS
"""How many neighbouring hashes of one stored level make a tile: those under one stored node."""

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
    k = _split(len(leaves))
    return node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def _split(size: int) -> int:
    """Return where the RFC cuts a tree: "let k be the largest power of two smaller than n"."""
    return 1 << ((size - 1).bit_length() - 1)


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
        """The root of the tree: `root_of` all its leaves."""
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
            row = _paired(row)
            level += 1
        return type(self)(size, (*waiting, *reversed(left_over))), completed


def _paired(row: Iterable[bytes]) -> list[bytes]:
    """Return the nodes right above a row of nodes, an even number of them."""
    lefts = iter(row)
    # `node_hash` written out: the call would cost a tenth more.
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(lefts, lefts, strict=True)
    ]


def _check_hashes(hashes: Sequence[bytes]) -> None:
    wrong = set(map(len, hashes)) - {HASH_SIZE}
    if wrong:
        raise ValueError(f"a hash is {HASH_SIZE} bytes, not {min(wrong)}")


Tile: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""Reads what was kept: given a level (0 for leaves, 8, 16, ...) and a number t, the hashes at that
level numbered from 256 t on, in order, all that are there up to 256."""


class Tree:
    """A tree of `size` leaves whose hashes are kept elsewhere, for its root and its proofs.

    `tile` may have more than this tree: so one store serves every size that the log ever had. A
    tile is asked for once. A root takes two of each stored level, a proof three; what lies between
    stored levels is computed. Every method raises LookupError if a tile lacks a hash.
    """

    def __init__(self, size: int, tile: Tile) -> None:
        self.size = size
        self._tile = tile
        self._tiles: dict[tuple[int, int], Sequence[bytes]] = {}

    @property
    def root(self) -> bytes:
        """The root: `root_of` the first `size` leaves."""
        return self._over(0, self.size) if self.size else EMPTY_ROOT

    def at(self, size: int) -> Self:
        """Return the tree that this one was, or will be, at another size; they share tiles."""
        other = type(self)(size, self._tile)
        other._tiles = self._tiles  # noqa: SLF001 - another of its kind
        return other

    def leaf(self, index: int) -> bytes:
        """Return one leaf."""
        return self._perfect(0, index)

    def inclusion(self, index: int) -> list[bytes]:
        """Return PATH(index, D_size) of RFC 9162, section 2.1.3.1: the siblings, lowest first.

        Raises ValueError if there is no such leaf.
        """
        siblings = [self._over(step.start, step.end) for step in _to_leaf(index, self.size)]
        return siblings[::-1]

    def consistency(self, old: int) -> list[bytes]:
        """Return PROOF(old, D_size) of RFC 9162, section 2.1.4.1, lowest first.

        An empty tree, and the tree itself, need no hash to be found in this one. Raises ValueError
        if this tree is the smaller one.
        """
        steps = _to_edge(old, self.size)
        hashes = [self._over(step.start, step.end) for step in steps]
        if _edge_is_inside(steps):
            start = max(step.end for step in steps if step.on_left)
            hashes.append(self._over(start, old))
        return hashes[::-1]

    def _over(self, start: int, end: int) -> bytes:
        """Return the root over leaves `start` to `end` - 1, where the RFC cuts such a subtree."""
        size, hashes = end - start, list[bytes]()
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                hashes.append(self._perfect(level, start >> level))
                start += 1 << level
        return Frontier(size, tuple(hashes)).root

    def _perfect(self, level: int, number: int) -> bytes:
        """Return the hash of a perfect subtree, from the stored hashes below it."""
        above = level % STORED_LEVELS
        at, first = level - above, number << above
        tile, start = divmod(first, TILE_WIDTH)
        if (at, tile) not in self._tiles:
            self._tiles[at, tile] = self._tile(at, tile)
        row = self._tiles[at, tile][start : start + (1 << above)]
        if len(row) != 1 << above:
            raise LookupError(f"hash {first + len(row)} at level {at} is not there")
        while len(row) > 1:
            row = _paired(row)
        return row[0]


class _Step(NamedTuple):
    """One cut on the way down a tree: the side that is left aside, as a range of leaves."""

    start: int
    end: int
    on_left: bool


def _to_leaf(index: int, size: int) -> list[_Step]:
    """Return the cuts on the way down to a leaf."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none of index {index}")
    return list(_cuts(size, lambda middle: index < middle, lambda start, end: end - start == 1))


def _to_edge(old: int, size: int) -> list[_Step]:
    """Return the cuts on the way down to the last subtree of the tree that this one was."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves never grew from one of {old}")
    if old == 0:
        return []
    return list(_cuts(size, lambda middle: old <= middle, lambda _, end: end == old))


def _cuts(
    size: int, goes_left: Callable[[int], bool], arrived: Callable[[int, int], bool]
) -> Iterator[_Step]:
    start, end = 0, size
    while not arrived(start, end):
        middle = start + _split(end - start)
        if goes_left(middle):
            yield _Step(middle, end, on_left=False)
            end = middle
        else:
            yield _Step(start, middle, on_left=True)
            start = middle


def _edge_is_inside(steps: Sequence[_Step]) -> bool:
    """Say whether the old tree is no subtree of the new one, so that its root is of no help."""
    return any(step.on_left for step in steps)


def check_inclusion(
    leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree of `size` leaves, with this root, has this leaf at an index.

    The law: `check_inclusion(t.leaf(i), i, t.size, t.root, t.inclusion(i))` holds for every tree
    and leaf, and nothing else that anybody can find does. Raises `FalseProof`; ValueError if the
    tree has no such index.
    """
    steps = _to_leaf(index, size)
    _expect_length(proof, len(steps))
    found = leaf
    for step, sibling in zip(reversed(steps), proof, strict=True):
        found = node_hash(sibling, found) if step.on_left else node_hash(found, sibling)
    _expect_root(root, found, size)


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the first `old` leaves of the tree with `new_root` are those under `old_root`.

    The law: for every tree t, and s of its first leaves, `check_consistency(s.size, s.root,
    t.size, t.root, t.consistency(s.size))` holds, and nothing else that anybody can find does. An
    empty tree is the beginning of every tree. Raises `FalseProof`; ValueError if `old` is greater.
    """
    steps = _to_edge(old, new)
    inside = _edge_is_inside(steps)
    _expect_length(proof, len(steps) + inside)
    if old == 0:
        _expect_root(old_root, EMPTY_ROOT, old)
        return
    was = now = proof[0] if inside else old_root
    for step, sibling in zip(reversed(steps), proof[inside:], strict=True):
        if step.on_left:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
        else:
            now = node_hash(now, sibling)
    _expect_root(old_root, was, old)
    _expect_root(new_root, now, new)


def _expect_length(proof: Sequence[bytes], length: int) -> None:
    if len(proof) != length:
        raise FalseProof("number of hashes", str(length), str(len(proof)))
    if any(len(sibling) != HASH_SIZE for sibling in proof):
        raise FalseProof("length of each hash", str(HASH_SIZE), "another")


def _expect_root(root: bytes, found: bytes, size: int) -> None:
    if found != root:
        raise FalseProof(f"root of {size} events", root.hex(), found.hex())

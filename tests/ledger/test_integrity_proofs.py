"""A proof convinces of what is so, and of nothing else."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger.errors import FalseProof
from ledger.integrity import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Frontier,
    Tree,
    check_consistency,
    check_inclusion,
    leaf_hash,
    root_of,
)
from tests.ledger.test_integrity import CT_LEAVES, CT_ROOTS, LEAVES, some_leaves

SIZES = st.integers(1, len(LEAVES))


class Kept:
    """What is kept of some leaves: themselves, and the nodes that they completed."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.rows: dict[int, list[bytes]] = {0: list(leaves)}
        for node in Frontier.empty().extend(leaves)[1]:
            self.rows.setdefault(node.level, []).append(node.hash)
        self.asked: list[tuple[int, int]] = []

    def tile(self, level: int, number: int) -> list[bytes]:
        """Return a tile, and remember that it was asked for."""
        self.asked.append((level, number))
        first = number * TILE_WIDTH
        return self.rows.get(level, [])[first : first + TILE_WIDTH]

    def tree(self, size: int) -> Tree:
        """Return the tree that this one was when it had so many leaves."""
        return Tree(size, self.tile)


KEPT = Kept(LEAVES)
LARGE = Kept(some_leaves(2 * 65_536 + 70_000))


def test_every_size_has_its_root() -> None:
    """Of one store, the root at each size that it ever had is the RFC's."""
    for size in (*range(300), *range(300, len(LEAVES) + 1, 47)):
        assert KEPT.tree(size).root == root_of(LEAVES[:size])


@given(SIZES, st.data())
def test_every_leaf_is_proved(size: int, data: st.DataObject) -> None:
    """Each leaf of a tree of each size is proved, against the root that others compute."""
    index = data.draw(st.integers(0, size - 1))
    tree = KEPT.tree(size)
    check_inclusion(LEAVES[index], index, size, root_of(LEAVES[:size]), tree.inclusion(index))


@given(st.integers(0, len(LEAVES)), st.data())
def test_every_growth_is_proved(new: int, data: st.DataObject) -> None:
    """Each tree is proved to be the beginning of each that it grew to be."""
    old = data.draw(st.integers(0, new))
    proof = KEPT.tree(new).consistency(old)
    check_consistency(old, root_of(LEAVES[:old]), new, root_of(LEAVES[:new]), proof)


def test_all_proofs_of_small_trees() -> None:
    """Up to 70 leaves, every proof that there can be holds, and for its own place alone."""
    for size in range(1, 71):
        tree, root = KEPT.tree(size), root_of(LEAVES[:size])
        for index in range(size):
            proof = tree.inclusion(index)
            check_inclusion(LEAVES[index], index, size, root, proof)
            with pytest.raises(FalseProof):
                check_inclusion(LEAVES[index + 1], index, size, root, proof)
        for old in range(size + 1):
            before = root_of(LEAVES[:old])
            check_consistency(old, before, size, root, tree.consistency(old))


def test_agrees_with_certificate_transparency() -> None:
    """The proofs of the log that the RFC was written for are ours, hash by hash."""
    leaves = [leaf_hash(bytes.fromhex(data)) for data in CT_LEAVES]
    tree = Kept(leaves).tree
    assert [sibling.hex()[:8] for sibling in tree(8).inclusion(5)] == [
        "bc1a0643",
        "ca854ea1",
        "d37ee418",
    ]
    assert [sibling.hex()[:8] for sibling in tree(8).consistency(6)] == [
        "0ebc5d34",
        "ca854ea1",
        "d37ee418",
    ]
    for old, new in pairwise(range(1, 9)):
        roots = bytes.fromhex(CT_ROOTS[old - 1]), bytes.fromhex(CT_ROOTS[new - 1])
        check_consistency(old, roots[0], new, roots[1], tree(new).consistency(old))


def test_agrees_with_pymerkle() -> None:
    """Another implementation, fed the same data, makes the same proofs, of the same roots."""
    peer = InmemoryTree(algorithm="sha256")
    data = [b"event %d" % number for number in range(40)]
    for each in data:
        peer.append_entry(each)
    kept = Kept([leaf_hash(each) for each in data])
    for size in range(1, len(data) + 1):
        tree = kept.tree(size)
        for index in range(size):
            # It puts the leaf itself first.
            assert tree.inclusion(index) == _hashes(peer.prove_inclusion(index + 1, size))[1:]
        for old in range(1, size):
            # How it writes down a growth is its own; what it is a growth of is not.
            roots = peer.get_root(old), peer.get_root(size)
            check_consistency(old, roots[0], size, roots[1], tree.consistency(old))


def _hashes(proof: object) -> list[bytes]:
    serialized: dict[str, list[str]] = proof.serialize()  # type: ignore[attr-defined]
    return [bytes.fromhex(sibling) for sibling in serialized["path"]]


@st.composite
def altered(draw: st.DrawFn, proof: Sequence[bytes]) -> list[bytes]:
    """A proof that is not this one: a hash changed, left out or put in, or two swapped."""
    other = list(proof)
    kind = draw(st.sampled_from(["change", "leave out", "put in", "swap", "cut short"]))
    at = draw(st.integers(0, len(other)))
    if kind == "put in" or not other:
        other.insert(at, draw(st.binary(min_size=32, max_size=32)))
        return other
    at = min(at, len(other) - 1)
    if kind == "change":
        byte = draw(st.integers(0, 31))
        flipped = bytes([other[at][byte] ^ draw(st.integers(1, 255))])
        other[at] = other[at][:byte] + flipped + other[at][byte + 1 :]
    elif kind == "leave out" or len(other) == 1:
        del other[at]
    elif kind == "swap":
        to = (at + draw(st.integers(1, len(other) - 1))) % len(other)
        other[at], other[to] = other[to], other[at]
    else:
        other[at] = other[at][:31]
    return other


@given(SIZES, st.data())
def test_no_altered_inclusion_proof_holds(size: int, data: st.DataObject) -> None:
    """Another hash, another number of them, another order, another leaf, place or root: refused."""
    index = data.draw(st.integers(0, size - 1))
    root, proof = KEPT.tree(size).root, KEPT.tree(size).inclusion(index)
    with pytest.raises(FalseProof):
        check_inclusion(LEAVES[index], index, size, root, data.draw(altered(proof)))
    other = data.draw(st.integers(0, size - 1).filter(lambda other: other != index) | st.none())
    if other is not None:
        with pytest.raises(FalseProof):
            check_inclusion(LEAVES[index], other, size, root, proof)
        with pytest.raises(FalseProof):
            check_inclusion(LEAVES[other], index, size, root, proof)
    with pytest.raises(FalseProof):
        check_inclusion(LEAVES[index], index, size, leaf_hash(root), proof)


@given(st.integers(2, len(LEAVES)), st.data())
def test_no_altered_consistency_proof_holds(new: int, data: st.DataObject) -> None:
    """Another hash, another number of them, another order, another root on either side: refused."""
    old = data.draw(st.integers(0, new))
    before, after = KEPT.tree(old).root, KEPT.tree(new).root
    proof = KEPT.tree(new).consistency(old)
    with pytest.raises(FalseProof):
        check_consistency(old, before, new, after, data.draw(altered(proof)))
    with pytest.raises(FalseProof):
        check_consistency(old, leaf_hash(before), new, after, proof)
    if old:
        with pytest.raises(FalseProof):
            check_consistency(old, before, new, leaf_hash(after), proof)


@given(st.integers(1, len(LEAVES)), st.data())
def test_a_log_that_was_rewritten_proves_nothing_old(new: int, data: st.DataObject) -> None:
    """Whoever changes one old leaf, and recomputes everything, cannot reach the old root."""
    old = data.draw(st.integers(1, new))
    at = data.draw(st.integers(0, old - 1))
    rewritten = Kept([*LEAVES[:at], leaf_hash(b"forged"), *LEAVES[at + 1 : new]]).tree(new)
    with pytest.raises(FalseProof):
        check_consistency(old, KEPT.tree(old).root, new, rewritten.root, rewritten.consistency(old))
    honest = KEPT.tree(new).consistency(old)
    with pytest.raises(FalseProof):
        check_consistency(old, KEPT.tree(old).root, new, rewritten.root, honest)


def test_trees_of_one_store_share_what_they_read() -> None:
    """The tree that a tree was reads nothing again, and is the same as one made for itself."""
    later = LARGE.tree(200_000)
    later.consistency(131_073)
    LARGE.asked.clear()
    earlier = later.at(131_073).root
    assert LARGE.asked == []
    assert earlier == LARGE.tree(131_073).root


def test_an_empty_tree_begins_every_tree() -> None:
    """Nothing is to be shown of it, and nothing else passes for it."""
    assert KEPT.tree(9).consistency(0) == []
    check_consistency(0, EMPTY_ROOT, 9, KEPT.tree(9).root, [])
    with pytest.raises(FalseProof):
        check_consistency(0, KEPT.tree(1).root, 9, KEPT.tree(9).root, [])


def test_refuses_places_that_are_not_there() -> None:
    """A leaf past the end, and a tree that would have shrunk, are mistakes, not proofs."""
    root = KEPT.tree(5).root
    for index in (-1, 5):
        with pytest.raises(ValueError, match="none of index"):
            KEPT.tree(5).inclusion(index)
        with pytest.raises(ValueError, match="none of index"):
            check_inclusion(LEAVES[0], index, 5, root, [])
    for old in (-1, 6):
        with pytest.raises(ValueError, match="never grew"):
            KEPT.tree(5).consistency(old)
        with pytest.raises(ValueError, match="never grew"):
            check_consistency(old, root, 5, root, [])


def test_a_hash_that_is_lost_is_named() -> None:
    """What the store lacks is said, and nothing is made up in its place."""
    lost = Kept(LEAVES[:600])
    del lost.rows[8][1:]
    with pytest.raises(LookupError, match="hash 1 at level 8"):
        lost.tree(600).inclusion(3)


@pytest.mark.parametrize("size", [70_000, 131_072, 200_000])
def test_a_proof_asks_for_few_tiles(size: int) -> None:
    """Of 200,000 leaves a proof reads a few hundred hashes, and each tile once."""
    root = LARGE.tree(size).root
    for index in (0, 65_535, size // 2, size - 1):
        LARGE.asked.clear()
        proof = LARGE.tree(size).inclusion(index)
        assert len(set(LARGE.asked)) == len(LARGE.asked) <= 3 * 3
        check_inclusion(LARGE.rows[0][index], index, size, root, proof)
    for old in (1, 65_537, size - 3):
        before = LARGE.tree(old).root
        LARGE.asked.clear()
        proof = LARGE.tree(size).consistency(old)
        assert len(set(LARGE.asked)) == len(LARGE.asked) <= 3 * 3
        check_consistency(old, before, size, root, proof)

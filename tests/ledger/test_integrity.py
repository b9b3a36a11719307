"""The tree of hashes keeps the RFC's definition, however the log grew."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger.integrity import (
    EMPTY_ROOT,
    Frontier,
    Node,
    leaf_hash,
    node_hash,
    root_of,
    salted_hash,
)

# The reference tree of the Certificate Transparency project (merkle_tree_test.cc): the data of the
# leaves, and the root after each.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def some_leaves(count: int) -> list[bytes]:
    """Leaves that differ, the same in every run."""
    return [leaf_hash(number.to_bytes(8, "big")) for number in range(count)]


LEAVES = some_leaves(2000)


def test_empty_tree_has_the_root_of_the_rfc() -> None:
    """The root of no leaves is the hash of nothing."""
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier.empty().root.hex() == EMPTY_ROOT.hex() == root_of([]).hex() == nothing


def test_agrees_with_certificate_transparency() -> None:
    """Leaves and roots are those of the log that the RFC was written for."""
    leaves = [leaf_hash(bytes.fromhex(data)) for data in CT_LEAVES]
    roots = [Frontier.empty().extend(leaves[:size])[0].root.hex() for size in range(1, 9)]
    assert roots == CT_ROOTS


def test_agrees_with_pymerkle() -> None:
    """Another implementation, fed the same data, has the same root at every size."""
    peer = InmemoryTree(algorithm="sha256")
    frontier = Frontier.empty()
    for number in range(70):
        data = b"event %d" % number
        peer.append_entry(data)
        frontier, _ = frontier.extend([leaf_hash(data)])
        assert frontier.root == peer.get_root()


def test_root_is_that_of_the_definition() -> None:
    """At every size the root is what the RFC's recursion says."""
    for size in range(300):
        assert Frontier.empty().extend(LEAVES[:size])[0].root == root_of(LEAVES[:size])


@given(st.lists(st.integers(0, len(LEAVES)), max_size=12))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    """Any way to cut the leaves into batches gives one frontier, one root and the same nodes."""
    ends = sorted({0, *cuts})
    frontier, nodes = Frontier.empty(), list[Node]()
    for start, end in pairwise(ends):
        frontier, completed = frontier.extend(iter(LEAVES[start:end]))
        nodes += completed
    assert frontier.size == ends[-1]
    assert frontier.root == root_of(LEAVES[: ends[-1]])
    assert (frontier, nodes) == Frontier.empty().extend(LEAVES[: ends[-1]])


def test_one_at_a_time_is_the_same() -> None:
    """A batch of one is a batch like any other."""
    frontier, nodes = Frontier.empty(), list[Node]()
    for leaf in LEAVES[:700]:
        frontier, completed = frontier.extend((leaf,))
        nodes += completed
    assert (frontier, nodes) == Frontier.empty().extend(LEAVES[:700])


@given(st.integers(0, len(LEAVES)), st.integers(0, len(LEAVES)))
def test_a_node_stands_over_256_leaves(start: int, end: int) -> None:
    """A batch completes the level-8 nodes that end in it, each the root of its own 256 leaves."""
    start, end = sorted((start, end))
    before, _ = Frontier.empty().extend(LEAVES[:start])
    _, completed = before.extend(LEAVES[start:end])
    assert completed == [
        Node(8, number, root_of(LEAVES[number * 256 : (number + 1) * 256]))
        for number in range(start // 256, end // 256)
    ]


def test_a_node_stands_over_65536_leaves() -> None:
    """Level 16 is made of 256 nodes of level 8, and comes when its last leaf does."""
    leaves = some_leaves(2 * 65_536 + 300)
    before, early = Frontier.empty().extend(leaves[: 65_536 - 1])
    assert {node.level for node in early} == {8}
    _, late = before.extend(leaves[65_536 - 1 :])
    eighth = [node for node in early + late if node.level == 8]
    assert [node.number for node in eighth] == list(range(513))
    assert [node for node in late if node.level != 8] == [
        Node(16, number, root_of([node.hash for node in eighth[number * 256 :][:256]]))
        for number in range(2)
    ]


@given(st.integers(0, len(LEAVES)))
def test_frontier_survives_being_stored(size: int) -> None:
    """What `to_bytes` writes, `from_bytes` reads: 32 bytes for each set bit of the size."""
    frontier, _ = Frontier.empty().extend(LEAVES[:size])
    data = frontier.to_bytes()
    assert len(data) == 32 * size.bit_count()
    assert Frontier.from_bytes(size, data) == frontier


def test_extending_leaves_the_old_frontier_alone() -> None:
    """A frontier is a value: a batch that is rolled back has changed nothing."""
    before, _ = Frontier.empty().extend(LEAVES[:7])
    root, data = before.root, before.to_bytes()
    before.extend(LEAVES[7:300])
    assert (before.size, before.root, before.to_bytes()) == (7, root, data)


@pytest.mark.parametrize(
    ("size", "length"), [(0, 32), (1, 0), (1, 31), (1, 33), (2, 64), (3, 32), (3, 63), (-1, 32)]
)
def test_refuses_a_frontier_that_does_not_fit(size: int, length: int) -> None:
    """A size and hashes that do not belong together never become a frontier."""
    with pytest.raises(ValueError, match=r"hash|leaves"):
        Frontier.from_bytes(size, bytes(length))


@pytest.mark.parametrize("leaf", [b"", b"data, not its hash", bytes(33)])
def test_refuses_what_is_not_a_leaf_hash(leaf: bytes) -> None:
    """Data handed in by mistake for a hash is refused, wherever it stands in the batch."""
    with pytest.raises(ValueError, match=f"32 bytes, not {len(leaf)}"):
        Frontier.empty().extend([*LEAVES[:3], leaf])


def test_no_node_passes_for_a_leaf() -> None:
    """The hash of two nodes is not the hash of a leaf whose data are those two."""
    left, right = LEAVES[:2]
    assert node_hash(left, right) == sha256(b"\x01" + left + right).digest()
    assert node_hash(left, right) != leaf_hash(left + right)


@given(st.binary(min_size=32, max_size=32), st.binary())
def test_salted_hash_is_salt_then_data(salt: bytes, data: bytes) -> None:
    """Whoever holds salt and data can compute the hash with any tool."""
    assert salted_hash(salt, data) == sha256(salt + data).digest()


@pytest.mark.parametrize("length", [0, 31, 33])
def test_refuses_a_salt_of_another_length(length: int) -> None:
    """A short or long salt would let bytes move between salt and data unnoticed."""
    with pytest.raises(ValueError, match=f"32 bytes, not {length}"):
        salted_hash(bytes(length), b"x")

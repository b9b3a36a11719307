"""Vectors of proofs, for whoever writes another program that checks them.

`python -m tests.golden.proofs` writes them anew. Those that stand here were given away: a program
of ours that no longer takes them is wrong.
"""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ledger import Ledger
from ledger.formats import proof
from ledger.integrity import Frontier, Tree, leaf_hash
from ledger.notes import SigningKey
from ledger.records import read, record
from ledger.samples import SAMPLES, sample

FOLDER: Final = Path(__file__).parent / "proofs"
KEY: Final = SigningKey("vectors.example/record", b"no secret: it is in the vectors.")
"""Its private half is known to all."""
_LEAVES: Final = [b"", *(b"leaf %d" % number for number in range(1, 13))]


def merkle() -> dict[str, Any]:
    """Return every root, inclusion proof and consistency proof of trees of up to 13 leaves."""
    leaves = [leaf_hash(data) for data in _LEAVES]
    trees = [Tree(size, lambda _level, _number: leaves) for size in range(len(leaves) + 1)]
    return {
        "leaf_data": [data.decode() for data in _LEAVES],
        "leaf_hashes": [leaf.hex() for leaf in leaves],
        "roots": [Frontier.empty().extend(leaves[: t.size])[0].root.hex() for t in trees],
        "inclusion": [
            {"index": index, "size": tree.size, "proof": _hex(tree.inclusion(index))}
            for tree in trees
            for index in range(tree.size)
        ],
        "consistency": [
            {"old": old, "new": tree.size, "proof": _hex(tree.consistency(old))}
            for tree in trees
            for old in range(tree.size + 1)
        ],
    }


def _hex(proof: list[bytes]) -> list[str]:
    return [value.hex() for value in proof]


def bundles() -> dict[str, Any]:
    """Return bundles of each kind, from the bundled reports. The salts in them are drawn anew."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(
            Path(folder) / "ledger.db",
            actor="vectors",
            clock=lambda: datetime(2026, 11, 26, 9, tzinfo=UTC),
        ) as ledger,
    ):
        first, second = SAMPLES
        record(ledger, read(sample(first), first))
        old = ledger.checkpoint(key=KEY)
        record(ledger, read(sample(second), second))
        new = ledger.checkpoint(key=KEY)
        answer = ledger.view("attendance").answer(party="pk")
        return {
            "events.json": proof.bundle(ledger.prove(24, 59), new),
            "hashes-only.json": proof.bundle(ledger.prove(1, 88), new, bodies=False),
            "rows.json": proof.rows_bundle(ledger, answer, new),
            "growth.json": proof.growth(ledger.consistency(49), old, new),
        }


def main() -> None:
    """Write the vectors."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "key.txt").write_text(f"{KEY.private_text()}\n{KEY.verifier}\n", encoding="utf-8")
    for name, content in {"merkle.json": merkle(), **bundles()}.items():
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (FOLDER / name).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

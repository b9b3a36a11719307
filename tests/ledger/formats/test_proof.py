"""Whoever has a bundle and a key needs neither the ledger nor this program."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger
from ledger.errors import (
    FalseProof,
    FalseSignature,
    InvalidBundle,
    LedgerError,
    NoSuchSize,
    NotYetThere,
    UnknownEvent,
)
from ledger.formats import proof
from ledger.integrity import check_consistency, check_inclusion
from ledger.mismatch import AlteredLog
from ledger.notes import VerifierKey
from ledger.records import read, record
from ledger.samples import SAMPLES, sample
from tests.golden.proofs import FOLDER, KEY, merkle
from tests.ledger.log.moving import GONE, KEPT, fill, unguarded

STRANGER = Path(__file__).parents[3] / "docs" / "check_proof.py"
VECTORS = ["events.json", "hashes-only.json", "rows.json"]


def stranger(file: Path, key: VerifierKey = KEY.verifier) -> subprocess.CompletedProcess[str]:
    """Let the other program check a bundle: it knows nothing of this one."""
    command = [sys.executable, "-I", str(STRANGER), str(file), str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_other_program_is_short_and_independent() -> None:
    """It is one page, and imports the standard library and `cryptography` only."""
    text = STRANGER.read_text()
    assert len(text.splitlines()) <= 60
    imported = {
        line.split()[1].partition(".")[0] for line in text.splitlines() if "import " in line
    }
    assert imported <= {*sys.stdlib_module_names, "cryptography", "a"}


@pytest.mark.parametrize("name", VECTORS)
def test_what_was_given_away_is_still_taken(name: str) -> None:
    """Both programs take the bundles of the test vectors, and see the same log in them."""
    file = FOLDER / name
    checkpoint = proof.check(file.read_bytes(), [KEY.verifier])
    checked = stranger(file)
    assert checked.returncode == 0, checked.stderr
    assert f"all in the log of {checkpoint.size} events" in checked.stdout
    assert checkpoint.root.hex() in checked.stdout


def test_vectors_of_trees_hold() -> None:
    """Every root and proof of the vectors is what is computed now, and checks."""
    given_away = json.loads((FOLDER / "merkle.json").read_text())
    assert given_away == merkle()
    leaves = [bytes.fromhex(leaf) for leaf in given_away["leaf_hashes"]]
    roots = [bytes.fromhex(root) for root in given_away["roots"]]
    for one in given_away["inclusion"]:
        path = [bytes.fromhex(value) for value in one["proof"]]
        check_inclusion(leaves[one["index"]], one["index"], one["size"], roots[one["size"]], path)
    for one in given_away["consistency"]:
        path = [bytes.fromhex(value) for value in one["proof"]]
        check_consistency(one["old"], roots[one["old"]], one["new"], roots[one["new"]], path)


def test_a_growth_that_was_given_away_is_still_taken() -> None:
    """A consistency proof holds between the two checkpoints in it, and not for altered ones."""
    data = (FOLDER / "growth.json").read_bytes()
    assert proof.check_growth(data, [KEY.verifier]) == (49, 88)
    given_away = json.loads(data)
    for end in ("old", "new"):
        altered = copy.deepcopy(given_away)
        altered[end]["root"] = "00" * 32
        with pytest.raises(FalseProof):
            proof.check_growth(json.dumps(altered).encode())
    given_away["checkpoints"] = []
    given_away["proof"][0] = "00" * 32
    with pytest.raises(FalseProof):
        proof.check_growth(json.dumps(given_away).encode())


def _flip(text: str, at: int) -> str:
    at %= len(text)
    other = "1" if text[at] == "0" else "0"
    return text[:at] + other + text[at + 1 :]


@given(st.data())
def test_no_altered_bundle_passes(data: st.DataObject) -> None:
    """Whatever is changed in a header, a body, a salt, a proof or the checkpoint is noticed."""
    bundle: dict[str, Any] = json.loads((FOLDER / "events.json").read_text())
    event = bundle["events"][data.draw(st.integers(0, 1))]
    at = data.draw(st.integers(0, 2000))
    where = data.draw(
        st.sampled_from(["header", "body", "body_salt", "proof", "checkpoint", "cut"])
    )
    if where == "proof":
        number = at % len(event["proof"])
        event["proof"][number] = _flip(event["proof"][number], at)
    elif where == "cut":
        del event["proof"][at % len(event["proof"])]
    elif where == "checkpoint":
        bundle["checkpoint"] = _flip(bundle["checkpoint"], at)
    else:
        event[where] = _flip(event[where], at)
    with pytest.raises(LedgerError):
        proof.check(json.dumps(bundle).encode(), [KEY.verifier])


@pytest.mark.parametrize(
    "alter",
    [
        lambda b: b["events"][0].update(body=b["events"][1]["body"]),
        lambda b: b["events"][0].update(header=b["events"][1]["header"]),
        lambda b: b["events"][0]["proof"].reverse(),
        lambda b: b["events"][0]["proof"].append("00" * 32),
        lambda b: b["events"][0].update(proof=[]),
        lambda b: b.update(checkpoint=b["checkpoint"].replace("\n88\n", "\n89\n")),
        lambda b: b.update(checkpoint=b["checkpoint"].partition("\n\n")[0] + "\n"),
    ],
)
def test_the_other_program_refuses_what_ours_does(
    alter: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    """An altered bundle passes neither, and neither does one that somebody else signed."""
    bundle = json.loads((FOLDER / "events.json").read_text())
    alter(bundle)
    file = tmp_path / "altered.json"
    file.write_text(json.dumps(bundle))
    with pytest.raises((FalseProof, FalseSignature)):
        proof.check(file.read_bytes(), [KEY.verifier])
    assert stranger(file).returncode != 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "proceedings-proof/1"}', "\x00"])
def test_what_is_no_bundle_is_refused(text: str) -> None:
    """What cannot be read is said to be no bundle; nothing is made up."""
    for check in (proof.check, proof.check_growth):
        with pytest.raises(InvalidBundle):
            check(text.encode())


def test_every_event_has_a_bundle_that_checks(address: str) -> None:
    """Each event of a log of some nodes is proved, for the log as it is and as it was."""
    with Ledger.open(address) as ledger:
        fill(ledger, events=295)
        old = ledger.checkpoint(key=KEY)
        fill_more(ledger)
        new = ledger.checkpoint(key=KEY)
        for note, size in ((old, 300), (new, ledger.head)):
            proofs = ledger.prove(1, 2, 256, 257, size - 1, size, size=size)
            data = json.dumps(proof.bundle(proofs, note)).encode()
            assert proof.check(data, [KEY.verifier]).size == size
        growth = proof.growth(ledger.consistency(300), old, new)
        assert proof.check_growth(json.dumps(growth).encode(), [KEY.verifier]) == (300, 388)


def fill_more(ledger: Ledger) -> None:
    """Record the bundled reports besides."""
    for name in SAMPLES:
        record(ledger, read(sample(name), name))


def test_private_words_are_given_only_if_asked_for(address: str) -> None:
    """A bundle without `private` has no name in it; with it, the name is proved too."""
    with Ledger.open(address) as ledger:
        fill(ledger)
        proofs, note = ledger.prove(1, 2), ledger.checkpoint(key=KEY)
        silent = json.dumps(proof.bundle(proofs, note))
        assert KEPT not in silent
        told = json.dumps(proof.bundle(proofs, note, private=True))
        assert KEPT in told
        assert GONE not in told  # it was erased
        for text in (silent, told):
            proof.check(text.encode(), [KEY.verifier])
        altered = told.replace(KEPT, "Somebody Elsa")
        with pytest.raises(FalseProof, match="event 2: private_hash"):
            proof.check(altered.encode(), [KEY.verifier])
        rows = proof.rows_bundle(ledger, ledger.view("attendance").answer(), note)
        assert KEPT not in json.dumps(rows)


def test_a_row_brings_its_events_and_documents() -> None:
    """With a row come the events that it rests on, and where its documents' hashes stand."""
    bundle = json.loads((FOLDER / "rows.json").read_text())
    there = {json.loads(event["header"])["event_id"]: event for event in bundle["events"]}
    [row] = bundle["rows"]
    assert row["party"] == "pk"
    assert set(row["because"]) <= there.keys()
    [document] = bundle["documents"]
    registered = json.loads(there[document["event_id"]]["body"])
    assert registered["sha256"] == document["sha256"]
    assert row["attested_by"] == [f"{document['document']}/ar/unmarked#\u00b61"]


def test_nothing_is_proved_that_is_not_so(tmp_path: Path) -> None:
    """No proof is given of an event that was altered, and none of one that is not there."""
    file = tmp_path / "ledger.db"
    with Ledger.open(file) as ledger:
        fill(ledger, events=300)
        with pytest.raises(UnknownEvent):
            ledger.prove(306)
        with pytest.raises(NotYetThere, match="there were 100 events"):
            ledger.prove(101, size=100)
        with pytest.raises(NoSuchSize):
            ledger.prove(1, size=306)
        with pytest.raises(NoSuchSize):
            ledger.consistency(200, 100)
    unguarded(file, "UPDATE log_events SET body = '{}' WHERE position = 9")
    unguarded(file, "UPDATE log_events SET valid = '2001' WHERE position = 10")
    with Ledger.open(file, create=False) as ledger:
        for position in (9, 10):
            with pytest.raises(AlteredLog, match=f"event {position}: proof"):
                ledger.prove(position)
        ledger.prove(11)

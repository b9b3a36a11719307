"""What it costs that nothing can be altered unnoticed: `python -m tests.benchmarks.proofs`.

Makes a ledger of a generated history on SQLite, and measures, each in a process of its own:
verifying all of it, beside a plain read of the same rows with SHA-256 over them; its peak memory,
beside that for a tenth of the events; how long proofs take; and which part of an append is hashing.
All times are of the processor, so that others who keep the machine busy are not counted.

    python -m tests.benchmarks.proofs [--events 100000] [--keep DIR]
"""

import argparse
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from os import urandom
from pathlib import Path
from typing import Any

from ledger import Ledger, NewEvent
from ledger.codec.stored import encode, header
from ledger.integrity import Frontier, leaf_hash, salted_hash
from ledger.testing.histories import batches, history

BATCH = 1_000
PROOFS = 300


def made(events: int, folder: Path) -> Path:
    """Return a ledger of so many events; make it if it is not there."""
    file = folder / f"proofs-{events}.db"
    if not file.exists():
        with Ledger.open(file) as ledger:
            for batch in batches(history(events), BATCH):
                ledger.append(batch)
    return file


def plain(file: Path) -> dict[str, float]:
    """Read all rows with the driver alone, and hash body, private part and as much as a header."""
    query = """SELECT e.*, p.salt, p.body FROM log_events AS e
        LEFT JOIN log_private AS p ON p.position = e.position ORDER BY e.position"""
    count = 0
    with closing(sqlite3.connect(file)) as connection:
        began = time.process_time()
        for row in connection.execute(query):
            sha256(row[12] + row[11].encode()).digest()
            if row[17] is not None:
                sha256(row[16] + row[17].encode()).digest()
            sha256(b"\0" + bytes(400)).digest()
            count += 1
    return {"events/s": count / (time.process_time() - began)}


def stored(file: Path) -> dict[str, float]:
    """Read the same as this program reads it, subjects and all, and hash it so."""
    count = 0
    with Ledger.open(file, create=False) as ledger, ledger.snapshot() as log:
        began = time.process_time()
        for event in log.events():
            sha256(event.body_salt + event.body.encode()).digest()
            if event.private is not None and event.private_salt is not None:
                sha256(event.private_salt + event.private.encode()).digest()
            sha256(b"\0" + bytes(400)).digest()
            count += 1
    return {"events/s": count / (time.process_time() - began)}


def verified(file: Path) -> dict[str, float]:
    """Verify all of it."""
    with Ledger.open(file, create=False) as ledger:
        began = time.process_time()
        verdict = ledger.verify()
        seconds = time.process_time() - began
    if not verdict.intact:
        raise SystemExit(f"{file} is not intact: {verdict.mismatches[0]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"events/s": verdict.head.size / seconds, "peak MiB": peak}


def proved(file: Path) -> dict[str, float]:
    """Prove events and growth, at random places, each from the database alone."""
    chance = random.Random(7)  # noqa: S311 - the same places in every run
    with Ledger.open(file, create=False) as ledger:
        size = ledger.head
        inclusion = _times(lambda: ledger.prove(chance.randint(1, size)))
        consistency = _times(lambda: ledger.consistency(chance.randint(1, size)))
        checkpoint = _times(ledger.checkpoint)
    return {
        **_told("prove", inclusion),
        **_told("consistency", consistency),
        **_told("checkpoint", checkpoint),
    }


def _times(act: Callable[[], object]) -> list[float]:
    taken: list[float] = []
    for _ in range(PROOFS):
        began = time.process_time()
        act()
        taken.append((time.process_time() - began) * 1000)
    return sorted(taken)


def _told(name: str, taken: list[float]) -> dict[str, float]:
    return {f"{name} ms": statistics.median(taken), f"{name} p99 ms": taken[len(taken) * 99 // 100]}


def appended(folder: Path) -> dict[str, float]:
    """Append batches, and do their hashing alone: salts, three hashes an event, the tree."""
    events: list[NewEvent] = list(history(10_000))
    with tempfile.TemporaryDirectory(dir=folder) as place, Ledger.open(f"{place}/a.db") as ledger:
        began = time.process_time()
        for start in range(0, len(events), BATCH):
            ledger.append(events[start : start + BATCH])
        whole = time.process_time() - began
    encoded = [encode(new.event) for new in events]
    tree = Frontier.empty()
    headers = _headers(encoded)
    began = time.process_time()
    for start in range(0, len(events), BATCH):
        leaves: list[bytes] = []
        for each, head in zip(encoded[start : start + BATCH], headers[start:], strict=False):
            salted_hash(urandom(32), each.body)
            if each.private is not None:
                salted_hash(urandom(32), each.private)
            leaves.append(leaf_hash(head))
        tree, _ = tree.extend(leaves)
    hashing = time.process_time() - began
    began = time.process_time()
    _headers(encoded)
    naming = time.process_time() - began
    count = len(events)
    return {
        "append us": whole / count * 1e6,
        "of it hashing us": hashing / count * 1e6,
        "of it headers us": naming / count * 1e6,
    }


def _headers(encoded: list[Any]) -> list[bytes]:
    return [
        header(
            position=position,
            batch=position,
            event_id="11111111-1111-4111-8111-111111111111",
            stream=each.stream or "group-lakes",
            version=position,
            type_name=each.type,
            schema_version=each.schema_version,
            recorded_at="2026-11-26T09:00:00.000000Z",
            valid=each.valid,
            actor="desk-1",
            causation=None,
            body_hash=bytes(32),
            private_hash=bytes(32) if each.private is not None else None,
        )
        for position, each in enumerate(encoded, 1)
    ]


MEASURES: dict[str, Callable[[Path], dict[str, float]]] = {
    "plain": plain,
    "stored": stored,
    "verify": verified,
    "proofs": proved,
    "append": appended,
}


def alone(name: str, path: Path) -> dict[str, float]:
    """Measure in a process that does nothing else."""
    command = [sys.executable, "-m", "tests.benchmarks.proofs", "--measure", name, str(path)]
    told: dict[str, float] = json.loads(subprocess.check_output(command))
    return told


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="where ledgers are kept for another run")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        name, path = given.measure
        print(json.dumps(MEASURES[name](Path(path))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        file, small = made(given.events, folder), made(given.events // 10, folder)
        rounds = [
            {n: alone(n, file) for n in MEASURES if n != "append"} for _ in range(given.rounds)
        ]
        for name in rounds[0]:
            for what in rounds[0][name]:
                value = statistics.median(one[name][what] for one in rounds)
                print(f"{name:8} {what:20} {value:12,.2f}")
        print(f"verify   peak MiB of a tenth  {alone('verify', small)['peak MiB']:12,.2f}")
        for what, value in alone("append", folder).items():
            print(f"append   {what:20} {value:12,.2f}")


if __name__ == "__main__":
    main()

"""What is hashed is what is stored: anybody can compute it again, with nothing but SHA-256."""

import json
from hashlib import sha256

import pytest

from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    Person,
    PersonalDataErased,
)
from ledger.integrity import EMPTY_ROOT, Frontier, root_of
from ledger.log import Log, NewEvent
from tests.ledger.log.stored import rows

ID = "11111111-1111-4111-8111-111111111111"
HEADED = AttendanceRecorded(meeting="lakes-1", party="ke", head=Person(name="\u0627\u0644\u0648"))
SIZES = (1, 2, 255, 1, 53, 1)
"""Batches that end just before, at and after the 256th leaf."""


@pytest.fixture
def filled(log: Log) -> Log:
    """A log with a bit of everything."""
    log.append(
        [
            NewEvent(HEADED, ID),
            NewEvent(MeetingConvened(meeting="lakes-1", valid="2026-03-12"), causation=ID),
            EventCorrected(target=ID, replacement=HEADED, reason="\u00e9 \u2028 \U0001f1f0 </a>"),
        ],
        actor="desk-1",
    )
    log.append([EventRetracted(target=ID), PersonalDataErased(target=ID)], actor="bureau-\u00e9")
    return log


def leaves(log: Log) -> list[bytes]:
    """Return the stored leaves, in order."""
    return [leaf for (leaf,) in rows(log, "SELECT leaf_hash FROM log_events ORDER BY position")]


def test_a_leaf_is_the_hash_of_the_canonical_header(filled: Log) -> None:
    """SHA-256 over 0x00 and the header's JSON, spelled out from the columns of its row."""
    stored = rows(filled, "SELECT * FROM log_events ORDER BY position")
    for row in stored:
        header = {
            "format": "proceedings/1",
            "position": row.position,
            "batch": row.batch,
            "event_id": row.event_id,
            "stream": row.stream,
            "version": row.version,
            "type": row.type,
            "schema_version": row.schema_version,
            "recorded_at": row.recorded_at,
            "valid": row.valid,
            "actor": row.actor,
            "causation": row.causation,
            "body_hash": row.body_hash.hex(),
            "private_hash": row.private_hash.hex() if row.private_hash is not None else None,
        }
        text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row.leaf_hash == sha256(b"\0" + text.encode()).digest()
    assert len(stored) == 5


def test_a_body_hash_is_over_salt_and_body(filled: Log) -> None:
    """SHA-256 over 32 bytes of salt and the body as it is stored."""
    for row in rows(filled, "SELECT body_salt, body, body_hash FROM log_events"):
        assert len(row.body_salt) == 32
        assert row.body_hash == sha256(row.body_salt + row.body.encode()).digest()


def test_a_private_hash_is_over_its_own_salt_and_part(filled: Log) -> None:
    """The private part has a salt of its own, which goes with it."""
    query = """SELECT e.position, body_salt, private_hash, p.salt, p.body FROM log_events AS e
        LEFT JOIN log_private AS p ON p.position = e.position ORDER BY 1"""
    erased, plain, correction, *directives = rows(filled, query)
    assert (erased.private_hash is not None, erased.salt, erased.body) == (True, None, None)
    assert (plain.private_hash, plain.salt) == (None, None)
    assert correction.private_hash == sha256(correction.salt + correction.body.encode()).digest()
    assert correction.salt != correction.body_salt
    assert all(row.private_hash is None for row in directives)


def test_equal_events_have_different_hashes(log: Log) -> None:
    """Salts are new each time: nobody learns from two hashes that two events say the same."""
    log.append([HEADED] * 20, actor="desk-1")
    for query in (
        "SELECT body_salt FROM log_events",
        "SELECT body_hash FROM log_events",
        "SELECT private_hash FROM log_events",
        "SELECT salt FROM log_private",
        "SELECT leaf_hash FROM log_events",
    ):
        assert len(set(rows(log, query))) == 20


def test_an_empty_log_has_the_empty_root(log: Log) -> None:
    """The root over nothing is SHA-256 of nothing."""
    assert log.head().root == EMPTY_ROOT == sha256(b"").digest()


def test_the_root_is_that_of_all_leaves(log: Log) -> None:
    """After every batch, the head's root is RFC 9162's over all stored leaves."""
    for size in SIZES:
        log.append([MeetingConvened(meeting="lakes-1")] * size, actor="desk-1")
        stored = leaves(log)
        assert len(stored) == log.head().size
        assert log.head().root == root_of(stored)


def test_the_frontier_is_that_of_all_leaves(log: Log) -> None:
    """The head keeps what the next append needs, however the leaves came."""
    for size in SIZES:
        log.append([MeetingConvened(meeting="lakes-1")] * size, actor="desk-1")
    whole, _ = Frontier.empty().extend(leaves(log))
    assert rows(log, "SELECT size, frontier FROM log_head") == [(313, whole.to_bytes())]


@pytest.mark.parametrize("sizes", [SIZES, (600,), (256, 256), (255, 1)])
def test_every_256_leaves_have_a_node(log: Log, sizes: tuple[int, ...]) -> None:
    """A node at level 8 is the root over its 256 leaves; there is one for each that are full."""
    for size in sizes:
        log.append([MeetingConvened(meeting="lakes-1")] * size, actor="desk-1")
    stored = leaves(log)
    full = [stored[start : start + 256] for start in range(0, len(stored) - 255, 256)]
    assert rows(log, "SELECT level, number, hash FROM log_nodes ORDER BY 1, 2") == [
        (8, number, root_of(part)) for number, part in enumerate(full)
    ]
    assert full


def test_erasing_changes_no_hash(log: Log) -> None:
    """After an erasure the root over what was there before is what it was."""
    log.append([NewEvent(HEADED, ID)], actor="desk-1")
    before, root = leaves(log), log.head().root
    log.append([PersonalDataErased(target=ID)], actor="desk-1")
    assert leaves(log)[:1] == before
    assert root_of(leaves(log)[:1]) == root
    assert log.head().root == root_of(leaves(log))

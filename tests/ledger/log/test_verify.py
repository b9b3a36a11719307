"""Nothing that was altered goes unnoticed, and what is as it was recorded is called so."""

from pathlib import Path

import pytest

from ledger import Ledger
from ledger.log import Log
from ledger.log.read import PAGE
from ledger.log.verify import MANY, verify
from ledger.records import read, record
from ledger.samples import SAMPLES, sample
from tests.ledger.log.moving import fill, unguarded

EVENTS = PAGE + 300
"""How many more events are recorded: more than a page, and some nodes."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a ledger of some pages."""
    file = tmp_path_factory.mktemp("pristine") / "ledger.db"
    with Ledger.open(file) as ledger:
        fill(ledger, events=EVENTS)
    return file.read_bytes()


@pytest.fixture
def file(tmp_path: Path, pristine: bytes) -> Path:
    """A ledger of some pages, which the test may alter."""
    copied = tmp_path / "ledger.db"
    copied.write_bytes(pristine)
    return copied


def found(file: Path) -> set[tuple[int | None, str]]:
    """Return what a look at a ledger's file finds: positions and fields."""
    with Ledger.open(file, create=False) as ledger:
        verdict = ledger.verify()
        assert verdict.intact == (not verdict.mismatches)
        return {(mismatch.position, mismatch.field) for mismatch in verdict.mismatches}


def test_a_log_is_intact_whatever_was_recorded(address: str) -> None:
    """Facts, directives and erasures of real reports are as they were recorded, page by page."""
    with Ledger.open(address) as ledger:
        assert ledger.verify().intact
        fill(ledger, events=EVENTS)
        for name in SAMPLES:
            record(ledger, read(sample(name), name))
        told: list[tuple[int, int]] = []
        verdict = ledger.verify(lambda done, of: told.append((done, of)))
        assert verdict.intact
        assert verdict.head == ledger.state
        size = ledger.head
        assert told == [(PAGE, size), (size, size)]


BODY = '\'{"meeting":"other"}\''


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE log_events SET body = '{}' WHERE position = 9", {(9, "body_hash")}),
        ("UPDATE log_events SET body_salt = zeroblob(32) WHERE position = 9", {(9, "body_hash")}),
        ("UPDATE log_events SET body_salt = zeroblob(3) WHERE position = 9", {(9, "header")}),
        ("UPDATE log_events SET actor = 'x' WHERE position = 9", {(9, "leaf_hash")}),
        ("UPDATE log_events SET valid = NULL WHERE position = 9", {(9, "leaf_hash")}),
        ("UPDATE log_events SET causation = NULL WHERE position = 3", {(3, "leaf_hash")}),
        ("UPDATE log_events SET actor = 'e' || char(769) WHERE position = 9", {(9, "actor")}),
        ("UPDATE log_events SET event_id = 'x' WHERE position = 9", {(9, "event_id")}),
        ("UPDATE log_events SET version = 7 WHERE position = 4", {(4, "version")}),
        ("UPDATE log_events SET stream = 'elsewhere' WHERE position = 20", {(20, "version")}),
        ("UPDATE log_events SET batch = 2 WHERE position = 9", {(9, "batch")}),
        (
            "UPDATE log_events SET recorded_at = '2001-01-01T00:00:00.000000Z' WHERE position = 9",
            {(9, "recorded_at")},
        ),
        ("UPDATE log_events SET recorded_at = 'today' WHERE position = 9", {(9, "recorded_at")}),
        (
            "UPDATE log_events SET leaf_hash = zeroblob(32) WHERE position = 9",
            {(9, "leaf_hash"), (None, "node 0 at level 8"), (None, "root"), (None, "frontier")},
        ),
        ("UPDATE log_events SET leaf_hash = x'00' WHERE position = 9", {(9, "leaf_hash")}),
        ("UPDATE log_private SET body = '{}' WHERE position = 2", {(2, "private_hash")}),
        ("DELETE FROM log_private WHERE position = 2", {(2, "private")}),
        ("INSERT INTO log_private VALUES (1, zeroblob(32), '{}')", {(1, "private")}),
        ("INSERT INTO log_private VALUES (9, zeroblob(32), '{}')", {(9, "private_hash")}),
        ("INSERT INTO log_private VALUES (9999, x'', '{}')", {(None, "log_private")}),
        ("DELETE FROM log_subjects WHERE position = 3", {(3, "subjects")}),
        ("DELETE FROM log_subjects WHERE subject LIKE 'event:1%'", {(5, "subjects")}),
        ("INSERT INTO log_subjects VALUES ('party:pk', 9)", {(9, "subjects")}),
        ("INSERT INTO log_subjects VALUES ('party:pk', 9999)", {(None, "log_subjects")}),
        ("DELETE FROM log_events WHERE position = 9", {(10, "position")}),
        (
            "DELETE FROM log_events WHERE position = (SELECT size FROM log_head)",
            {(None, "size"), (None, "root")},
        ),
        ("UPDATE log_head SET size = size - 1", {(None, "root"), (None, "log_events")}),
        ("UPDATE log_head SET root = zeroblob(32)", {(None, "root")}),
        ("UPDATE log_head SET frontier = zeroblob(32)", {(None, "frontier")}),
        ("UPDATE log_head SET last_recorded_at = NULL", {(None, "last_recorded_at")}),
        (
            "UPDATE log_nodes SET hash = zeroblob(32) WHERE number = 2",
            {(None, "node 2 at level 8")},
        ),
        ("DELETE FROM log_nodes WHERE number = 2", {(None, "node 2 at level 8")}),
        ("INSERT INTO log_nodes VALUES (16, 0, zeroblob(32))", {(None, "log_nodes")}),
    ],
)
def test_what_was_altered_is_named(
    file: Path, statement: str, expected: set[tuple[int | None, str]]
) -> None:
    """Whatever is changed, added or taken away, event and field are named."""
    unguarded(file, statement)
    assert expected <= found(file)


def test_one_changed_byte_is_one_mismatch(file: Path) -> None:
    """What follows the event that was altered is not called altered."""
    unguarded(file, "UPDATE log_events SET actor = 'x' WHERE position = 9")
    assert found(file) == {(9, "leaf_hash")}


def test_a_mismatch_tells_no_secret(file: Path) -> None:
    """What is said of an altered private part repeats none of it."""
    unguarded(file, 'UPDATE log_private SET body = \'{"/head/name":"Mallory"}\'')
    with Ledger.open(file, create=False) as ledger:
        said = " ".join(map(str, ledger.verify().mismatches))
    assert "event 2: private_hash: expected" in said
    assert "Mallory" not in said


def test_a_log_that_is_altered_throughout_is_not_listed_whole(file: Path) -> None:
    """After some hundred mismatches there is nothing new to learn."""
    unguarded(file, "UPDATE log_events SET actor = 'x'")
    assert MANY <= len(found(file)) <= MANY + PAGE


def test_what_is_appended_meanwhile_does_not_disturb(file: Path) -> None:
    """A look at a log is a look at one state of it."""
    with Ledger.open(file) as ledger, Ledger.open(file) as other:
        before = ledger.state
        verdict = ledger.verify(lambda *_: fill_again(other))
        assert verdict.intact
        assert verdict.head == before
        assert ledger.head > before.size


def fill_again(ledger: Ledger) -> None:
    """Record something more."""
    event = ledger.event(6).event
    ledger.append([event])


def test_the_log_alone_is_enough(log: Log) -> None:
    """A log is verified without anything that is made from it, on each kind of database."""
    assert verify(log.database).intact

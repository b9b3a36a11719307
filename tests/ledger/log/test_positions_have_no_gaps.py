"""Positions count from 1 without a gap, and so do the versions of each stream."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.codec.stored import encode
from ledger.errors import UnknownTarget
from ledger.events import (
    AttendanceRecorded,
    Event,
    EventRetracted,
    GroupDissolved,
    MeetingCancelled,
    MeetingConvened,
    MembershipResumed,
    PositionSuperseded,
)
from ledger.log import Database, Log, Receipt
from ledger.testing import events
from tests.ledger.log.stored import rows

FACTS = st.lists(
    events(MeetingCancelled, MembershipResumed, GroupDissolved, PositionSuperseded), max_size=6
)
sparing = settings(max_examples=settings().max_examples // 2)  # each makes two ledgers
SIZES = st.lists(st.integers(1, 4), min_size=6, max_size=6)


def recorded(batches: list[list[Event]]) -> tuple[list[Receipt], list[tuple[int, ...]], int]:
    """Append batches to a new log; return receipts, stored places and the size of the tree."""
    with closing(Database.open("sqlite://", create=True)) as database:
        log = Log(database)
        receipts = [receipt for batch in batches for receipt in log.append(batch, actor="desk-1")]
        places = rows(log, "SELECT position, batch, stream, version FROM log_events ORDER BY 1")
        return receipts, [tuple(place) for place in places], log.head().size


@sparing
@given(FACTS, SIZES)
def test_any_cut_into_batches_gives_the_same_places(facts: list[Event], sizes: list[int]) -> None:
    """However events are cut into batches, each has the same position, stream and version."""
    cuts = [sum(sizes[:number]) for number in range(len(sizes) + 1)]
    batches = [facts[start:end] for start, end in pairwise(cuts)]
    assert [event for batch in batches for event in batch] == facts

    at_once, _, size = recorded([facts])
    in_batches, places, same_size = recorded(batches)
    assert size == same_size == len(facts)
    assert [(r.position, r.stream, r.version) for r in at_once] == [
        (r.position, r.stream, r.version) for r in in_batches
    ]
    assert [receipt.position for receipt in in_batches] == list(range(1, len(facts) + 1))
    first_of = {n + 1: start + 1 for start in cuts for n in range(start, len(facts))}
    assert [batch for _, batch, *_ in places] == [first_of[n + 1] for n in range(len(facts))]


@sparing
@given(FACTS)
def test_versions_count_the_events_of_a_stream(facts: list[Event]) -> None:
    """Each event's version is how many its stream has so far, within a batch as between two."""
    receipts, _, _ = recorded([facts[:3], facts[3:]])
    so_far: Counter[str] = Counter()
    for event, receipt in zip(facts, receipts, strict=True):
        assert receipt.stream == encode(event).stream
        so_far[receipt.stream] += 1
        assert receipt.version == so_far[receipt.stream]


def test_an_empty_log_ends_before_the_first_position(log: Log) -> None:
    """Nothing recorded is position 0, and no time."""
    assert log.head().size == 0
    assert log.head().recorded_at is None


def test_a_refused_batch_leaves_no_gap(log: Log) -> None:
    """Places are given when a batch is sure of them: a refused one takes none with it."""
    log.append([MeetingConvened(meeting="lakes-1")], actor="desk-1")
    nowhere = EventRetracted(target="00000000-0000-4000-8000-000000000000")
    with pytest.raises(UnknownTarget):
        log.append([MeetingConvened(meeting="lakes-2"), nowhere], actor="desk-1")
    receipt = log.append([MeetingConvened(meeting="lakes-3")], actor="desk-1")[0]
    assert (receipt.position, receipt.version) == (2, 1)


def test_a_batch_is_named_by_its_first_position(log: Log) -> None:
    """All events of a batch carry the position of its first, as receipts and reading say."""
    log.append([MeetingConvened(meeting="lakes-1")], actor="desk-1")
    parties = ["ke", "ug", "tz"]
    log.append([AttendanceRecorded(meeting="lakes-1", party=p) for p in parties], actor="desk-1")
    log.append([MeetingConvened(meeting="lakes-2")], actor="desk-1")
    assert [event.batch for event in log.read()] == [1, 2, 2, 2, 5]
    assert [event.position for event in log.read()] == [1, 2, 3, 4, 5]


def test_the_head_is_the_last_position(log: Log) -> None:
    """After each batch, the size of the head is the position of the newest event."""
    for size in (1, 3, 2):
        receipts = log.append([MeetingConvened(meeting="lakes-1")] * size, actor="desk-1")
        assert log.head().size == receipts[-1].position


def test_writers_at_once_take_turns(tmp_path: Path) -> None:
    """Several writers, each with its own connection, all get through, and leave no gap."""
    address = tmp_path / "proceedings.db"
    Database.open(address, create=True).close()

    def write(meeting: str) -> list[Receipt]:
        with closing(Database.open(address, create=False)) as database:
            log = Log(database)
            batch = [MeetingConvened(meeting=meeting), MeetingCancelled(meeting="shared")]
            return [receipt for _ in range(12) for receipt in log.append(batch, actor=meeting)]

    with ThreadPoolExecutor(3) as threads:
        receipts = [r for rs in threads.map(write, ["lakes-1", "lakes-2", "lakes-3"]) for r in rs]
    assert sorted(receipt.position for receipt in receipts) == list(range(1, 73))
    shared = sorted((r.position, r.version) for r in receipts if r.stream == "meeting-shared")
    assert [version for _, version in shared] == list(range(1, 37))


def test_a_directive_takes_the_next_version_of_its_targets_stream(log: Log) -> None:
    """A retraction counts in the stream of what it retracts, in its own batch too."""
    first = log.append([MeetingConvened(meeting="lakes-1")], actor="desk-1")[0]
    batch = [
        MeetingConvened(meeting="lakes-2"),
        EventRetracted(target=first.event_id),
        MeetingConvened(meeting="lakes-1"),
    ]
    receipts = log.append(batch, actor="desk-1")
    assert [(r.stream, r.version) for r in receipts] == [
        ("meeting-lakes-2", 1),
        ("meeting-lakes-1", 2),
        ("meeting-lakes-1", 3),
    ]

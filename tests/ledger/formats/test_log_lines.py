"""A log goes out as lines and comes in as the same log, once however often."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import Ledger
from ledger.events import MeetingConvened, PersonalDataErased
from ledger.log.read import PAGE
from ledger.mismatch import OtherLog
from ledger.testing import events
from tests.contents import contents
from tests.histories import History, histories
from tests.ledger.formats.lines import exported, imported
from tests.ledger.log.moving import GONE, answers, fill, stored, tables
from tests.postgres import Cluster

KINDS = tuple(contents())
EXAMPLES = settings().max_examples


# ----------------------------------------------------------------------------------- the same log


def record(ledger: Ledger, history: History) -> None:
    """Record the batches of a history."""
    for batch in history.batches:
        ledger.append(batch, actor="desk-\u00e9")


@given(histories(KINDS, erasures=True, max_events=14))
def test_a_log_is_the_same_after_export_and_import(history: History) -> None:
    """Any history: the same events and the same root, and its export is the same bytes."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        record(source, history)
        lines = exported(source)
        assert imported(target, lines) == source.head
        assert target.state == source.state
        assert stored(target) == stored(source)
        assert exported(target) == lines
        assert target.verify().intact


@given(st.lists(events(MeetingConvened, *KINDS), min_size=1, max_size=5))
def test_any_text_comes_through(some: list[MeetingConvened]) -> None:
    """Whatever can be recorded can be exported: every script, control and mark."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        source.append(some)
        assert imported(target, exported(source)) == len(some)
        assert stored(target) == stored(source)


@settings(
    max_examples=EXAMPLES // 20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=histories(KINDS, erasures=True, min_events=4, max_events=14))
def test_a_log_moves_to_postgresql_and_back(
    history: History, postgres: Cluster, postgres_template: str, tmp_path: Path
) -> None:
    """Any history: every byte of every table, the same answers, there and back again."""
    names = iter(["first", "last"])
    url = postgres.create_database("moving", template=postgres_template)
    first, last = (tmp_path / next(names) for _ in range(2))
    for file in (first, last):
        file.unlink(missing_ok=True)
    try:
        with (
            Ledger.open(first) as source,
            Ledger.open(url) as there,
            Ledger.open(last) as back,
        ):
            record(source, history)
            lines = exported(source)
            assert imported(there, lines) == imported(back, exported(there)) == source.head
            assert exported(there) == exported(back) == lines
            assert answers(there) == answers(back) == answers(source)
            assert there.verify().intact
        assert tables(first) == tables(url) == tables(last)
    finally:
        postgres.drop_database("moving")


def test_a_log_of_some_pages_is_the_same(address: str) -> None:
    """Also past the first page, the first node and the first chunk, on each kind of database."""
    with Ledger.open("sqlite://") as source, Ledger.open(address) as target:
        fill(source, events=2 * PAGE + 77)
        lines = exported(source)
        assert imported(target, lines) == source.head
        assert exported(target) == lines
        assert target.verify().intact
        assert target.append([MeetingConvened(meeting="m")])[0].position == source.head + 1
        assert target.verify().intact


def test_an_empty_log_is_a_log() -> None:
    """Nothing goes out and comes in as nothing."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        assert imported(target, exported(source)) == 0
        assert target.state == source.state


def test_what_was_erased_is_not_exported_and_stays_erased(address: str) -> None:
    """An erased text is in no export, and its event comes in as one whose text was erased."""
    with Ledger.open(address) as source, Ledger.open("sqlite://") as target:
        fill(source)
        lines = exported(source)
        assert GONE.encode() not in lines
        imported(target, lines)
        assert target.event(1).erased
        assert not target.event(2).erased


# ---------------------------------------------------------------------------------- twice is once


def test_importing_twice_is_importing_once(lines: list[bytes], address: str) -> None:
    """The second time nothing is new, and nothing is changed."""
    with Ledger.open(address) as ledger:
        assert imported(ledger, b"".join(lines)) == 9
        before = stored(ledger)
        assert imported(ledger, b"".join(lines)) == 0
        assert stored(ledger) == before


@pytest.mark.parametrize("first", [2, PAGE - 5, PAGE])
def test_a_longer_log_goes_on_where_the_shorter_ends(first: int) -> None:
    """What the ledger has is compared, what it lacks is added, what was erased since goes."""
    with Ledger.open("sqlite://") as source, Ledger.open("sqlite://") as target:
        source.append([MeetingConvened(meeting=f"m-{n}") for n in range(first)])
        fill(source)
        earlier = exported(source)
        imported(target, earlier)
        target.project("attendance")
        source.append([PersonalDataErased(target=source.event(first + 2).event_id)])
        source.append([MeetingConvened(meeting=f"n-{n}") for n in range(PAGE)])
        assert imported(target, exported(source)) == PAGE + 1
        assert stored(target) == stored(source)
        heads = [row.head.texts("und") for row in target.view("attendance").rows(meeting="lakes-2")]
        assert heads == [("erased",)]
        # The shorter one again: nothing comes back.
        assert imported(target, earlier) == 0
        assert stored(target) == stored(source)


@pytest.mark.parametrize("into", ["longer", "shorter"])
def test_another_log_is_a_conflict(lines: list[bytes], into: str, address: str) -> None:
    """A ledger that went another way keeps its own events, and none of the file's are added."""
    with Ledger.open(address) as ledger, Ledger.open("sqlite://") as source:
        imported(source, b"".join(lines))
        with source.snapshot() as log:
            ledger.place(log.events(until=5))
        ledger.append([MeetingConvened(meeting="m")] * (20 if into == "longer" else 1))
        before = stored(ledger)
        with pytest.raises(OtherLog) as caught:
            imported(ledger, b"".join(lines))
        assert caught.value.position == 6
        assert stored(ledger) == before

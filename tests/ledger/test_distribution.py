"""Whoever may not read a document sees the ledger that there would be without it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.api import Ledger
from ledger.errors import UnknownEvent
from ledger.events import (
    AttendanceRecorded,
    Distribution,
    DocumentRegistered,
    EventCorrected,
    EventRetracted,
    MembershipBegan,
    Person,
    PersonalDataErased,
    Source,
)
from ledger.log import NewEvent
from ledger.records import read
from ledger.samples import SAMPLES, sample

DOCUMENTS: dict[str, Distribution] = {"a": "general", "b": "limited", "c": "restricted"}
READERS: dict[Distribution, set[str]] = {"general": {"b", "c"}, "limited": {"c"}}
RESTRICTED = Source(document="c")


def scattered(seed: int) -> list[NewEvent]:
    """Return the bundled facts, each said by a document that chance names, and its registration."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    events: list[NewEvent] = []
    for name in SAMPLES:
        for entry in read(sample(name), name):
            new = entry.new
            if new.event.source is not None:
                source = new.event.source.model_copy(update={"document": dice.choice("abc")})
                new = NewEvent(new.event.model_copy(update={"source": source}), new.event_id)
            events.append(new)
    facts = [new for new in events if new.event.source is not None]
    for new in dice.sample(facts, 6):
        said_by = Source(document=dice.choice("abc"))
        events.append(NewEvent(EventRetracted(target=new.event_id, source=said_by)))
        if dice.random() < 0.5:
            events.append(NewEvent(EventRetracted(target=events[-1].event_id, source=said_by)))
    dice.shuffle(facts)
    for new in facts[:6]:
        said_by = Source(document=dice.choice("abc"), paragraph="¶9")
        other = new.event.model_copy(update={"valid": "2016-09-18", "source": said_by})
        events.append(NewEvent(EventCorrected(target=new.event_id, replacement=other)))
    registered = [DocumentRegistered(document=d, distribution=w) for d, w in DOCUMENTS.items()]
    return [*events, *map(NewEvent, registered)]


@pytest.fixture(params=range(3))
def whole(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """A ledger whose facts stand in a general, a limited and a restricted document."""
    with Ledger.open("sqlite://") as opened:
        opened.append(scattered(request.param))
        yield opened


@pytest.mark.parametrize("reader", READERS)
def test_what_is_hidden_might_as_well_not_be_there(whole: Ledger, reader: Distribution) -> None:
    """Every view answers, now and as known before, what a ledger without those events answers."""
    hidden = {f"document:{document}" for document in READERS[reader]}
    seen = whole.seen_by(reader)
    assert set(seen.hidden) == hidden
    spoken_of = {e.position for subject in hidden for e in whole.read(subject=subject)}
    there = [event for event in whole.read() if event.position not in spoken_of]
    assert [event.position for event in seen.read()] == [event.position for event in there]
    with Ledger.open("sqlite://") as without:
        without.append([NewEvent(event.event, event.event_id) for event in there])
        for position in (whole.head, 30, 75):
            same = sum(event.position <= position for event in there)
            for view in whole.views:
                rows = seen.view(view).rows(known_at=position)
                assert set(rows) == set(without.view(view).rows(known_at=same)), view


def test_whoever_may_read_everything_sees_the_ledger_itself(whole: Ledger) -> None:
    """There is no second copy of a view for whom nothing is hidden."""
    assert whole.seen_by("restricted") is whole


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger in which a note is restricted."""
    with Ledger.open("sqlite://") as opened:
        opened.append([DocumentRegistered(document="c", distribution="restricted")])
        yield opened


def test_a_hidden_event_is_found_by_no_name(ledger: Ledger) -> None:
    """Neither its position nor its id tells it from one that is not there."""
    receipt = ledger.record(MembershipBegan(group="g", party="p"), source=RESTRICTED)
    seen = ledger.seen_by("general")
    for name in (receipt.position, receipt.event_id):
        assert ledger.event(name)
        with pytest.raises(UnknownEvent):
            seen.event(name)


def test_a_document_that_is_restricted_later_is_hidden_from_then_on(ledger: Ledger) -> None:
    """What is believed of it now decides, in the views too; lifted, all of it is there again."""
    ledger.record(MembershipBegan(group="g", party="p"), source=Source(document="d"))
    assert len(ledger.seen_by("general").view("membership").rows()) == 1
    free = DocumentRegistered(document="d")
    registered = ledger.record(free)
    assert len(ledger.seen_by("general").view("membership").rows()) == 1
    ledger.correct(registered.event_id, {"distribution": "limited"})
    assert ledger.seen_by("general").view("membership").rows() == []
    assert len(ledger.seen_by("limited").view("membership").rows()) == 1
    ledger.correct(registered.event_id, {"distribution": "general"})
    assert len(ledger.seen_by("general").view("membership").rows()) == 1


def test_what_is_hidden_does_not_come_back_with_what_is_read_again(tmp_path: Path) -> None:
    """A correction by a restricted note stays hidden when its fact is loaded for a later one."""
    attended = AttendanceRecorded(meeting="m", party="p", level="expert")
    with Ledger.open(tmp_path / "p.db") as before:
        before.append([DocumentRegistered(document="c", distribution="restricted")])
        receipt = before.record(attended, source=Source(document="a"))
        before.correct(receipt.event_id, {"level": "summit"}, source=RESTRICTED)
        assert [row.level for row in before.seen_by("general").view("attendance").rows()] == [
            "expert"
        ]
    with Ledger.open(tmp_path / "p.db") as after:
        after.record(attended, source=Source(document="b"))
        (row,) = after.seen_by("general").view("attendance").rows()
        assert (row.level, len(row.attested_by)) == ("expert", 2)


def test_what_is_erased_stays_in_no_copy(ledger: Ledger) -> None:
    """An erasure reaches the views that are made of a part of the log."""
    receipt = ledger.record(AttendanceRecorded(meeting="m", party="p", head=Person(name="A. N.")))
    seen = ledger.seen_by("general")
    assert "A. N." in repr(seen.view("attendance").rows())
    ledger.record(PersonalDataErased(target=receipt.event_id))
    database = ledger._database  # noqa: SLF001 - to look at the tables themselves
    with database.reading() as connection:
        tables = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'view_attendance%'"
        )
        for (table,) in tables.fetchall():
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            assert "A. N." not in repr(rows)
    assert "erased" in repr(ledger.seen_by("general").view("attendance").rows())

"""The laws of the log: what is appended, what is refused, what is moved, what is erased.

Laws 7 to 9, 23, 25 and 27, over histories of everything. `docs/laws.md` has the list.
"""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from ledger import Ledger
from ledger.codec.stored import encode
from ledger.errors import (
    AmbiguousExpectation,
    ConditionFailed,
    EventIdTaken,
    InvalidEventId,
    LedgerError,
    OutsideDomain,
    UnknownTarget,
    WrongExpectedVersion,
    WrongTarget,
)
from ledger.events import (
    Directive,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    PartyRegistered,
    PersonalDataErased,
)
from ledger.formats import log_lines
from ledger.log import Condition, Log, NewEvent, StoredEvent
from ledger.log.stored import snapshot
from ledger.log.verify import verify
from ledger.replay.query import Question
from tests.clocks import SetClock
from tests.histories import History, facts, histories
from tests.histories import in_batches as cut
from tests.properties.benches import bench, stored
from tests.properties.laws import DAYS, KINDS, PAGES, Case, cases, law, record, recorded
from tests.world import event_id

pytestmark = pytest.mark.usefixtures("in_memory")

HISTORIES = histories(KINDS, erasures=True)


def log_of(history: History) -> Log:
    """Record a history in a fresh ledger, and return its log."""
    used = bench()
    used.wipe()
    for batch in history.batches:
        record(used.database, batch)
    return Log(used.database, clock=lambda: datetime(2026, 1, 2, tzinfo=UTC))


def stored_events() -> list[StoredEvent]:
    """Return the events of the log as the bytes that they are."""
    with snapshot(bench().database) as log:
        return list(log.events())


# --------------------------------------------------------------------------------------- appending


@law(HISTORIES, st.data())
def test_each_event_takes_the_next_place(history: History, data: st.DataObject) -> None:
    """Law 7: each accepted event adds exactly one, in order; places and times never fall."""
    bench().wipe()
    clock = SetClock(datetime(2026, 1, 1, tzinfo=UTC))
    log = Log(bench().database, clock=clock)
    receipts = []
    for batch in history.batches:
        clock.move(seconds=data.draw(st.sampled_from([-86_400, -1, 0, 1, 3600]), label="seconds"))
        before = log.head()
        receipts += log.append(batch, actor="somebody")
        assert log.head().size == before.size + len(batch)
        assert {r.recorded_at for r in receipts[before.size :]} == {log.head().recorded_at}
        assert (log.head().recorded_at or "") >= (before.recorded_at or "")
    read = list(log.read())
    assert [event.event_id for event in read] == [new.event_id for new in history.events]
    assert [event.position for event in read] == list(range(1, len(read) + 1))
    versions: Counter[str] = Counter()
    for event, receipt in zip(read, receipts, strict=True):
        versions[event.stream] += 1
        assert event.version == versions[event.stream]
        place = (event.position, event.event_id, event.stream, event.version, event.recorded_at)
        assert receipt == (*place, True)


@law(HISTORIES, st.data())
def test_the_same_event_again_changes_nothing(history: History, data: st.DataObject) -> None:
    """Law 8: same id and content again: the first receipt, whatever else is in the batch."""
    log = log_of(history)
    given = history.events
    again = data.draw(st.lists(st.sampled_from(given), min_size=1, max_size=4), label="again")
    before = bench().everything()
    places = {new.event_id: position for position, new in enumerate(given, 1)}
    for receipt, new in zip(log.append(again, actor="somebody else"), again, strict=True):
        assert (receipt.event_id, receipt.appended) == (new.event_id, False)
        assert receipt.position == places[new.event_id]
    assert bench().everything() == before
    more = NewEvent(data.draw(facts(KINDS)), event_id("more"))
    mixed = data.draw(st.permutations([*again, more, more]), label="with a new one")
    for receipt, new in zip(log.append(mixed, actor="somebody"), mixed, strict=True):
        assert receipt.position == places.get(new.event_id, len(given) + 1)
    assert log.head().size == len(given) + 1


@law(HISTORIES, st.data())
def test_another_event_under_the_same_id_is_refused(history: History, data: st.DataObject) -> None:
    """Law 9: same id, other content, in the log or in the batch: refused, and nothing changes."""
    log = log_of(history)
    more = NewEvent(data.draw(facts(KINDS)), event_id("more"))
    taken = data.draw(st.sampled_from([*history.events, more]), label="taken")
    other = data.draw(facts(KINDS), label="other")
    assume(_says(other) != _says(taken.event))
    batch = data.draw(st.permutations([more, NewEvent(other, taken.event_id)]))
    before = bench().everything()
    with pytest.raises(EventIdTaken) as refusal:
        log.append(batch, actor="somebody")
    assert refusal.value.event_id == taken.event_id
    assert bench().everything() == before


def _says(event: Event) -> tuple[str, bytes]:
    # Without the private part: of an erased one nobody can say what it was.
    encoded = encode(event)
    return encoded.type, encoded.body


# ---------------------------------------------------------------------------------------- refusing


@dataclass(frozen=True)
class Refused:
    """An append that is to be refused, and as what."""

    as_what: type[LedgerError]
    event: NewEvent
    under: dict[str, Any]


def refusals(history: History) -> list[Refused]:
    """Return what no log of this history can take."""
    told = {new.event_id: new.event for new in history.events}
    fine: Event = PartyRegistered(party="party-1", names={"en": "Kenya"})
    stream = "party-party-1"

    def of(as_what: type[LedgerError], event: Event, **under: Any) -> Refused:
        return Refused(as_what, NewEvent(event, event_id("refused")), under)

    def about(named: str, event: Event) -> Iterator[Refused]:
        if isinstance(event, PersonalDataErased):
            yield of(WrongTarget, EventRetracted(target=named))
            yield of(WrongTarget, PersonalDataErased(target=named))
        if isinstance(event, EventRetracted):
            yield of(WrongTarget, EventCorrected(target=named, replacement=fine))
        if not isinstance(event, Directive | PartyRegistered):
            yield of(WrongTarget, EventCorrected(target=named, replacement=fine))

    here = sum(1 for event in told.values() if _stream_of(event, told) == stream)
    return [
        of(UnknownTarget, EventRetracted(target=event_id("nobody"))),
        of(UnknownTarget, EventCorrected(target=event_id("nobody"), replacement=fine)),
        of(OutsideDomain, MeetingConvened(meeting="m", number=2**53)),
        Refused(InvalidEventId, NewEvent(fine, "no id"), {}),
        of(ConditionFailed, fine, condition=Condition(len(told) - 1)),
        of(ConditionFailed, fine, condition=[Condition(len(told)), Condition(0)]),
        of(WrongExpectedVersion, fine, expected_version={stream: here + 1}),
        of(WrongExpectedVersion, fine, expected_version={stream: here, "party-nobody": 1}),
        of(AmbiguousExpectation, fine, expected_version=0),
        *(refused for named, event in told.items() for refused in about(named, event)),
    ]


def _stream_of(event: Event, told: dict[str, Event]) -> str | None:
    while isinstance(event, Directive):
        event = told[event.target]
    return encode(event).stream


@law(HISTORIES, st.data())
def test_a_refused_command_appends_nothing(history: History, data: st.DataObject) -> None:
    """Law 23: one event that cannot be taken, or an expectation that fails: no event of the batch.

    Nor does a rehearsal, which is told the same.
    """
    log = log_of(history)
    refused = data.draw(st.sampled_from(refusals(history)), label="refused")
    elsewhere = NewEvent(MeetingConvened(meeting="elsewhere"), event_id("elsewhere"))
    fine = [NewEvent(event, event_id(n)) for n, event in enumerate(_fine(data), 1_000)]
    batch = data.draw(st.permutations([*fine, elsewhere, refused.event]))
    before = bench().everything()
    for rehearse in (True, False):
        with pytest.raises(refused.as_what):
            log.append(batch, actor="somebody", rehearse=rehearse, **refused.under)
        assert bench().everything() == before
    assert log.append(fine, actor="somebody", rehearse=True)
    assert bench().everything() == before
    assert log.append(fine, actor="somebody")[0].position == len(history.events) + 1


def _fine(data: st.DataObject) -> list[Event]:
    return data.draw(st.lists(facts(KINDS), min_size=1, max_size=3), label="beside it")


# ------------------------------------------------------------------------------ moving and erasing


@law(cases(erasures=True), PAGES, DAYS, st.data())
def test_every_answer_is_the_same_after_export_and_import(
    case: Case, page: int, day: date, data: st.DataObject
) -> None:
    """Law 25: a log that went out and came in again gives the same log and the same answers.

    So it does where all but its last batch were there before.
    """
    *first, last = case.history.batches
    engine = recorded(case.view, first)
    before = stored_events() if data.draw(st.booleans(), label="most of it is there") else []
    record(engine.database, last)
    engine.catch_up()
    knew, log, lines = stored(engine), stored_events(), _exported()
    question = Question(day, data.draw(st.integers(0, len(log)), label="known at"), possible=True)
    answer = engine.ask(question)
    bench().wipe()
    ledger = Ledger(bench().database, actor="nobody", clock=SetClock())
    ledger.place(before)
    engine.catch_up(page=page)
    placed = log_lines.read(ledger, io.BytesIO(lines), "log.jsonl")
    assert (placed.head.size, placed.new) == (len(log), len(log) - len(before))
    engine.catch_up(page=page)
    assert (stored_events(), stored(engine)) == (log, knew)
    assert engine.ask(question) == answer
    assert _exported() == lines


def _exported() -> bytes:
    out = io.BytesIO()
    with snapshot(bench().database) as log:
        log_lines.write(log, out)
    return out.getvalue()


@law(histories(KINDS), st.data())
def test_an_erasure_changes_the_erased_texts_alone(history: History, data: st.DataObject) -> None:
    """Law 27: the private parts that are named are gone, no byte else, and all still verifies."""
    log = log_of(history)
    before = stored_events()
    names = data.draw(st.lists(st.sampled_from(before), min_size=1, max_size=4), label="erased")
    erasures = [
        NewEvent(PersonalDataErased(target=event.event_id), event_id(f"erasure {n}"))
        for n, event in enumerate(names)
    ]
    for batch in data.draw(cut(erasures)).batches:
        record(log.database, batch)
    after = stored_events()
    erased = {event.event_id for event in names}
    assert after[: len(before)] == [
        event._replace(private=None, private_salt=None) if event.event_id in erased else event
        for event in before
    ]
    assert verify(log.database).intact

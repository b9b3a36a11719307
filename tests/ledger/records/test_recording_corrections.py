from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger, NewEvent
from ledger.changes import EntryChanged
from ledger.codec.stored import encode
from ledger.events import EventCorrected, EventRetracted, MeetingConvened, PersonalDataErased
from ledger.records import Entry, Remark, check, read, record

REPORT = """document: lakes-1-report
language: en
defaults: {group: lakes, meeting: lakes-1, valid: 2026-03-12}
entries:
  - event: meeting-convened
    paragraph: 1
    place: %s
  - event: attendance-recorded
    paragraph: 1
    parties: {ke: %s}
"""
A = REPORT % ("Nairobi", "Kenya")
B = REPORT % ("Entebbe", "Kenya")
C = REPORT % ("Entebbe", "Republic of Kenya")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty ledger in memory."""
    with Ledger.open("sqlite://") as opened:
        yield opened


def entries(text: str, name: str = "r.yaml") -> list[Entry]:
    return read(text.encode(), name)


def correct(ledger: Ledger, text: str, name: str = "r.yaml") -> tuple[int, list[Remark]]:
    """Record a file as corrections; return how many events were appended, and the remarks."""
    heard: list[Remark] = []
    receipts = record(ledger, entries(text, name), correct=True, hear=heard.append)
    return sum(receipt.appended for receipt in receipts), heard


def believes(ledger: Ledger, said: Sequence[Entry]) -> bool:
    """Whether what is believed of each entry's fact is what the entry says."""
    facts = ledger.beliefs(entry.new.event_id for entry in said)
    return all(
        encode(facts[e.new.event_id].content) == encode(e.new.event)
        and facts[e.new.event_id].retraction is None
        for e in said
    )


def test_a_changed_entry_becomes_a_correction_with_its_own_source(ledger: Ledger) -> None:
    """What differs is appended as a correction that the file's own version says."""
    record(ledger, entries(A))
    appended, [remark] = correct(ledger, B)
    assert appended == 1
    event = ledger.event(3).event
    assert isinstance(event, EventCorrected)
    assert isinstance(event.replacement, MeetingConvened)
    assert event.replacement.place == "Entebbe"
    assert event.source == event.replacement.source
    assert (remark.kind, remark.entry.line) == ("corrected", 5)
    assert believes(ledger, entries(B))


def test_without_the_wish_each_change_is_named_and_nothing_is_appended(ledger: Ledger) -> None:
    """The refusal names every changed entry's line, what differs, and what can be done."""
    record(ledger, entries(A))
    with pytest.raises(EntryChanged) as refusal:
        record(ledger, entries(C))
    assert str(refusal.value).splitlines() == [
        "r.yaml:5: meeting-convened was recorded before, at position 1, and says otherwise here:",
        "  - place: Nairobi",
        "  + place: Entebbe",
        (
            "r.yaml:10: attendance-recorded was recorded before, at position 2, and says otherwise "
            "here:"
        ),
        "  - as_written: Kenya",
        "  + as_written: Republic of Kenya",
        (
            "2 entries have changed; nothing was recorded. `record --correct` appends a "
            "correction. If an entry is another fact, give it a `ref`."
        ),
    ]
    assert ledger.head == 2


def test_twice_is_once_even_there_and_back(ledger: Ledger) -> None:
    """A, then B, then A again: each change is one correction, and repeating it is none."""
    record(ledger, entries(A))
    for text in (B, A, C, A):
        assert correct(ledger, text)[0] > 0
        assert believes(ledger, entries(text))
        assert correct(ledger, text) == (0, [])


def test_new_entries_and_corrections_are_one_batch(ledger: Ledger) -> None:
    """A longer file with a change appends both at once, or nothing."""
    record(ledger, entries(A))
    longer = B + "  - {event: meeting-chaired, paragraph: 2, party: ke}\n"
    assert correct(ledger, longer)[0] == 2
    assert len({ledger.event(position).batch for position in (3, 4)}) == 1


def test_checking_rehearses_corrections(ledger: Ledger) -> None:
    """A check says what recording with corrections would, and leaves no trace."""
    record(ledger, entries(A))
    heard: list[Remark] = []
    would = check(ledger, entries(B), correct=True, hear=heard.append)
    assert [(receipt.position, receipt.appended) for receipt in would] == [(3, True), (2, False)]
    assert [remark.kind for remark in heard] == ["corrected"]
    assert ledger.head == 2


def test_what_was_corrected_by_hand_is_known_when_recorded_so(ledger: Ledger) -> None:
    """A file that says what is believed, however that came to be, adds nothing."""
    record(ledger, entries(A))
    ledger.correct(1, {"place": "Entebbe"})
    receipts = record(ledger, entries(B))
    assert [(receipt.position, receipt.appended) for receipt in receipts] == [
        (3, False),
        (2, False),
    ]


def test_what_was_corrected_since_is_said(ledger: Ledger) -> None:
    """The old file adds nothing and says that belief moved on; as corrections it undoes that."""
    record(ledger, entries(A))
    ledger.correct(1, {"place": "Entebbe"})
    heard: list[Remark] = []
    record(ledger, entries(A), hear=heard.append)
    assert [(remark.kind, ledger.head) for remark in heard] == [("overtaken", 3)]
    assert correct(ledger, A)[0] == 1
    assert believes(ledger, entries(A))


@pytest.mark.parametrize("wanted", [False, True])
def test_what_was_retracted_stays_so_and_is_said(ledger: Ledger, wanted: bool) -> None:
    """An entry that was retracted is not recorded again; the note says how to restore it."""
    record(ledger, entries(A))
    ledger.retract(2)
    heard: list[Remark] = []
    record(ledger, entries(A), correct=wanted, hear=heard.append)
    assert ledger.head == 3
    assert [str(remark) for remark in heard] == [
        (
            "r.yaml:10: attendance-recorded, recorded before at position 2, and retracted since at "
            "position 3: retract the retraction to restore it"
        )
    ]


@pytest.mark.parametrize("wanted", [False, True])
def test_what_was_retracted_and_has_changed_is_refused(ledger: Ledger, wanted: bool) -> None:
    """Its new words would be lost, or believed unseen: it is to be restored first, or taken out."""
    record(ledger, entries(A))
    ledger.retract(1)
    with pytest.raises(EntryChanged, match="Restore it first"):
        record(ledger, entries(B), correct=wanted)
    assert ledger.head == 3


def test_a_batch_that_corrects_its_own_entries_is_once_too(ledger: Ledger) -> None:
    """Where an editor's file stands beside the report, the editor has the last word, each time."""
    fact = entries(A)[0].new.event_id
    editor = f"""entries:
  - event: event-corrected
    target: {fact}
    replacement: {{type: meeting-convened, event: {{meeting: lakes-1, place: Kampala}}}}
"""
    both = [*entries(A), *entries(editor, "editor.yaml")]
    for _ in range(3):
        record(ledger, both, correct=True)
    assert ledger.head == 3
    assert ledger.believed(fact).content == MeetingConvened(meeting="lakes-1", place="Kampala")


def test_two_files_that_contradict_each_other_are_refused(ledger: Ledger) -> None:
    """Two entries with one id and other words would correct each other for ever."""
    record(ledger, entries(A))
    with pytest.raises(EntryChanged, match=r"b\.yaml:5: a\.yaml:5 says otherwise"):
        record(ledger, [*entries(A, "a.yaml"), *entries(B, "b.yaml")], correct=True)
    assert ledger.head == 2


def test_a_directive_is_not_corrected(ledger: Ledger) -> None:
    """A retraction that changed keeps its id and is refused: it needs a `ref`."""
    record(ledger, entries(A))
    retraction = f"entries:\n  - event: event-retracted\n    target: {ledger.event(1).event_id}\n"
    record(ledger, entries(retraction, "e.yaml"))
    with pytest.raises(EntryChanged, match=r"e\.yaml:2: .* position 3 .*\n.*`ref`"):
        record(ledger, entries(retraction + "    reason: Another.\n", "e.yaml"), correct=True)


def test_erased_texts_do_not_come_back_with_a_file(ledger: Ledger) -> None:
    """A file that still has what was erased is once, and its corrections leave that out."""
    named = A + (
        "  - event: meeting-opened\n    paragraph: 2\n    party: ke\n    office: %s\n"
        "    person: {name: A. N. Example, title: Ms.}\n    quote: She opened it.\n"
    )
    record(ledger, entries(named % "president"))
    ledger.record(PersonalDataErased(target=ledger.event(3).event_id))
    assert correct(ledger, named % "president")[0] == 0
    assert correct(ledger, named % "minister")[0] == 1
    assert ledger.event(5).private is None
    assert correct(ledger, named % "minister")[0] == 0


def test_a_fact_that_somebody_else_records_meanwhile_is_corrected(ledger: Ledger) -> None:
    """An entry whose id was free when it was looked up, and is taken when it is appended."""
    read_by_us = ledger.beliefs
    came_between: list[bool] = []

    def beliefs(ids: object) -> object:
        found = read_by_us(ids)  # type: ignore[arg-type]
        if not came_between:
            came_between.append(True)
            ledger.append([entry.new for entry in entries(A)])
        return found

    ledger.beliefs = beliefs  # type: ignore[method-assign,assignment]
    assert correct(ledger, B)[0] == 1
    assert believes(ledger, entries(B))


def test_a_belief_that_changed_meanwhile_is_corrected_as_it_is_then(ledger: Ledger) -> None:
    """Somebody retracts the fact between our reading and appending: it is not corrected unseen."""
    record(ledger, entries(A))
    read_by_us = ledger.beliefs
    came_between: list[bool] = []

    def beliefs(ids: object) -> object:
        found = read_by_us(ids)  # type: ignore[arg-type]
        if not came_between:
            came_between.append(True)
            ledger.record(EventRetracted(target=ledger.event(1).event_id))
        return found

    ledger.beliefs = beliefs  # type: ignore[method-assign,assignment]
    with pytest.raises(EntryChanged, match="retracted since"):
        correct(ledger, B)
    assert ledger.head == 3


_PLACES = st.sampled_from(["Nairobi", "Entebbe", "كمبالا"])
_PARTIES = st.sets(st.sampled_from(["ke", "ug", "tz"]), min_size=1)
_LEVELS = st.sampled_from(["ministerial", "expert", "not-stated"])
_DAYS = st.sampled_from(["2026-03-12", "2026-03", '"[2026-03-10..2026-03-12]"'])


@st.composite
def versions(draw: st.DrawFn) -> str:
    """A version of one file, as its writer edits it: words, dates, levels, parties, paragraphs."""
    lines = [
        "document: lakes-1-report\nlanguage: en",
        f"defaults: {{group: lakes, meeting: lakes-1, valid: {draw(_DAYS)}}}",
        "entries:",
        (
            f"  - {{event: meeting-convened, paragraph: {draw(st.integers(1, 3))}, "
            f"place: {draw(_PLACES)}, level: {draw(_LEVELS)}}}"
        ),
    ]
    for party in sorted(draw(_PARTIES)):
        quote = draw(st.sampled_from(["", ", quote: They came."]))
        lines.append(
            f"  - {{event: attendance-recorded, paragraph: 1, party: {party}, "
            f"level: {draw(_LEVELS)}{quote}}}"
        )
    return "\n".join(lines) + "\n"


@given(st.lists(versions(), min_size=1, max_size=5))
def test_what_is_believed_is_what_the_newest_version_of_a_file_says(texts: list[str]) -> None:
    """After any version of a file is recorded as corrections, its entries are what is believed."""
    with Ledger.open("sqlite://") as ledger:
        for text in texts:
            said = entries(text)
            record(ledger, said, correct=True)
            assert believes(ledger, said)
            head = ledger.head
            record(ledger, said, correct=True)
            record(ledger, said)
            assert ledger.head == head
        assert not ledger.check()


def test_events_of_ones_own_are_corrected_by_lines(ledger: Ledger) -> None:
    """Events in JSON Lines with ids of their own are corrected in the same way."""
    convened = NewEvent(MeetingConvened(meeting="m", place="Nairobi"))
    ledger.append([convened])
    line = (
        f'{{"type": "meeting-convened", "event_id": "{convened.event_id}", '
        '"event": {"meeting": "m", "place": "Entebbe"}}'
    )
    record(ledger, entries(line, "e.jsonl"), correct=True)
    assert ledger.believed(1).content == MeetingConvened(meeting="m", place="Entebbe")

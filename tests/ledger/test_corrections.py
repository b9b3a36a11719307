from collections.abc import Iterator

import pytest

from ledger import Decision, Ledger, Source
from ledger.changes import Change, InvalidReplacement, NotBelieved, UnknownField
from ledger.errors import UnknownEvent, WrongTarget
from ledger.events import (
    AttendanceRecorded,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    MeetingOpened,
    Person,
    PersonalDataErased,
    StatementDelivered,
)

REPORT = Source(document="lakes-1-report", language="en")
NOTE = Source(document="note-17", language="en", paragraph="¶2")
CONVENED = MeetingConvened(
    meeting="lakes-1", place="Nairobi", number=1, valid="2026-03-12", source=REPORT.at(1)
)
KENYA = AttendanceRecorded(meeting="lakes-1", party="ke", valid="2026-03-12", source=REPORT.at(1))
OPENED = MeetingOpened(
    meeting="lakes-1",
    office="president",
    person=Person(name="A. N. Example", title="H. E. Ms."),
    source=REPORT.at(2, "She opened the meeting."),
)


@pytest.fixture
def ledger(address: str) -> Iterator[Ledger]:
    """An empty ledger on each kind of database."""
    with Ledger.open(address) as opened:
        yield opened


@pytest.fixture
def memory() -> Iterator[Ledger]:
    """An empty ledger in memory."""
    with Ledger.open("sqlite://") as opened:
        yield opened


def attended(ledger: Ledger, known_at: int | None = None) -> list[str]:
    """Return who attended, as known at a position."""
    return [row.party for row in ledger.view("attendance").rows(known_at=known_at)]


def test_a_correction_holds_all_that_is_believed_with_its_changes(ledger: Ledger) -> None:
    """The replacement is whole; its own source stays, and the correction's says why."""
    ledger.record(CONVENED)
    done = ledger.correct(1, {"place": "Entebbe"}, reason="Misread.", source=NOTE)
    corrected = ledger.event(done.receipt.position).event
    assert isinstance(corrected, EventCorrected)
    assert corrected.replacement == CONVENED.model_copy(update={"place": "Entebbe"})
    assert (corrected.source, corrected.reason) == (NOTE, "Misread.")
    assert done.changes == (Change("place", "Nairobi", "Entebbe"),)
    assert ledger.believed(1).content == corrected.replacement


def test_a_correction_moves_a_row_to_another_key_and_the_past_is_kept(ledger: Ledger) -> None:
    """An attendance of Kenya becomes Uganda's; before, it was known as Kenya's."""
    ledger.record(KENYA)
    ledger.correct(1, {"party": "ug"})
    assert (attended(ledger), attended(ledger, known_at=1)) == (["ug"], ["ke"])


def test_a_correction_changes_a_date(ledger: Ledger) -> None:
    """A meeting moves to another day, and before it was known to be on the first."""
    ledger.record(CONVENED)
    ledger.correct(1, {"valid": "2026-04"})
    meetings = ledger.view("meetings")
    assert not meetings.rows(as_of="2026-03-12")
    assert meetings.rows(as_of="2026-04-02", possible=True)
    assert meetings.rows(as_of="2026-03-12", known_at=1)


def test_a_correction_is_itself_corrected(ledger: Ledger) -> None:
    """Each correction begins with what is believed, whichever event of the fact is named."""
    ledger.record(CONVENED)
    second = ledger.correct(1, {"place": "Entebbe"}).receipt
    third = ledger.correct(second.event_id, {"number": 2}).receipt
    event = ledger.event(third.position).event
    assert isinstance(event, EventCorrected)
    assert event.target == ledger.event(1).event_id
    assert event.replacement == CONVENED.model_copy(update={"place": "Entebbe", "number": 2})


def test_retracting_a_correction_brings_back_what_it_replaced(memory: Ledger) -> None:
    """A fact falls back to what was believed before its correction, and says what that changes."""
    memory.record(CONVENED)
    memory.correct(1, {"place": "Entebbe"})
    done = memory.retract(2)
    assert done.changes == (Change("place", "Entebbe", "Nairobi"),)
    assert memory.believed(1).content == CONVENED


def test_what_is_retracted_is_restored_by_retracting_the_retraction(ledger: Ledger) -> None:
    """Belief ends, and is back, the identical row; each state stays known."""
    ledger.record(KENYA)
    before = ledger.view("attendance").rows()
    ended = ledger.retract(1, reason="Entered for the wrong meeting.")
    assert (ended.was_believed, ended.is_believed) == (True, False)
    restored = ledger.retract(ended.receipt.position)
    assert (restored.was_believed, restored.is_believed) == (False, True)
    assert ledger.view("attendance").rows() == before
    assert [attended(ledger, known_at=k) for k in (1, 2, 3)] == [["ke"], [], ["ke"]]


def test_retracting_again_appends_nothing(memory: Ledger) -> None:
    """What is retracted is left alone; the receipt is that of the retraction."""
    memory.record(KENYA)
    first = memory.retract(1).receipt
    again = memory.retract(1)
    assert (again.receipt.position, again.receipt.appended) == (first.position, False)
    assert memory.head == 2


def test_a_retraction_under_another_one_changes_nothing(memory: Ledger) -> None:
    """Of two retractions, one that is retracted leaves the fact unbelieved by the other."""
    fact = memory.record(KENYA).event_id
    memory.append([EventRetracted(target=fact), EventRetracted(target=fact)])
    done = memory.retract(2)
    assert (done.was_believed, done.is_believed) == (False, False)
    assert memory.retract(3).is_believed


def test_correcting_what_is_so_already_appends_nothing(memory: Ledger) -> None:
    """Where nothing would change, the receipt is that of the event that says so."""
    memory.record(CONVENED)
    memory.correct(1, {"place": "Entebbe"})
    again = memory.correct(1, {"place": "Entebbe", "level": None})
    assert (again.receipt.position, again.receipt.appended, again.changes) == (2, False, ())
    assert memory.head == 2


def test_what_is_retracted_is_not_corrected(memory: Ledger) -> None:
    """A correction of it would come to life unseen, so it is refused, with what to do."""
    memory.record(CONVENED)
    memory.retract(1)
    with pytest.raises(NotBelieved, match="proceedings retract 2"):
        memory.correct(1, {"place": "Entebbe"})
    assert memory.head == 2


@pytest.mark.parametrize(
    ("field", "meant"),
    [("plaice", "place"), ("paragraph", "source.paragraph"), ("source.langage", "source.language")],
)
def test_an_unknown_field_names_the_nearest(memory: Ledger, field: str, meant: str) -> None:
    """A field that is not there is named, and the one that may have been meant."""
    memory.record(CONVENED)
    with pytest.raises(UnknownField) as refusal:
        memory.correct(1, {field: "x"})
    assert refusal.value.did_you_mean == meant


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "one"}, "number"),
        ({"meeting": None}, "meeting"),
        ({"source.document": None}, "source.document"),
        ({"valid": "2026-02-30"}, "valid"),
        ({"place": ["Entebbe"]}, "place"),
        ({"place": "half \ud800"}, "place"),
    ],
)
def test_what_would_be_no_such_event_is_refused(
    memory: Ledger, changes: dict[str, object], field: str
) -> None:
    """The whole replacement is checked, and what is wrong is named by its field."""
    memory.record(CONVENED)
    with pytest.raises(InvalidReplacement) as refusal:
        memory.correct(1, changes)
    assert [place for place, _ in refusal.value.problems] == [field]
    assert memory.head == 1


def test_only_facts_and_their_corrections_are_corrected(memory: Ledger) -> None:
    """A retraction is retracted, an erasure stands, and what is not there is said to be so."""
    memory.record(OPENED)
    memory.retract(1)
    memory.record(PersonalDataErased(target=memory.event(1).event_id))
    for name in (2, 3):
        with pytest.raises(WrongTarget):
            memory.correct(name, {"office": "chair"})
    with pytest.raises(WrongTarget):
        memory.retract(3)
    with pytest.raises(UnknownEvent):
        memory.retract(4)


def test_a_replacement_of_another_type_is_refused(memory: Ledger) -> None:
    """A fact is corrected by one of its own type."""
    memory.record(CONVENED)
    with pytest.raises(WrongTarget):
        memory.correct(1, KENYA)


def test_words_of_one_language_are_set_alone() -> None:
    """Private words, and lists, are set by dotted field, and the others stay."""
    said = StatementDelivered(
        meeting="m", statement="s", speaker="ke", summaries={"en": "Share.", "fr": "Partager."}
    )
    with Ledger.open("sqlite://") as ledger:
        ledger.record(said)
        ledger.correct(1, {"summaries.en": "Share data.", "cites": ["unsc-822", "unsc-853"]})
        content = ledger.believed(1).content
    assert isinstance(content, StatementDelivered)
    assert content.summaries == {"en": "Share data.", "fr": "Partager."}
    assert content.cites == ("unsc-822", "unsc-853")


def test_erased_texts_are_left_out_of_a_correction(ledger: Ledger) -> None:
    """Where a name was erased, a correction has none: never the word `erased` as content."""
    ledger.record(OPENED)
    ledger.record(PersonalDataErased(target=ledger.event(1).event_id))
    done = ledger.correct(1, {"office": "foreign-minister"})
    assert done.changes == (Change("office", "president", "foreign-minister"),)
    assert done.forgotten == ("person.name", "person.title", "source.quote")
    content = ledger.believed(1).content
    assert content == OPENED.model_copy(
        update={"office": "foreign-minister", "person": None, "source": REPORT.at(2)}
    )


def test_texts_erased_in_a_correction_are_left_out_of_the_next(memory: Ledger) -> None:
    """The private texts of a correction, once erased, are not carried on either."""
    memory.record(CONVENED)
    done = memory.correct(1, {"source.quote": "It met in Entebbe."})
    memory.record(PersonalDataErased(target=done.receipt.event_id))
    memory.correct(1, {"place": "Entebbe"})
    content: Event = memory.believed(1).content
    assert content.source == REPORT.at(1)
    assert memory.correct(1, {"place": "Entebbe"}).receipt.appended is False


def test_a_rehearsal_leaves_no_trace(memory: Ledger) -> None:
    """What would come of an edit can be asked without making it."""
    memory.record(CONVENED)
    assert memory.correct(1, {"place": "Entebbe"}, rehearse=True).receipt.position == 2
    assert memory.retract(1, rehearse=True).receipt.position == 2
    assert memory.head == 1


def test_an_edit_is_decided_again_where_belief_changed_meanwhile(memory: Ledger) -> None:
    """What somebody else corrected between reading and appending is kept by the correction."""
    memory.record(CONVENED)
    log = memory._log  # noqa: SLF001 - to stand between reading and appending
    append = log.append
    came_between: list[bool] = []

    def interrupted(*given: object, **options: object) -> object:
        if not came_between:
            came_between.append(True)
            with_number = CONVENED.model_copy(update={"number": 7})
            corrected = EventCorrected(target=memory.event(1).event_id, replacement=with_number)
            append([corrected], actor="another")
        return append(*given, **options)  # type: ignore[arg-type]

    log.append = interrupted  # type: ignore[method-assign,assignment]
    memory.correct(1, {"place": "Entebbe"})
    assert memory.believed(1).content == CONVENED.model_copy(
        update={"place": "Entebbe", "number": 7}
    )


def test_a_decision_can_be_rehearsed(memory: Ledger) -> None:
    """`decide` too says what would happen, and leaves no trace."""
    receipts = memory.decide(lambda: Decision([CONVENED]), rehearse=True)
    assert (receipts[0].position, memory.head) == (1, 0)

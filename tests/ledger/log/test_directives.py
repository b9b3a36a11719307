"""Corrections, retractions and erasures find what they are about."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import UnknownTarget, Unreachable, WrongTarget
from ledger.events import (
    AttendanceRecorded,
    Directive,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    MeetingOpened,
    Person,
    PersonalDataErased,
    Source,
)
from ledger.log import Database, Log, NewEvent
from tests.ledger.log.stored import everything, rows

A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")
NOWHERE = "00000000-0000-4000-8000-000000000000"
HEADED = AttendanceRecorded(
    meeting="lakes-1", group="lakes", party="ke", head=Person(name="A. N. Other")
)
MOVED = AttendanceRecorded(
    meeting="lakes-2",
    party="ug",
    head=Person(name="Somebody"),
    source=Source(document="note-17", language="en"),
)


def put(log: Log, event: Event, event_id: str) -> None:
    """Append an event under an id."""
    log.append([NewEvent(event, event_id)], actor="desk-1")


def body(log: Log, event_id: str) -> object:
    """Return the stored body of an event."""
    return json.loads(log.event(event_id).body)


def subjects(log: Log, event_id: str) -> set[str]:
    """Return the stored subjects of an event."""
    position = log.event(event_id).position
    found = rows(log, "SELECT position, subject FROM log_subjects")
    return {subject for place, subject in found if place == position}


def private_positions(log: Log) -> list[int]:
    """Return where private parts are."""
    return [place for (place,) in rows(log, "SELECT position FROM log_private ORDER BY 1")]


# -------------------------------------------------------------------------------- corrections


def test_a_correction_of_a_correction_corrects_the_root(log: Log) -> None:
    """Whichever correction is named, the root is the target, however long the chain."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    put(log, EventCorrected(target=B, replacement=HEADED), C)
    put(log, EventCorrected(target=C, replacement=MOVED), D)
    for event_id in (B, C, D):
        assert isinstance(event := log.event(event_id).event, Directive)
        assert event.target == A
        assert f"event:{A}" in subjects(log, event_id)


def test_a_chain_within_a_batch_is_resolved_too(log: Log) -> None:
    """A target may stand earlier in the batch, and so may the correction that is corrected."""
    log.append(
        [
            NewEvent(HEADED, A),
            NewEvent(EventCorrected(target=A, replacement=MOVED), B),
            NewEvent(EventCorrected(target=B, replacement=HEADED), C),
        ],
        actor="desk-1",
    )
    assert isinstance(event := log.event(C).event, EventCorrected)
    assert event.target == A
    assert event.replacement == HEADED


def test_a_correction_stands_in_its_roots_stream(log: Log) -> None:
    """A replacement that names another meeting stays with the event that it replaces."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    assert (log.event(B).stream, log.event(B).version) == ("meeting-lakes-1", 2)
    put(log, EventCorrected(target=B, replacement=HEADED), C)
    assert (log.event(C).stream, log.event(C).version) == ("meeting-lakes-1", 3)


def test_a_correction_is_about_what_its_target_and_its_replacement_are_about(log: Log) -> None:
    """Whoever asks about a party finds the corrections that brought it in or took it out."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED, source=Source(document="note-18")), B)
    assert subjects(log, B) == {
        f"event:{A}",
        "document:note-18",
        "group:lakes",
        "meeting:lakes-1",
        "party:ke",
        "document:note-17",
        "meeting:lakes-2",
        "party:ug",
    }


def test_a_correction_is_of_its_targets_type(log: Log) -> None:
    """A replacement of another type is refused, for a root and for a correction of it."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    for target in (A, B):
        correction = EventCorrected(target=target, replacement=MeetingConvened(meeting="lakes-1"))
        with pytest.raises(WrongTarget, match=r"attendance-recorded.*meeting-convened") as error:
            put(log, correction, C)
        assert (error.value.directive, error.value.target) == ("event-corrected", A)


def test_a_retraction_is_not_corrected(log: Log) -> None:
    """A retraction is retracted, never corrected."""
    put(log, HEADED, A)
    put(log, EventRetracted(target=A), B)
    for replacement in (HEADED, EventRetracted(target=A)):
        with pytest.raises(WrongTarget, match="retract it instead"):
            put(log, EventCorrected(target=B, replacement=replacement), C)


# -------------------------------------------------------------------------------- retractions


def test_a_retraction_names_just_what_it_was_given(log: Log) -> None:
    """A retraction of a correction leaves the root alone."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    put(log, EventRetracted(target=B), C)
    assert body(log, C) == {"target": B}


def test_a_retraction_can_be_retracted(log: Log) -> None:
    """The retraction of a retraction is one more event of the same stream."""
    put(log, HEADED, A)
    put(log, EventRetracted(target=A), B)
    put(log, EventRetracted(target=B), C)
    put(log, EventRetracted(target=C), D)
    assert body(log, D) == {"target": C}
    assert (log.event(D).stream, log.event(D).version) == ("meeting-lakes-1", 4)


def test_a_retraction_is_about_all_that_its_target_is_about(log: Log) -> None:
    """Stream and subjects are inherited, and every event up to the root is among them."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=HEADED), B)
    put(log, EventRetracted(target=B), C)
    put(log, EventRetracted(target=C, source=Source(document="note-18")), D)
    about = {"group:lakes", "meeting:lakes-1", "party:ke"}
    assert subjects(log, B) == about | {f"event:{A}"}
    assert subjects(log, C) == about | {f"event:{A}", f"event:{B}"}
    assert subjects(log, D) == about | {
        f"event:{A}",
        f"event:{B}",
        f"event:{C}",
        "document:note-18",
    }


# ---------------------------------------------------------------------------------- erasures


def test_an_erasure_removes_just_the_private_part_that_it_names(log: Log) -> None:
    """One private part goes; the others, and every other row, stay as they were."""
    put(log, HEADED, A)
    put(log, MOVED, B)
    put(log, MeetingOpened(meeting="lakes-1", person=Person(name="A. N. Other")), C)
    before = everything(log)
    put(log, PersonalDataErased(target=B), D)
    after = everything(log)
    assert private_positions(log) == [1, 3]
    assert after["log_private"] == [row for row in before["log_private"] if row[0] != 2]
    assert after["log_events"][:3] == before["log_events"]


def test_an_erased_event_reads_as_erased(log: Log) -> None:
    """The fact stays, and says of its texts that they were erased."""
    put(log, HEADED, A)
    put(log, PersonalDataErased(target=A), B)
    recorded = log.event(A)
    assert recorded.erased
    assert recorded.private is None
    assert recorded.event == HEADED.model_copy(update={"head": Person(name="erased")})
    assert not log.event(B).erased


def test_an_erasure_names_its_target_alone(log: Log) -> None:
    """Erasing a correction lets go of the correction's texts, and not of its root's."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    put(log, PersonalDataErased(target=B), C)
    assert {s for s in subjects(log, C) if s.startswith("event:")} == {f"event:{B}"}
    assert "party:ke" in subjects(log, C)
    assert log.event(C).stream == "meeting-lakes-1"
    assert private_positions(log) == [1]
    assert isinstance(corrected := log.event(B).event, EventCorrected)
    assert isinstance(replacement := corrected.replacement, AttendanceRecorded)
    assert replacement.head == Person(name="erased")
    assert log.event(A).event == HEADED


def test_after_an_erasure_the_database_still_guards_the_others(log: Log) -> None:
    """An erasure of one event's texts opens the way to no other's."""
    put(log, HEADED, A)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    put(log, PersonalDataErased(target=B), C)
    before = everything(log)
    with (
        pytest.raises(Unreachable, match="personal-data-erased"),
        log.database.writing("log_head") as connection,
    ):
        connection.exec_driver_sql("DELETE FROM log_private")
    assert everything(log) == before


def test_an_erased_text_is_nowhere_in_the_file(tmp_path: Path) -> None:
    """Once the database is closed, no byte of what was erased is left in its files."""
    name = "A. N. Other-Whose-Name-Must-Go"
    headed = HEADED.model_copy(update={"head": Person(name=name)})
    with closing(Database.open(tmp_path / "proceedings.db", create=True)) as database:
        put(Log(database), headed, A)
        put(Log(database), MOVED, B)
    assert name in whole_text(tmp_path)
    with closing(Database.open(tmp_path / "proceedings.db", create=False)) as database:
        put(Log(database), PersonalDataErased(target=A), C)
    assert name not in whole_text(tmp_path)


def whole_text(folder: Path) -> str:
    """Return all bytes of all files of a folder, as text."""
    return "".join(file.read_text(encoding="latin-1") for file in sorted(folder.iterdir()))


def test_an_erasure_may_come_with_its_event(log: Log) -> None:
    """What is recorded and erased in one batch never had a private part that stayed."""
    log.append([NewEvent(HEADED, A), NewEvent(PersonalDataErased(target=A), B)], actor="desk-1")
    assert private_positions(log) == []
    assert log.event(A).erased


def test_erasing_twice_or_erasing_nothing_is_no_mistake(log: Log) -> None:
    """An erasure is recorded whether or not there is still, or ever was, something to erase."""
    put(log, MeetingConvened(meeting="lakes-1"), A)
    put(log, PersonalDataErased(target=A), B)
    put(log, PersonalDataErased(target=A), C)
    assert not log.event(A).erased
    assert log.head().size == 3


@pytest.mark.parametrize(
    "directive",
    [
        EventRetracted(target=B),
        PersonalDataErased(target=B),
        EventCorrected(target=B, replacement=HEADED),
    ],
)
def test_an_erasure_cannot_be_undone(log: Log, directive: Directive) -> None:
    """Nothing can be said about an erasure: what is gone is gone."""
    put(log, HEADED, A)
    put(log, PersonalDataErased(target=A), B)
    with pytest.raises(WrongTarget, match="cannot be undone"):
        put(log, directive, C)


# ------------------------------------------------------------------------------------ targets


@pytest.mark.parametrize(
    "directive",
    [
        EventRetracted(target=NOWHERE),
        PersonalDataErased(target=NOWHERE),
        EventCorrected(target=NOWHERE, replacement=HEADED),
    ],
)
def test_an_unknown_target_is_refused(log: Log, directive: Directive) -> None:
    """A directive about an event that is not there says which directive and which event."""
    put(log, HEADED, A)
    with pytest.raises(UnknownTarget) as error:
        put(log, directive, B)
    assert error.value.target == NOWHERE
    assert error.value.directive in {"event-retracted", "personal-data-erased", "event-corrected"}
    assert log.head().size == 1


def test_a_target_may_stand_earlier_in_the_batch(log: Log) -> None:
    """An event and a directive about it may come together, the event first."""
    log.append([NewEvent(HEADED, A), NewEvent(EventRetracted(target=A), B)], actor="desk-1")
    assert subjects(log, B) == {f"event:{A}", "group:lakes", "meeting:lakes-1", "party:ke"}
    assert (log.event(B).stream, log.event(B).version) == ("meeting-lakes-1", 2)


def test_a_target_later_in_the_batch_is_unknown(log: Log) -> None:
    """A directive about what comes after it is refused, with the batch."""
    with pytest.raises(UnknownTarget):
        log.append([NewEvent(EventRetracted(target=A), B), NewEvent(HEADED, A)], actor="desk-1")
    assert log.head().size == 0


def test_a_directive_about_itself_is_unknown(log: Log) -> None:
    """A directive cannot be its own target."""
    with pytest.raises(UnknownTarget):
        put(log, EventRetracted(target=A), A)


def test_directives_change_no_stored_byte(log: Log) -> None:
    """After a correction and a retraction, what was there before is there as it was."""
    put(log, HEADED, A)
    before = everything(log)
    put(log, EventCorrected(target=A, replacement=MOVED), B)
    put(log, EventRetracted(target=A), C)
    after = everything(log)
    for table in ("log_events", "log_private", "log_subjects"):
        assert set(before[table]) <= set(after[table])

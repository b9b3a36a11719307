"""An event is stored as a body, a private part and a header, and each holds what it should."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.codec.stored import ERASED, MAX_BODY, WITHHELD, decode, encode, header
from ledger.errors import BadInput, OutsideDomain, TooLarge, UnknownEventType, UnreadableEvent
from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    MeetingOpened,
    PartyRegistered,
    Person,
    PositionAdopted,
    PositionSuperseded,
    Source,
    StatementDelivered,
)

TARGET = "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10"
STATEMENT = StatementDelivered(
    meeting="lakes-1",
    statement="lakes-1.ke",
    speaker="ke",
    person=Person(name="A. N. Other"),
    summaries={"en": "Hear, hear.", "ar": "نعم"},
    cites=("unsc-822",),
    source=Source(document="note-17", language="en", quote="hear"),
    valid="2026-03-12",
)


def test_a_body_holds_neither_defaults_nor_private_texts() -> None:
    """What has its default is left out, and a null stands where a private text was."""
    assert json.loads(encode(STATEMENT).body) == {
        "meeting": "lakes-1",
        "statement": "lakes-1.ke",
        "speaker": "ke",
        "person": {"name": None},
        "summaries": {"en": None, "ar": None},
        "cites": ["unsc-822"],
        "source": {"document": "note-17", "language": "en", "quote": None},
        "valid": "2026-03-12",
    }


def test_a_private_part_maps_places_to_texts() -> None:
    """Each private text stands under the JSON pointer (RFC 6901) of its place in the body."""
    private = encode(STATEMENT).private
    assert private is not None
    assert json.loads(private) == {
        "/person/name": "A. N. Other",
        "/summaries/ar": "نعم",
        "/summaries/en": "Hear, hear.",
        "/source/quote": "hear",
    }


def test_an_event_without_private_texts_has_no_private_part() -> None:
    """Nothing private is stored as nothing, not as an empty part."""
    assert encode(MeetingConvened(meeting="lakes-1")).private is None


def test_a_replacements_private_texts_are_private_too() -> None:
    """What is private in an event stays so when a correction holds it."""
    stored = encode(EventCorrected(target=TARGET, replacement=STATEMENT))
    assert b"Other" not in stored.body
    assert stored.private is not None
    assert set(json.loads(stored.private)) == {
        "/replacement/event/person/name",
        "/replacement/event/summaries/ar",
        "/replacement/event/summaries/en",
        "/replacement/event/source/quote",
    }


def test_subjects_are_all_that_an_event_names() -> None:
    """Every identifier in the event is a subject, once, in order."""
    assert encode(STATEMENT).subjects == (
        "document:note-17",
        "instrument:unsc-822",
        "meeting:lakes-1",
        "party:ke",
        "statement:lakes-1.ke",
    )


def test_a_stream_comes_from_the_first_identifier_that_is_given() -> None:
    """A position goes to its meeting's stream, and outside a meeting to its group's."""
    at_meeting = PositionSuperseded(group="lakes", meeting="lakes-1", position="p")
    outside = PositionSuperseded(group="lakes", position="p")
    assert encode(at_meeting).stream == "meeting-lakes-1"
    assert encode(outside).stream == "group-lakes"


def test_an_event_without_a_stream_is_refused() -> None:
    """A position of no meeting and no group is bad input, and the answer says what to give."""
    with pytest.raises(BadInput, match="meeting or group: give one"):
        encode(PositionAdopted(position="p", verb="condemns"))


def test_a_directive_has_no_stream_of_its_own() -> None:
    """A directive's stream is its target's, which the log knows."""
    assert encode(EventRetracted(target=TARGET)).stream is None


def test_valid_is_told_beside_the_body() -> None:
    """The header's date is the event's own, and none where the event has none."""
    assert encode(STATEMENT).valid == "2026-03-12"
    assert encode(MeetingConvened(meeting="lakes-1")).valid is None


def test_a_body_over_the_limit_is_refused() -> None:
    """More than a mebibyte is refused with its size and the limit."""
    names = {f"en-{number:03}": "x" * 20_000 for number in range(53)}
    with pytest.raises(TooLarge, match="1,048,576") as error:
        encode(PartyRegistered(party="pk", names=names))
    assert error.value.size > error.value.limit == MAX_BODY
    assert error.value.type == "party-registered"


def test_a_private_part_over_the_limit_is_refused() -> None:
    """The private part has the same limit as the body, of its own."""
    texts = {f"en-{number:03}": "x" * 20_000 for number in range(53)}
    event = PositionAdopted(meeting="lakes-1", position="p", verb="condemns", summaries=texts)
    with pytest.raises(TooLarge):
        encode(event)


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (MeetingConvened(meeting="lakes-1", number=2**53), "/number"),
        (MeetingConvened(meeting="lakes-1", place="a\0b"), "/place"),
    ],
)
def test_what_canonical_json_cannot_carry_is_refused(event: MeetingConvened, path: str) -> None:
    """A large integer and a NUL are refused with their place."""
    with pytest.raises(OutsideDomain) as error:
        encode(event)
    assert error.value.path == path


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (20_000, "\ufb2c"),  # NFC makes it three
        (20_000, "\U0001d160"),
        (7_000, "\ufb2c"),
    ],
)
def test_a_text_that_was_taken_is_read_again(length: int, text: str) -> None:
    """A text that normalisation makes longer is refused when given, or read when stored."""
    try:
        event = MeetingConvened(meeting="lakes-1", place=text * length)
    except ValidationError:
        return
    stored = encode(event)
    assert decode(stored.type, 1, stored.body, stored.private) == event


@pytest.mark.parametrize("missing", [ERASED, WITHHELD])
def test_missing_texts_say_why(missing: str) -> None:
    """Without its private part, an event reads `erased` or `withheld` where its texts were."""
    read = decode("statement-delivered", 1, encode(STATEMENT).body, None, missing=missing)
    assert read.person == Person(name=missing)
    assert read.summaries == {"en": missing, "ar": missing}
    assert read.source.quote == missing
    assert read.speaker == "ke"


def test_erasing_leaves_what_was_never_private() -> None:
    """An event that never had private texts reads as it was, erased or not."""
    event = AttendanceRecorded(meeting="lakes-1", party="ke")
    assert decode("attendance-recorded", 1, encode(event).body, None, missing=ERASED) == event


def test_an_unknown_type_is_not_guessed_at() -> None:
    """A stored name that nobody declared is refused."""
    with pytest.raises(UnknownEventType):
        decode("meeting-convoked", 1, b"{}", None)


@pytest.mark.parametrize(
    ("body", "private"),
    [
        (b"{}", None),
        (b'{"meeting":"lakes-1","colour":"red"}', None),
        (b'{"meeting":null}', None),
        (b"[]", None),
        (b'"lakes-1"', None),
        (b"not JSON", None),
        (b'{"meeting":"lakes-1","valid":"20XX"}', None),
        (b'{"meeting":"lakes-1"}', b'{"/person/name":"A. N. Other"}'),
        (b'{"meeting":"lakes-1"}', b"not JSON"),
        (b'{"meeting":"lakes-1"}', b"[]"),
    ],
)
def test_bytes_that_are_not_their_type_are_refused(body: bytes, private: bytes | None) -> None:
    """Whatever the bytes are, they are an event of their type, or `UnreadableEvent` names it."""
    with pytest.raises(UnreadableEvent) as error:
        decode("meeting-opened", 1, body, private)
    assert (error.value.type, error.value.schema_version) == ("meeting-opened", 1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "a JSON object is wanted"),
        (b'{"meeting":5}', "meeting: Input should be a valid string"),
        (b'{"meeting":"lakes-1","colour":"red"}', "colour: Extra inputs are not permitted"),
        (b'{"meeting":"lakes-1","office":"secr\xff"}', "not valid UTF-8"),
    ],
)
def test_a_reason_says_what_is_wrong_without_repeating_it(body: bytes, reason: str) -> None:
    """The same is said of a body with and without a private part, and no value is in it."""
    reasons = set()
    for private in (None, b"{}"):
        with pytest.raises(UnreadableEvent) as error:
            decode("meeting-opened", 1, body, private)
        reasons.add(error.value.reason)
    assert len(reasons) == 1
    assert reason in reasons.pop()


def test_a_null_that_was_never_filled_is_refused() -> None:
    """A body that lacks its private part, without having been erased, is damaged, and says so."""
    stored = encode(MeetingOpened(meeting="lakes-1", person=Person(name="A. N. Other")))
    with pytest.raises(UnreadableEvent, match="person"):
        decode(stored.type, 1, stored.body, None)


def test_a_header_names_the_events_place_and_hashes() -> None:
    """The leaf's data, byte for byte: sorted keys, hashes in hexadecimal, nulls for what is not."""
    written = header(
        position=7,
        batch=6,
        event_id=TARGET,
        stream="meeting-lakes-1",
        version=3,
        type_name="meeting-opened",
        schema_version=1,
        recorded_at="2026-11-23T17:05:00.000000Z",
        valid=None,
        actor="desk-1",
        causation=None,
        body_hash=bytes(range(32)),
        private_hash=None,
    )
    assert written.decode() == (
        '{"actor":"desk-1","batch":6,"body_hash":'
        '"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
        '"causation":null,"event_id":"5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10",'
        '"format":"proceedings/1","position":7,"private_hash":null,'
        '"recorded_at":"2026-11-23T17:05:00.000000Z","schema_version":1,'
        '"stream":"meeting-lakes-1","type":"meeting-opened","valid":null,"version":3}'
    )


@pytest.mark.parametrize("field", ["actor", "causation", "stream", "recorded_at", "valid"])
@pytest.mark.parametrize(
    ("text", "reason"), [("a\0b", "NUL"), ("Gene\u0300ve", "NFC"), ("\ud800", "surrogate")]
)
def test_a_header_holds_no_text_that_could_be_read_in_two_ways(
    field: str, text: str, reason: str
) -> None:
    """Who records is named from outside: what canonical JSON cannot carry is refused by name."""
    fields: dict[str, Any] = {
        "position": 1,
        "batch": 1,
        "event_id": TARGET,
        "stream": "meeting-lakes-1",
        "version": 1,
        "type_name": "meeting-opened",
        "schema_version": 1,
        "recorded_at": "2026-11-23T17:05:00.000000Z",
        "valid": None,
        "actor": "desk-1",
        "causation": None,
        "body_hash": bytes(32),
        "private_hash": None,
    }
    with pytest.raises(OutsideDomain) as error:
        header(**fields | {field: text})
    assert error.value.path == f"/{field}"
    assert reason in error.value.reason

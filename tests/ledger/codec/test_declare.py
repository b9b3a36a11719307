"""An event type is declared once, by name and version, and its history leads up to it."""

import json
from typing import Annotated, Any

import pytest
from hypothesis import given
from pydantic import Field, StringConstraints, model_validator

from ledger.codec.declare import (
    Upcaster,
    declaration,
    declaration_of,
    declarations,
    declare,
)
from ledger.codec.stored import ERASED, decode, encode
from ledger.errors import UnknownEventType, UnreadableEvent
from ledger.events import Event, GroupId, MeetingConvened, MeetingId, PartyId, Person
from ledger.events.base import PrivateTexts, Subject, Text
from ledger.testing import events

pytestmark = pytest.mark.usefixtures("toy_types")


class Toasted(Event):
    """A party was toasted at a dinner."""

    meeting: MeetingId
    party: PartyId
    guests: tuple[PartyId, ...] = ()
    about: Subject | None = None
    words: Text | None = None


def test_a_declaration_is_found_by_name_and_by_class() -> None:
    """What was declared is found under its stored name, by its class and in the list."""
    assert declare("toasted", stream="meeting", identity=("party",))(Toasted) is Toasted
    declared = declaration("toasted")
    assert declaration_of(Toasted) is declared
    assert declared in declarations()
    assert (declared.name, declared.version, declared.model) == ("toasted", 1, Toasted)
    assert (declared.stream, declared.identity) == (("meeting",), ("party",))


class Measured(Event):
    """Something of every kind of field that a type may have."""

    party: PartyId | None = None
    group: GroupId | None = None
    count: Annotated[int, Field(ge=2, lt=5)]
    below: Annotated[int, Field(gt=-3, le=0)] = 0
    open: bool = False
    code: Annotated[str, StringConstraints(min_length=3, max_length=4)]
    pair: tuple[Text, int] = ("a", 1)
    some: Annotated[list[Text], Field(min_length=2, max_length=3)]
    by_kind: Annotated[dict[Text, int], Field(min_length=1)]
    guest: Person | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Measured":
        if (self.party is None) == (self.group is None):
            raise ValueError("give one of the two")
        return self


def test_a_new_type_needs_no_strategy_of_its_own() -> None:
    """Events of a type that was just declared can be drawn, recorded and read back."""
    declare("measured", stream=("party", "group"))(Measured)
    drawn = []

    @given(events(Measured))
    def reads_back(event: Event) -> None:
        stored = encode(event)
        assert decode("measured", 1, stored.body, stored.private) == event
        drawn.append(event)

    reads_back()
    assert {type(event) for event in drawn} == {Measured}
    assert {event.count for event in drawn if isinstance(event, Measured)} == {2, 3, 4}


def test_identity_is_the_streams_if_nothing_else_is_said() -> None:
    """Without `identity`, the fields that give the stream tell one fact from another."""
    declare("toasted", stream=("meeting", "party"))(Toasted)
    assert declaration("toasted").identity == ("meeting", "party")


def test_declarations_are_in_order_of_name() -> None:
    """The list is in the order of stored names, whatever was imported first."""
    declare("a-toast", stream="meeting")(Toasted)
    names = [declared.name for declared in declarations()]
    assert names == sorted(names)
    assert names[0] == "a-toast"


def test_a_stored_name_is_taken_once() -> None:
    """A second class under a stored name is refused, and the first one keeps it."""
    with pytest.raises(TypeError, match=r"Toasted.*'meeting-convened' belongs to MeetingConvened"):
        declare("meeting-convened", stream="meeting")(Toasted)
    assert declaration("meeting-convened").model is MeetingConvened
    with pytest.raises(TypeError):
        declaration_of(Toasted)


@pytest.mark.parametrize(("version", "steps"), [(2, 0), (3, 1), (1, 1), (2, 2)])
def test_a_history_has_one_step_a_version(version: int, steps: int) -> None:
    """Too few upcasters leave a gap and too many lead nowhere: both are refused at import."""
    upcasters: list[Upcaster] = [dict] * steps
    with pytest.raises(TypeError, match=f"version {version} needs {version - 1} upcasters"):
        declare("toasted", stream="meeting", version=version, upcasters=upcasters)(Toasted)


@pytest.mark.parametrize("stream", ["words", "valid", "nothing", ("meeting", "words")])
def test_a_stream_comes_from_an_identifier(stream: str | tuple[str, ...]) -> None:
    """A field that is no identifier, or that is not there, gives no stream."""
    with pytest.raises(TypeError, match="gives no stream"):
        declare("toasted", stream=stream)(Toasted)


@pytest.mark.parametrize("stream", ["guests", "about"])
def test_a_stream_comes_from_one_identifier_of_a_kind(stream: str) -> None:
    """A list of identifiers gives no stream, nor does a whole subject, which has no one kind."""
    with pytest.raises(TypeError, match="gives no stream"):
        declare("toasted", stream=stream)(Toasted)


def test_identity_comes_from_fields() -> None:
    """An identity of a field that is not there is refused."""
    with pytest.raises(TypeError, match="'wine' is no field"):
        declare("toasted", stream="meeting", identity=("wine",))(Toasted)


def test_an_unknown_type_says_what_may_be_meant() -> None:
    """A name that is nearly one of ours is answered with that one."""
    with pytest.raises(UnknownEventType, match="did you mean 'meeting-convened'") as error:
        declaration("meeting-convend")
    assert (error.value.type, error.value.did_you_mean) == ("meeting-convend", "meeting-convened")


def test_a_type_like_no_other_is_answered_without_a_guess() -> None:
    """A name far from all of ours is refused, and nothing is guessed."""
    with pytest.raises(UnknownEventType) as error:
        declaration("xyzzy")
    assert error.value.did_you_mean is None
    assert "did you mean" not in str(error.value)


def test_an_undeclared_class_is_not_written() -> None:
    """A class that was never declared has no stored name, even below one that has."""

    class Reconvened(MeetingConvened):
        """A meeting was convened again."""

    with pytest.raises(TypeError, match="Reconvened is not declared"):
        encode(Reconvened(meeting="lakes-1"))


# ------------------------------------------------------------------------------------ history


class SpeechHeard(Event):
    """Somebody spoke: version 3, which holds the speaker as a person and texts by language."""

    meeting: MeetingId
    person: Person | None = None
    texts: PrivateTexts = {}  # noqa: RUF012 - pydantic copies a default
    round: int = 1


SEEN: list[dict[str, Any]] = []


def name_the_speaker(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 called the speaker `speaker`."""
    SEEN.append(data)
    return {**{k: v for k, v in data.items() if k != "speaker"}, "person": data["speaker"]}


def texts_by_language(data: dict[str, Any]) -> dict[str, Any]:
    """Versions 1 and 2 held one text, in English, and the speaker's name alone."""
    SEEN.append(data)
    kept = {k: v for k, v in data.items() if k not in ("text", "person")}
    return {**kept, "person": {"name": data["person"]}, "texts": {"en": data["text"]}}


@pytest.fixture
def speech(toy_types: None) -> None:  # noqa: ARG001 - only so that it comes first
    """Declare `speech-heard` at its third version."""
    SEEN.clear()
    declare(
        "speech-heard", stream="meeting", version=3, upcasters=(name_the_speaker, texts_by_language)
    )(SpeechHeard)


V1 = b'{"meeting":"lakes-1","speaker":null,"text":null}'
V1_PRIVATE = b'{"/speaker":"A. N. Other","/text":"Hear, hear."}'
V2 = b'{"meeting":"lakes-1","person":null,"text":null}'


@pytest.mark.usefixtures("speech")
def test_an_old_event_is_read_one_step_a_version() -> None:
    """Version 1 goes through both steps, in order, each on the plain JSON of its own version."""
    read = decode("speech-heard", 1, V1, V1_PRIVATE)
    first, second = SEEN
    assert first == {"meeting": "lakes-1", "speaker": "A. N. Other", "text": "Hear, hear."}
    assert second == {"meeting": "lakes-1", "person": "A. N. Other", "text": "Hear, hear."}
    assert read == SpeechHeard(
        meeting="lakes-1", person=Person(name="A. N. Other"), texts={"en": "Hear, hear."}
    )


@pytest.mark.usefixtures("speech")
def test_an_erased_old_event_is_read_as_erased() -> None:
    """What was erased under an old version reads `erased` in the fields of the present one."""
    read = decode("speech-heard", 1, V1, None, missing=ERASED)
    assert SEEN[0] == {"meeting": "lakes-1", "speaker": ERASED, "text": ERASED}
    assert read == SpeechHeard(meeting="lakes-1", person=Person(name=ERASED), texts={"en": ERASED})


@pytest.mark.usefixtures("speech")
def test_an_event_enters_its_history_at_its_own_version() -> None:
    """Version 2 takes the second step alone, and the present version takes none."""
    event = decode("speech-heard", 2, V2, b'{"/person":"A. N. Other","/text":"No."}')
    assert [sorted(data) for data in SEEN] == [["meeting", "person", "text"]]
    stored = encode(event)
    assert stored.schema_version == 3
    SEEN.clear()
    assert decode(stored.type, 3, stored.body, stored.private) == event
    assert SEEN == []


@pytest.mark.usefixtures("speech")
@pytest.mark.parametrize("version", [4, 0, -1])
def test_a_version_that_this_program_does_not_know_is_refused(version: int) -> None:
    """Versions run from 1 to the present one; a newer program's events are not guessed at."""
    with pytest.raises(UnreadableEvent) as error:
        decode("speech-heard", version, b'{"meeting":"lakes-1"}', None)
    assert (error.value.type, error.value.schema_version) == ("speech-heard", version)
    assert SEEN == []


@pytest.mark.usefixtures("speech")
def test_a_replacement_is_read_by_its_own_history() -> None:
    """A correction that holds an old event holds its old form: that is read step by step too."""
    held = {"type": "speech-heard", "schema_version": 1, "event": json.loads(V1)}
    target = "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10"
    body = json.dumps({"target": target, "replacement": held}).encode()
    private = (
        b'{"/replacement/event/speaker":"A. N. Other","/replacement/event/text":"Hear, hear."}'
    )
    read = decode("event-corrected", 1, body, private)
    assert read.replacement == decode("speech-heard", 1, V1, V1_PRIVATE)
    erased = decode("event-corrected", 1, body, None, missing=ERASED)
    assert erased.replacement == decode("speech-heard", 1, V1, None, missing=ERASED)


@pytest.mark.usefixtures("speech")
@pytest.mark.parametrize("private", [None, b"{}"])
def test_a_replacement_that_its_history_cannot_read_is_refused(private: bytes | None) -> None:
    """An old form without what its upcaster counts on is unreadable, and no other error."""
    held = {"type": "speech-heard", "schema_version": 1, "event": {"meeting": "lakes-1"}}
    target = "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10"
    body = json.dumps({"target": target, "replacement": held}).encode()
    with pytest.raises(UnreadableEvent, match="speaker"):
        decode("event-corrected", 1, body, private)

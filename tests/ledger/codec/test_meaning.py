"""The types of an event's fields say whose names they hold and what can be erased."""

from typing import Annotated

import pytest
from pydantic import BaseModel, PlainSerializer, field_serializer, model_serializer

from ledger.codec.meaning import PRIVATE, meaning_of, subjects_in
from ledger.events import Event, EventCorrected, Person, Source, StatementDelivered
from ledger.events.base import (
    Language,
    Model,
    PartyId,
    PrivateText,
    PrivateTexts,
    Subject,
    Text,
)
from ledger.events.editorial import WholeEvent


class Inner(Model):
    """A model inside an event."""

    party: PartyId
    name: PrivateText | None = None


class Outer(Event):
    """An event with something of everything."""

    one: PartyId
    maybe: PartyId | None = None
    many: tuple[PartyId, ...] = ()
    secret: PrivateText | None = None
    secrets: PrivateTexts | None = None
    inner: Inner | None = None
    held: WholeEvent | None = None
    plain: Text | None = None


def test_every_mark_is_found() -> None:
    """Identifiers, private texts, held events and models inside are found, optional or not."""
    meaning = meaning_of(Outer)
    assert meaning.identifiers == {"one": "party", "maybe": "party", "many": "party"}
    assert meaning.single == ("one", "maybe")
    assert meaning.private == {"secret", "secrets"}
    assert meaning.events == {"held"}
    assert meaning.nested.keys() == {"inner", "source"}
    assert meaning.nested["inner"].identifiers == {"party": "party"}
    assert meaning.nested["inner"].private == {"name"}


def test_the_vocabulary_means_what_it_says() -> None:
    """A statement names its parties and instruments; persons, quotes and summaries are private."""
    meaning = meaning_of(StatementDelivered)
    assert meaning.identifiers == {
        "group": "group",
        "meeting": "meeting",
        "statement": "statement",
        "speaker": "party",
        "on_behalf_of": "party",
        "cites": "instrument",
    }
    assert meaning.private == {"summaries"}
    assert meaning.nested["person"].private == {"name", "title"}
    assert meaning.nested["source"].private == {"quote"}
    assert meaning_of(EventCorrected).events == {"replacement"}


def test_subjects_are_named_by_kind() -> None:
    """Each identifier is a subject of its kind, however deep, one by one from a list."""
    data = {
        "one": "pk",
        "many": ["ke", "az"],
        "inner": {"party": "dj"},
        "plain": "my",
        "source": {"document": "note-17"},
    }
    found = sorted(subjects_in(data, meaning_of(Outer)))
    assert found == ["document:note-17", "party:az", "party:dj", "party:ke", "party:pk"]


class About(Event):
    """An event about a group or a meeting."""

    about: Subject


def test_a_whole_subject_is_its_own_name() -> None:
    """An identifier that names its kind itself is not given another."""
    assert list(subjects_in({"about": "group:lakes"}, meaning_of(About))) == ["group:lakes"]


class _ListOfPersons(Event):
    persons: tuple[Person, ...] = ()


class _ListOfSources(Event):
    sources: list[Source]


class _ListOfTexts(Event):
    texts: tuple[PrivateText, ...] = ()


class _ListOfMappings(Event):
    texts: tuple[PrivateTexts, ...] = ()


class _TextsOneByOne(Event):
    texts: dict[Language, PrivateText]


class _PersonsByLanguage(Event):
    persons: dict[Language, Person]


class _ListOfEvents(Event):
    held: tuple[WholeEvent, ...] = ()


class _PrivateNumber(Event):
    age: Annotated[int, PRIVATE] = 0


class _PrivateByNumber(Event):
    texts: Annotated[dict[int, str], PRIVATE] = {}  # noqa: RUF012 - pydantic copies a default


class _PrivateInOtherWords(Event):
    words: Annotated[str, PlainSerializer(str.upper), PRIVATE]


class _PersonInOtherWords(Event):
    person: Annotated[Person, PlainSerializer(str)]


class _PersonOrSource(Event):
    said_by: Person | Source


class _PersonOrText(Event):
    said_by: Person | str


class _Shouting(Event):
    words: PrivateText

    @field_serializer("words")
    def _shout(self, words: str) -> str:
        return words.upper()


class _Terse(Event):
    words: PrivateText

    @model_serializer
    def _drop_all(self) -> dict[str, str]:
        return {}


@pytest.mark.parametrize(
    "model",
    [
        _ListOfPersons,
        _ListOfSources,
        _ListOfTexts,
        _ListOfMappings,
        _TextsOneByOne,
        _PersonsByLanguage,
        _ListOfEvents,
        _PrivateNumber,
        _PrivateByNumber,
        _PrivateInOtherWords,
        _PersonInOtherWords,
        _PersonOrSource,
        _PersonOrText,
        _Shouting,
        _Terse,
    ],
)
def test_what_could_not_be_erased_is_refused(model: type[BaseModel]) -> None:
    """A private text where it would stay in the body, never to be erased, is refused at import."""
    with pytest.raises(TypeError, match=model.__name__):
        meaning_of(model)


class _Nullable(Event):
    words: Text | None


class _NullableWithDefault(Event):
    words: Text | None = "none"


@pytest.mark.parametrize("model", [_Nullable, _NullableWithDefault])
def test_a_null_that_is_no_private_text_is_refused(model: type[BaseModel]) -> None:
    """None may only be a default: any other would be written as null, and be taken for erased."""
    with pytest.raises(TypeError, match=model.__name__):
        meaning_of(model)


class _Pair(Model):
    number: int


class _WithPairs(Event):
    pairs: tuple[_Pair, ...] = ()


def test_a_list_of_plain_models_is_allowed() -> None:
    """Models without identifiers and private texts may stand in a list."""
    assert meaning_of(_WithPairs).nested.keys() == {"source"}

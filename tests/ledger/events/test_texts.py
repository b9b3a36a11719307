"""Texts are kept as a person wrote them, in one spelling of each character."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.events import Event, MeetingConvened, PartyRegistered, Person, Source
from ledger.testing import events


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Tu\u0308rkiye", "T\u00fcrkiye"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("\u212b", "\u00c5"),
        ("باكستا\u0654ن", "باكست\u0623ن"),
        ("  New York\n", "New York"),
        ("\u202b\u0648\u0641\u062f\u202c", "\u202b\u0648\u0641\u062f\u202c"),
        ("a\u2067b\u2069", "a\u2067b\u2069"),
        ("\U0001f1f0\U0001f1ea", "\U0001f1f0\U0001f1ea"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_text_is_nfc_and_otherwise_untouched(given: str, kept: str) -> None:
    """Marks join their letters and space around goes; controls of direction and emoji stay."""
    event = MeetingConvened(
        meeting="lakes-1", place=given, source=Source(document="d", quote=given)
    )
    assert event.place == kept
    assert event.source is not None
    assert event.source.quote == kept
    assert Person(name=given).name == kept
    assert PartyRegistered(party="ke", names={"en": given}).names == {"en": kept}


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0\u2003"])
def test_an_empty_text_is_refused(text: str) -> None:
    """A text says something, or is left out."""
    with pytest.raises(ValidationError):
        MeetingConvened(meeting="lakes-1", place=text)
    with pytest.raises(ValidationError):
        PartyRegistered(party="ke", names={"en": text})


def test_a_text_of_a_document_is_refused() -> None:
    """Twenty thousand characters are the most that one field takes."""
    assert MeetingConvened(meeting="lakes-1", place="x" * 20_000).place
    with pytest.raises(ValidationError):
        MeetingConvened(meeting="lakes-1", place="x" * 20_001)


def test_a_lone_surrogate_is_refused() -> None:
    """What UTF-8 cannot write is no text."""
    with pytest.raises(ValidationError):
        MeetingConvened(meeting="lakes-1", place="\ud800")


@given(st.text())
def test_giving_a_kept_text_again_changes_nothing(text: str) -> None:
    """Whatever is taken is kept in a form that is taken as it is."""
    try:
        kept = Person(name=text).name
    except ValidationError:
        return
    assert unicodedata.is_normalized("NFC", kept)
    assert Person(name=kept).name == kept


@given(events())
def test_an_event_given_again_is_the_same(event: Event) -> None:
    """An event's own JSON makes the same event: nothing is changed the second time."""
    assert type(event).model_validate_json(event.model_dump_json()) == event

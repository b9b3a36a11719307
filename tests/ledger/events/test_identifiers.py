"""Identifiers are names that a file, an address and a reader can carry without harm."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.events import (
    BallotId,
    CommitmentId,
    DocumentId,
    EventId,
    GroupId,
    InstrumentId,
    Language,
    MeetingId,
    PartyId,
    PassageId,
    PositionId,
    StatementId,
)
from ledger.events.base import Edition, Subject

NAMES = {
    "group": GroupId,
    "meeting": MeetingId,
    "party": PartyId,
    "statement": StatementId,
    "position": PositionId,
    "instrument": InstrumentId,
    "document": DocumentId,
    "passage": PassageId,
    "ballot": BallotId,
    "commitment": CommitmentId,
}

every_kind = pytest.mark.parametrize("kind", NAMES)


def read(alias: Any, text: str) -> str:
    """Read a text as a type of the vocabulary."""
    found: str = TypeAdapter(alias).validate_python(text)
    return found


@every_kind
@pytest.mark.parametrize("text", ["pk", "7", "oic-cg-azerbaijan-1.members_withdrawal", "a" * 100])
def test_an_identifier_is_lower_case_letters_digits_and_joints(kind: str, text: str) -> None:
    """Lower-case ASCII letters and digits, joined by dots, dashes and underscores, are taken."""
    assert read(NAMES[kind], text) == text


@every_kind
@pytest.mark.parametrize(
    "text",
    [
        "",
        "PK",
        "pk ",
        " pk",
        "pk\n",
        "p k",
        "-pk",
        "pk-",
        ".pk",
        "pk.",
        "a/b",
        "party:pk",
        "a~b",
        "türkiye",
        "باكستان",
        "\u0661",
        "p\u200fk",
        "a" * 101,
    ],
)
def test_what_is_no_identifier_is_refused(kind: str, text: str) -> None:
    """Spaces, capitals, other scripts, hidden marks, slashes, colons, loose ends: all refused."""
    with pytest.raises(ValidationError):
        read(NAMES[kind], text)


def test_an_event_id_is_a_uuid_in_lower_case() -> None:
    """An event has one spelling of its id."""
    text = "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10"
    assert read(EventId, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "5F0C8F3E-3C43-5B5E-9D57-0A3D7C1C2F10",
        "5f0c8f3e3c435b5e9d570a3d7c1c2f10",
        "{5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10}",
        "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f1",
        "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10\n",
        "42",
        "",
    ],
)
def test_another_spelling_of_an_event_id_is_refused(text: str) -> None:
    """Capitals, braces, missing dashes and positions are no event ids."""
    with pytest.raises(ValidationError):
        read(EventId, text)


@pytest.mark.parametrize("text", ["meeting:oic-cg-azerbaijan-1", "group:lakes"])
def test_a_subject_is_a_meeting_or_a_group(text: str) -> None:
    """What a transcription is about is named with its kind."""
    assert read(Subject, text) == text


@pytest.mark.parametrize("text", ["party:pk", "lakes", "meeting:", "meeting: lakes-1", "group:A"])
def test_no_other_subject_is_taken(text: str) -> None:
    """A party, a bare name, an empty one and a bad one are refused."""
    with pytest.raises(ValidationError):
        read(Subject, text)


@pytest.mark.parametrize("text", ["ar", "en", "und", "fr-CA", "zh-Hant-TW"])
def test_a_language_is_a_bcp_47_tag(text: str) -> None:
    """A language is two or three letters, and subtags where they matter."""
    assert read(Language, text) == text


@pytest.mark.parametrize("text", ["", "Arabic", "EN", "en_GB", "en-", "e", "en/x", "en~"])
def test_what_is_no_language_is_refused(text: str) -> None:
    """Names of languages, capitals and underscores are refused, and so is what a pointer needs."""
    with pytest.raises(ValidationError):
        read(Language, text)


@pytest.mark.parametrize("text", ["unmarked", "draft", "Rev.1", "2nd reading"])
def test_an_edition_is_what_the_version_says(text: str) -> None:
    """The words by which a version names its state are kept as they are."""
    assert read(Edition, text) == text


@pytest.mark.parametrize("text", ["", " draft", "draft/2", "مسودة", "x" * 41])
def test_what_is_no_edition_is_refused(text: str) -> None:
    """A slash would tear a citation apart, and a long text is no edition."""
    with pytest.raises(ValidationError):
        read(Edition, text)

"""A source is a version of a document and a place in it."""

import pytest
from pydantic import ValidationError

from ledger.codec.stored import decode, encode
from ledger.events import MeetingCancelled, Source

REPORT = Source(document="lakes-2026-report", language="en", edition="draft")


def test_at_names_a_place_in_the_same_version() -> None:
    """`at` gives the same version at a paragraph, and leaves the first as it was."""
    third = REPORT.at("¶3", "in so many words")
    assert third == Source(
        document="lakes-2026-report",
        language="en",
        edition="draft",
        paragraph="¶3",
        quote="in so many words",
    )
    assert REPORT.paragraph is None


def test_at_brings_no_quote_from_another_place() -> None:
    """A quotation belongs to its paragraph, and does not move to the next one."""
    assert REPORT.at(3, "in so many words").at(4).quote is None


def test_at_refuses_what_is_no_paragraph() -> None:
    """The place is checked as it is in a source that is built at once."""
    with pytest.raises(ValidationError):
        REPORT.at("")
    with pytest.raises(ValidationError):
        REPORT.at(3, " ")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (3, "¶3"),
        ("3", "¶3"),
        ("12", "¶12"),
        (" 3 ", "¶3"),
        ("¶3", "¶3"),
        ("OP3", "OP3"),
        ("PP2", "PP2"),
        ("annex, table 2", "annex, table 2"),
        ("-3", "-3"),
        ("\u0663", "\u0663"),
    ],
)
def test_a_bare_number_is_a_numbered_paragraph(given: str | int, read: str) -> None:
    """A number alone, however it is written, is a paragraph's; any other name stays as it is."""
    assert REPORT.at(given).paragraph == read


@pytest.mark.parametrize("given", [True, 3.0, ["3"]])
def test_a_paragraph_is_a_text_or_a_whole_number(given: object) -> None:
    """Nothing else names a paragraph."""
    with pytest.raises(ValidationError):
        Source.model_validate({"document": "note-17", "paragraph": given})


@pytest.mark.parametrize("given", [3, "3", " 3 ", "\t3", "¶ 3", "٣"])
def test_a_paragraph_reads_back(given: str | int) -> None:
    """However a paragraph was given, it is stored and read as one name."""
    event = MeetingCancelled(meeting="lakes-1", source=REPORT.at(given))
    stored = encode(event)
    assert decode(stored.type, stored.schema_version, stored.body, stored.private) == event


def test_a_citation_names_version_and_place() -> None:
    """A citation reads document, language, edition and paragraph."""
    assert REPORT.version == "lakes-2026-report/en/draft"
    assert REPORT.citation == "lakes-2026-report/en/draft"
    assert REPORT.at(3).citation == "lakes-2026-report/en/draft#¶3"


def test_what_a_version_does_not_say_of_itself_is_said_so() -> None:
    """Without more, a version is of an undetermined language and unmarked."""
    assert Source(document="note-17").citation == "note-17/und/unmarked"

from datetime import date

from ledger.events import (
    CorrigendumIssued,
    DocumentRegistered,
    DocumentTransmitted,
    LanguageVersionRegistered,
    TranscriptionCompleted,
)
from ledger.times import Span
from projections.documents import Documents
from tests.projections.folding import EN, NOTE, only, told, worded

REGISTERED = DocumentRegistered(
    document="r1", kind="report", titles={"en": "Report"}, meeting="m1", valid="2026-03-12"
)
ARABIC = LanguageVersionRegistered(document="r1", language="ar", paragraphs=9)
DRAFT = LanguageVersionRegistered(document="r1", language="en", edition="draft", paragraphs=10)


def test_each_version_has_a_row_with_what_is_said_of_the_document() -> None:
    """Two versions of a report are two rows that share its kind, its meeting and its date."""
    arabic, draft = told(Documents, REGISTERED, ARABIC, DRAFT)
    assert [(row.language, row.edition) for row in (arabic, draft)] == [
        ("ar", "unmarked"),
        ("en", "draft"),
    ]
    assert [row.paragraphs for row in (arabic, draft)] == [9, 10]
    for row in (arabic, draft):
        assert (row.kind, row.meeting, row.distribution) == ("report", "m1", "general")
        assert worded(row.titles) == {"en": ("Report",)}
        assert row.span == Span(date(2026, 3, 12), date(2026, 3, 12))
        assert not row.divergent


def test_a_version_says_of_what_it_has_been_entered_completely() -> None:
    """Completeness, transmissions and corrigenda stand with the version that they concern."""
    arabic, draft = told(
        Documents,
        REGISTERED,
        ARABIC,
        DRAFT,
        TranscriptionCompleted(
            document="r1", language="ar", about="meeting:m1", scope=("attendance", "positions")
        ),
        DocumentTransmitted(document="r1", to="Lakes Conference", source=EN),
        CorrigendumIssued(document="r1", symbol="R/1/Corr.1", languages=("en",), source=NOTE),
    )
    assert arabic.complete_for == ("meeting:m1 attendance", "meeting:m1 positions")
    assert draft.complete_for == ()
    assert arabic.transmitted_to == draft.transmitted_to == ("Lakes Conference",)
    assert (arabic.corrigenda, draft.corrigenda) == ((), ("R/1/Corr.1",))
    assert draft.because == ("a", "c", "e", "f")


def test_a_corrigendum_that_names_no_language_concerns_every_version() -> None:
    """It is named by its identifier, or its symbol, or the document that speaks."""
    rows = told(
        Documents,
        ARABIC,
        DRAFT,
        CorrigendumIssued(document="r1", corrigendum="r1-corr-1", source=NOTE),
        CorrigendumIssued(document="r1", source=NOTE),
    )
    assert [row.corrigenda for row in rows] == [("note", "r1-corr-1")] * 2


def test_a_document_without_a_version_at_hand_is_a_row() -> None:
    """What is known to exist is listed, though nobody has read a version of it."""
    row = only(Documents, REGISTERED)
    assert (row.language, row.edition, row.kind) == (None, None, "report")


def test_two_hashes_of_one_version_are_two_rows_marked_divergent() -> None:
    """Two files that both say they are the Arabic version are put beside each other."""
    other = ARABIC.model_copy(update={"sha256": "b" * 64})
    rows = told(Documents, ARABIC.model_copy(update={"sha256": "a" * 64}), other, DRAFT)
    assert [(row.language, row.divergent) for row in rows] == [
        ("ar", True),
        ("ar", True),
        ("en", False),
    ]


def test_a_version_has_its_own_date_where_it_states_one() -> None:
    """A final version dated later than the report stands on its own day."""
    final = DRAFT.model_copy(update={"edition": "final", "valid": "2026-05-02"})
    draft, later = told(Documents, REGISTERED, DRAFT, final)
    assert (draft.span.began_latest, later.span.began_latest) == (
        date(2026, 3, 12),
        date(2026, 5, 2),
    )

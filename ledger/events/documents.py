"""Documents: works, their language versions and editions, and what has been read of them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from ledger.codec.declare import declare
from ledger.events.base import (
    DocumentId,
    Edition,
    Event,
    GroupId,
    Language,
    MeetingId,
    Model,
    Paragraph,
    PartyId,
    PassageId,
    PrivateTexts,
    Subject,
    Text,
    Texts,
)

Distribution: TypeAlias = Literal["general", "limited", "restricted"]
"""Who may read a document, from everybody to few."""


@declare("document-registered", stream="document")
class DocumentRegistered(Event):
    """A document, in whatever language, gets an identifier. `valid` is the date it bears.

    In a record file:

        event: document-registered
        document: oic-cg-azerbaijan-1-report
        kind: report
        titles: {en: Report of the First Meeting}
        group: oic-cg-azerbaijan
        meeting: oic-cg-azerbaijan-1
        valid: 2016-09-19
    """

    document: DocumentId
    """The identifier of the work; its versions are (document, language, edition)."""
    kind: Literal["report", "communique", "declaration", "note", "press", "other"] = "other"
    """What sort of document it is."""
    titles: Texts = {}
    """Its title, by language."""
    group: GroupId | None = None
    """The group that it comes from or speaks of."""
    meeting: MeetingId | None = None
    """The meeting that it reports on."""
    distribution: Distribution = "general"
    """Who may read it."""


class _VersionEvent(Event):
    """What names a version of a document."""

    document: DocumentId
    """The document."""
    language: Language = "und"
    """The language of the version."""
    edition: Edition = "unmarked"
    """What the version says of its own state."""


@declare(
    "language-version-registered", stream="document", identity=("document", "language", "edition")
)
class LanguageVersionRegistered(_VersionEvent):
    """A version of a document is at hand.

    In a record file:

        event: language-version-registered
        document: oic-cg-azerbaijan-1-report
        language: en
        edition: draft
        sha256: ee3c31286cb9e05def1047ecbc47ea6dbc2b7e1c7ef2c141713dc7af00510919
        paragraphs: 10
    """

    authority: Literal["original", "authentic", "translation", "not-stated"] = "not-stated"
    """Its standing among the versions."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of the file, in hexadecimal."""
    paragraphs: Annotated[int, Field(ge=1)] | None = None
    """How many paragraphs it has, as this record counts them."""


@declare(
    "transcription-completed",
    stream="document",
    identity=("document", "language", "edition", "about"),
)
class TranscriptionCompleted(_VersionEvent):
    """All that a version says of something has been entered: from now on its silence means silence.

    In a record file:

        event: transcription-completed
        document: oic-cg-azerbaijan-1-report
        language: en
        edition: draft
        about: meeting:oic-cg-azerbaijan-1
        scope: [attendance, statements, positions]
    """

    about: Subject
    """A meeting (`meeting:…`) or a group (`group:…`)."""
    scope: Annotated[
        tuple[Literal["attendance", "statements", "positions", "membership"], ...],
        Field(min_length=1),
    ]
    """Of what kinds of fact everything has been entered."""


@declare("document-transmitted", stream="document")
class DocumentTransmitted(Event):
    """A document was submitted or sent to somebody, on `valid`.

    In a record file:

        event: document-transmitted
        paragraph: 9
        document: oic-cg-azerbaijan-1-report
        to: Annual Coordination Meeting
        purpose: for its consideration
    """

    document: DocumentId
    """What was sent."""
    to: Text
    """To whom: a body, an office, a meeting."""
    party: PartyId | None = None
    """The same, where it is a party of this record."""
    purpose: Text | None = None
    """What for."""


class Place(Model):
    """Where a passage stands in one version of a document."""

    language: Language = "und"
    """The language of the version."""
    edition: Edition = "unmarked"
    """What the version says of its own state."""
    paragraph: Paragraph
    """The paragraph there."""


@declare("passages-aligned", stream="document", identity=("document", "passage"))
class PassagesAligned(Event):
    """Passages of several versions of a document are the same passage, whether or not they agree.

    A version that is not among the places has no such passage, if it has been entered completely.

    In a record file:

        event: passages-aligned
        document: oic-cg-azerbaijan-1-report
        passage: hope
        places:
          - {language: ar, paragraph: 8}
          - {language: en, edition: draft, paragraph: 9}
        relation: same
    """

    document: DocumentId
    """The document."""
    passage: PassageId
    """The passage, in whatever version: a word that tells it from the document's others."""
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    """Where it stands, one place a version."""
    relation: Literal["same", "differs", "only-here", "not-stated"] = "not-stated"
    """Whether the versions say the same, or something else, or one alone has it."""
    kind: Literal["omission", "addition", "strength", "term", "name", "figure", "not-stated"] = (
        "not-stated"
    )
    """In what they differ: `strength` is a stronger or weaker word, `term` another word."""
    summaries: PrivateTexts = {}
    """In what they differ, in the recorder's words, by language."""


@declare("corrigendum-issued", stream="document", identity=("document", "corrigendum"))
class CorrigendumIssued(Event):
    """A corrigendum says that the text of a document was wrong. A revision is another thing.

    What it corrects in the record is corrected there by `event-corrected`, which names it as its
    source.

    In a record file:

        event: corrigendum-issued
        document: lakes-1-report
        corrigendum: lakes-1-report-corr-1
        symbol: LAKES/1/REPORT/Corr.1
        languages: [en]
        paragraphs: [4, 7]
        summaries: {en: The list of delegations lacked Uganda.}
        valid: 2026-05-02
    """

    document: DocumentId
    """The document that is corrected."""
    corrigendum: DocumentId | None = None
    """The document that corrects it."""
    symbol: Text | None = None
    """How the corrigendum is cited."""
    languages: tuple[Language, ...] = ()
    """The language versions that it corrects; empty where it does not say."""
    paragraphs: tuple[Paragraph, ...] = ()
    """The paragraphs that it corrects."""
    summaries: PrivateTexts = {}
    """What it corrects, in the recorder's words, by language."""

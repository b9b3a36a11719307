"""Transcriptions: of what everything that a version says has been entered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.events import TranscriptionCompleted
from ledger.projection import Fact, Key, Projection, Row, because
from ledger.times import Span, Window


class TranscriptionRow(Row, key=("about", "scope", "document", "language", "edition")):
    """A version whose silence counts: all that it says of a kind of fact has been entered."""

    about: str
    """The meeting or the group: `meeting:…`, `group:…`."""
    scope: str
    """The kind of fact: attendance, statements, positions, membership."""
    document: str
    """The document."""
    language: str
    """The language of the version."""
    edition: str
    """What the version says of its own state."""

    @property
    def version(self) -> str:
        """The version, as citations name it: `document/language/edition`."""
        return f"{self.document}/{self.language}/{self.edition}"


class Transcriptions(Projection[TranscriptionRow, TranscriptionCompleted]):
    """Of what everything that a version says has been entered, so that its silence counts."""

    name = "transcriptions"
    version = 1
    row = TranscriptionRow
    handles = (TranscriptionCompleted,)

    def key(self, event: TranscriptionCompleted) -> Iterator[Key]:
        """A row is about one kind of fact about one meeting or group, in one version."""
        for scope in event.scope:
            yield event.about, scope, event.document, event.language, event.edition

    def fold(
        self, key: Key, facts: Sequence[Fact[TranscriptionCompleted]]
    ) -> Iterator[TranscriptionRow]:
        """Take one completion for as good as several."""
        if facts:
            about, scope, document, language, edition = key
            yield TranscriptionRow(
                about=about,
                scope=scope,
                document=document,
                language=language,
                edition=edition,
                span=Span.happened(Window(None, None)),
                because=because(facts),
            )

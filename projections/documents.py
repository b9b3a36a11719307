"""Documents: which versions of each there are, and what has been entered from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from ledger.events import (
    CorrigendumIssued,
    DocumentRegistered,
    DocumentTransmitted,
    LanguageVersionRegistered,
    TranscriptionCompleted,
)
from ledger.projection import (
    Claim,
    Fact,
    Key,
    Projection,
    Row,
    Words,
    agree,
    attested_by,
    because,
    stated,
    words,
)
from ledger.times import UNKNOWN, Span, Window

Handled: TypeAlias = (
    DocumentRegistered
    | LanguageVersionRegistered
    | TranscriptionCompleted
    | DocumentTransmitted
    | CorrigendumIssued
)


class DocumentRow(Row, key=("document",)):
    """A version of a document."""

    document: str
    """The document, in whatever language."""
    language: str | None
    """The language of the version; None where no version of the document is at hand."""
    edition: str | None
    """What the version says of its own state: `draft`, `final`, `unmarked` …"""
    kind: str | None
    """What sort of document it is; None where it was not registered."""
    titles: Words
    """Its title, by language."""
    group: str | None
    """The group that it comes from or speaks of."""
    meeting: str | None
    """The meeting that it reports on."""
    distribution: str | None
    """Who may read it: `general`, `limited`, `restricted`."""
    authority: str | None
    """The version's standing: `original`, `authentic`, `translation`; None where nobody says."""
    sha256: str | None
    """The hash of the version's file."""
    paragraphs: int | None
    """How many paragraphs the version has, as this record counts them."""
    complete_for: tuple[str, ...]
    """Of what all that the version says has been entered: `meeting:lakes-1 attendance`."""
    transmitted_to: tuple[str, ...]
    """To whom the document was sent."""
    corrigenda: tuple[str, ...]
    """What corrects the version: the corrigendum's identifier or symbol, or what speaks."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: Handled) -> dict[str, Any]:
    if isinstance(event, DocumentRegistered):
        names: tuple[str, ...] = ("kind", "group", "meeting", "distribution")
    elif isinstance(event, LanguageVersionRegistered):
        names = ("authority", "sha256", "paragraphs")
    else:
        names = ()
    return {name: stated(getattr(event, name)) for name in names}


class Documents(Projection[DocumentRow, Handled]):
    """Which versions of each document there are, and what has been entered from them."""

    name = "documents"
    version = 1
    row = DocumentRow
    handles = (
        DocumentRegistered,
        LanguageVersionRegistered,
        TranscriptionCompleted,
        DocumentTransmitted,
        CorrigendumIssued,
    )

    def key(self, event: Handled) -> Iterator[Key]:
        """A row is about a document: what is said of the document is said of each version."""
        yield (event.document,)

    def fold(self, key: Key, facts: Sequence[Fact[Handled]]) -> Iterator[DocumentRow]:
        """Put every account of the document beside every account of each version."""
        registered = agree([f for f in facts if isinstance(f.event, DocumentRegistered)], _stated)
        versions: set[tuple[str | None, str | None]] = {
            (f.event.language, f.event.edition)
            for f in facts
            if isinstance(f.event, LanguageVersionRegistered | TranscriptionCompleted)
        }
        if facts and not versions:
            versions.add((None, None))
        for language, edition in sorted(versions, key=str):
            of_it = [f for f in facts if _concerns(f.event, language, edition)]
            at_hand = agree(
                [f for f in of_it if isinstance(f.event, LanguageVersionRegistered)], _stated
            )
            others = [f for f in of_it if not isinstance(f.event, LanguageVersionRegistered)]
            nobody: list[Claim[Handled] | None] = [None]
            for work, version in product(registered or nobody, at_hand or nobody):
                told = [*(f for claim in (work, version) if claim for f in claim.facts), *others]
                said = {**(work.values if work else {}), **(version.values if version else {})}
                yield DocumentRow(
                    document=key[0],
                    language=language,
                    edition=edition,
                    kind=said.get("kind"),
                    titles=words(
                        told, lambda e: e.titles if isinstance(e, DocumentRegistered) else {}
                    ),
                    group=said.get("group"),
                    meeting=said.get("meeting"),
                    distribution=said.get("distribution"),
                    authority=said.get("authority"),
                    sha256=said.get("sha256"),
                    paragraphs=said.get("paragraphs"),
                    complete_for=_gathered(others, _complete_for),
                    transmitted_to=_gathered(others, _transmitted_to),
                    corrigenda=_gathered(others, _corrigenda),
                    divergent=len(registered) > 1 or len(at_hand) > 1,
                    attested_by=attested_by(told),
                    span=Span.happened(_dated(work, version)),
                    because=because(told),
                )


def _concerns(event: Handled, language: str | None, edition: str | None) -> bool:
    """Whether what is said of a document's versions is said of this one."""
    match event:
        case LanguageVersionRegistered() | TranscriptionCompleted():
            return (event.language, event.edition) == (language, edition)
        case CorrigendumIssued():
            return not event.languages or language is None or language in event.languages
        case DocumentTransmitted():
            return True
        case DocumentRegistered():
            return False


def _dated(work: Claim[Handled] | None, version: Claim[Handled] | None) -> Window:
    """Return the date of the version, or of the document where the version has none."""
    for claim in (version, work):
        if claim is not None and claim.window != UNKNOWN.window:
            return claim.window
    return UNKNOWN.window


def _gathered(
    facts: Sequence[Fact[Handled]], said: Callable[[Handled], Iterator[str]]
) -> tuple[str, ...]:
    return tuple(sorted({text for fact in facts for text in said(fact.event)}))


def _complete_for(event: Handled) -> Iterator[str]:
    if isinstance(event, TranscriptionCompleted):
        for scope in event.scope:
            yield f"{event.about} {scope}"


def _transmitted_to(event: Handled) -> Iterator[str]:
    if isinstance(event, DocumentTransmitted):
        yield event.to


def _corrigenda(event: Handled) -> Iterator[str]:
    if isinstance(event, CorrigendumIssued) and (named := _named(event)):
        yield named


def _named(event: CorrigendumIssued) -> str | None:
    speaker = event.source.document if event.source is not None else None
    return event.corrigendum or event.symbol or speaker

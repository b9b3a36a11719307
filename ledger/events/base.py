"""What every event has: a date in the world, a source, and typed names for what it speaks of.

An event is an assertion by a source: *document D, in language L, edition E, paragraph N, says F*.
Identifiers are texts to a type checker and to JSON; their alias (`PartyId`, `MeetingId` …) says
what they name, and the log's index of subjects follows from it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from ledger.codec.meaning import PRIVATE, Identifies
from ledger.times import UNKNOWN, When


def _normal(value: Any) -> Any:
    """Normalise text before its length is judged: some characters grow by it."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


# Both are asked of every event that is read, and mostly about days that others have too. What they
# remember is no secret: dates are never private.
@lru_cache(maxsize=4096)
def _date(text: str) -> str:
    return When.parse(text).text


@lru_cache(maxsize=4096)
def _single_day(text: str) -> str:
    if When.parse(text).is_interval:
        raise ValueError(
            f"{text!r} lasts from one day to another, and this falls on one day: write a day, or "
            "the window it falls in, as [2016-04-15..2016-09-19]"
        )
    return text


def _paragraph(value: Any) -> Any:
    """Let a bare number stand for a numbered paragraph: 3 is ¶3."""
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    else:
        return value
    return f"¶{text}" if text.isascii() and text.isdigit() else _normal(text)


_EVENT_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_event_id(text: str) -> bool:
    """Whether a text has the form of an event id, so that a directive can name it."""
    return _EVENT_ID.fullmatch(text) is not None


_IDENTIFIER: Final = StringConstraints(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=100)

_WORDS: Final = StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)

Text: TypeAlias = Annotated[str, _WORDS, BeforeValidator(_normal)]
"""Words as a person wrote them: not empty, Unicode NFC."""
Language: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)
]
"""A BCP 47 tag: `ar`, `en`, `fr`; `und` where nothing states the language."""
Edition: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=40)
]
"""`unmarked` unless the text says `draft`, `final`, `Rev.1` …"""
Paragraph: TypeAlias = Annotated[str, _WORDS, BeforeValidator(_paragraph)]
"""`¶3`, `OP3`, `PP2`; a bare number is a numbered paragraph."""
Date: TypeAlias = Annotated[str, AfterValidator(_date)]
"""A date in EDTF, perhaps imprecise: see `ledger.times.When`."""
OneDay: TypeAlias = Annotated[Date, AfterValidator(_single_day)]
"""The date of a beginning or an end: one day, perhaps not known exactly, never a duration."""
Texts: TypeAlias = dict[Language, Text]
"""Words by language."""
PrivateText: TypeAlias = Annotated[Text, PRIVATE]
"""Words that may have to be erased one day: a person's name or title, a quotation."""
PrivateTexts: TypeAlias = Annotated[dict[Language, Text], PRIVATE]
"""Erasable words by language."""

GroupId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("group")]
MeetingId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("meeting")]
PartyId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("party")]
StatementId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("statement")]
PositionId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("position")]
InstrumentId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("instrument")]
DocumentId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("document")]
PassageId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("passage")]
BallotId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("ballot")]
CommitmentId: TypeAlias = Annotated[str, _IDENTIFIER, Identifies("commitment")]
EventId: TypeAlias = Annotated[
    str, StringConstraints(pattern=f"^{_EVENT_ID.pattern}$"), Identifies("event")
]
"""A UUID, in small letters: the event that a directive acts on."""
FactId: TypeAlias = Annotated[
    str, StringConstraints(pattern=f"^{_EVENT_ID.pattern}$"), Identifies("fact")
]
"""The same, of an event that is spoken of and not acted on: `event:…` finds directives alone."""
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""The name of a code system: `iso-3166-1`."""
Subject: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^(group|meeting):[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=110),
    Identifies(None),
]
"""What a transcription is about: `meeting:…` or `group:…`."""

Office: TypeAlias = Annotated[str, _IDENTIFIER]
"""An office, in a word: `foreign-minister`, `secretary-general`."""
Level: TypeAlias = Literal["summit", "ministerial", "ambassadorial", "expert", "not-stated"]
"""Of a meeting or a delegation. `not-stated` is silence: it is no claim."""


class Model(BaseModel):
    """Base of everything inside an event: frozen, and a stranger's field is refused."""

    # Built when first used: a question that decodes no event need not wait for every model.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Source(Model):
    """Where something is said: a version of a document (document, language, edition), a paragraph.

    >>> Source(document="lakes-2026-report", language="en").at(3).citation
    'lakes-2026-report/en/unmarked#¶3'
    """

    document: DocumentId
    """The document that speaks, in whatever language."""
    language: Language = "und"
    """The language of the version that was read."""
    edition: Edition = "unmarked"
    """What the version says of its own state."""
    paragraph: Paragraph | None = None
    """Where in it."""
    quote: PrivateText | None = None
    """The words themselves, where they matter; kept in the erasable part."""

    def at(self, paragraph: str | int, quote: str | None = None) -> Source:
        """Return the same version at a paragraph."""
        return type(self).model_validate(
            {**self.model_dump(), "paragraph": paragraph, "quote": quote}
        )

    @property
    def version(self) -> str:
        """Name the version: `document/language/edition`."""
        return f"{self.document}/{self.language}/{self.edition}"

    @property
    def citation(self) -> str:
        """Name the version and the place in it: `document/language/edition#¶3`."""
        return f"{self.version}#{self.paragraph}" if self.paragraph else self.version


class Person(Model):
    """A person, as a document names one; erasable, while the office and the fact stay."""

    name: PrivateText
    """As written: `Elmar Mammadyarov`."""
    title: PrivateText | None = None
    """As written: `H. E. Mr.`"""


class Event(Model):
    """What a source asserts. Subclasses say what, and are declared under a stored name."""

    valid: Date | None = None
    """When it holds or happened in the world, in EDTF; absent where the source gives no date."""
    valid_as_written: Text | None = None
    """The source's own words for the date, where EDTF cannot carry them: `early April 2016`."""
    source: Source | None = None
    """Who says so, and where; absent for what the keepers of the record say themselves."""

    @property
    def when(self) -> When:
        """The date, parsed; `ledger.times.UNKNOWN` where none is given."""
        return When.parse(self.valid) if self.valid is not None else UNKNOWN

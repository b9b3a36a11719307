"""Words by language, and which versions of which documents use them.

Words are no claims: versions that word a thing differently do not contradict each other. Each
wording stands beside the others, with whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ledger.events import Event
from ledger.projection.contract import Fact

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say something, and who says it so."""

    text: str
    """The words."""
    versions: tuple[str, ...] = ()
    """The versions that use them, `document/language/edition`; none: the keepers' own words."""


class Words(Mapping[str, tuple[Wording, ...]]):
    """Words by language: one wording or several. It never changes, so that a row can hold it.

    >>> words = Words({"en": [Wording("calls upon", ("lakes-1-report/en/draft",))]})
    >>> words.texts("en"), words.texts("fr")
    (('calls upon',), ())
    """

    __slots__ = ("_items",)

    def __init__(self, words: Mapping[str, Iterable[Wording]] | None = None) -> None:
        self._items = {
            language: tuple(sorted(wordings, key=_by_version))
            for language, wordings in sorted((words or {}).items())
        }

    def __getitem__(self, language: str) -> tuple[Wording, ...]:
        return self._items[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return f"Words({self._items!r})"

    def texts(self, language: str) -> tuple[str, ...]:
        """Return the wordings in a language, whoever uses them; none if nobody has words in it."""
        return tuple(wording.text for wording in self._items.get(language, ()))

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the words as JSON: `{"en": [{"text": …, "versions": […]}]}`."""
        return {
            language: [{"text": said.text, "versions": list(said.versions)} for said in wordings]
            for language, wordings in self._items.items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Iterable[Mapping[str, Any]]]) -> Words:
        """Return the words that `as_json` wrote."""
        return cls(
            {
                language: [Wording(said["text"], tuple(said["versions"])) for said in wordings]
                for language, wordings in dict(stored).items()
            }
        )


def _by_version(wording: Wording) -> tuple[tuple[str, ...], str]:
    return wording.versions, wording.text


def spoken(facts: Iterable[Fact[E]], wording: Callable[[E], str | None]) -> Words:
    """Gather one wording of each fact, under the language of the version that says it."""

    def by_language(event: E) -> Mapping[str, str]:
        text = wording(event)
        language = event.source.language if event.source is not None else "und"
        return {} if text is None else {language: text}

    return words(facts, by_language)


def words(facts: Iterable[Fact[E]], texts: Callable[[E], Mapping[str, str]]) -> Words:
    """Gather the words of facts by language, each wording once, with the versions that use it."""
    gathered: dict[str, dict[str, set[str]]] = {}
    for fact in facts:
        for language, wording in texts(fact.event).items():
            versions = gathered.setdefault(language, {}).setdefault(wording, set())
            if fact.event.source is not None:
                versions.add(fact.event.source.version)
    return Words(
        {
            language: [Wording(text, tuple(sorted(versions))) for text, versions in said.items()]
            for language, said in gathered.items()
        }
    )

"""Concordance: what the versions of a document say beside each other, and where they part.

Omissions follow by themselves, once everything that a version says has been entered. Differences of
substance in the wording are an editor's notes (`passages-aligned`): no program can tell a stronger
word from a translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from ledger.projection import Beside, Query, Row, Weighed, Words, by_key
from ledger.projection.standing import versions

FACTS: Final[Mapping[str, str]] = {
    "meetings": "meeting",
    "attendance": "meeting",
    "statements": "meeting",
    "positions": "meeting",
    "commitments": "meeting",
    "groups": "group",
    "membership": "group",
}
"""View → the column by which the facts of a report are found."""
_WORDED: Final = ("as_written", "verb_as_written", "summaries", "names", "opened_by_person")
"""Columns of words, the most telling first."""


class ConcordanceRow(Row, key=("document", "subject")):
    """A fact, or an aligned passage, of a document: which version has it, and in which words."""

    document: str
    """The document."""
    subject: str
    """What is compared: a view and the key of its row, or a passage."""
    view: str
    """The view that has the fact: `attendance`, `positions` …; `passages` of a passage."""
    relation: Literal["same", "differs", "only-here"]
    """Whether the versions say the same, something else, or only some of them say it."""
    kind: str | None
    """In what they part: omission, value, or as an editor noted; None where nobody knows yet."""
    places: tuple[str, ...]
    """Where it stands: `document/language/edition#¶3`."""
    silent: tuple[str, ...]
    """The versions that do not have it, though everything in them has been entered."""
    wording: Words
    """In which words, by language of the version."""
    remarks: Words
    """In what they part, in an editor's words."""
    settled: str | None
    """Why an editor ruled as was done, if one did."""


class Concordance(Query[ConcordanceRow]):
    """What the versions of a document say beside each other, and where they part."""

    name = "concordance"
    row = ConcordanceRow

    def rows(self, beside: Beside, asked: Mapping[str, Any]) -> Iterator[ConcordanceRow]:
        """Compare the facts of each document's meeting and group, and its aligned passages."""
        chosen = {"document": asked["document"]} if asked.get("document") else {}
        documents: dict[str, list[Any]] = {}
        for row in beside.rows("documents", **chosen):
            documents.setdefault(row.document, []).append(row)
        for document, known in documents.items():
            for view, column in FACTS.items():
                named = sorted(
                    {name for row in known if (name := getattr(row, column)) is not None}
                )
                pairs = beside.joined(view, **{column: named})
                yield from _facts(document, view, pairs)
            yield from _passages(document, beside)


def _facts(document: str, view: str, pairs: Sequence[tuple[Any, Any]]) -> Iterator[ConcordanceRow]:
    weights = {id(row): one for row, one in pairs if isinstance(one, Weighed)}
    for key, rows in by_key(row for row, _ in pairs).items():
        said = [row for row in rows if _of(document, row.attested_by)]
        if not said:
            continue
        places = sorted({place for row in said for place in _of(document, row.attested_by)})
        weighed = [weights[id(row)] for row in said if id(row) in weights]
        silent = _silent(document, weighed, places)
        differs = any(row.divergent for row in said)
        alone = bool(silent) or len(versions(places)) == 1
        yield ConcordanceRow(
            document=document,
            subject=" · ".join((view, *key)),
            view=view,
            relation="differs" if differs else "only-here" if alone else "same",
            kind="value" if differs else "omission" if silent else None,
            places=tuple(places),
            silent=silent,
            wording=_wording(said),
            remarks=Words(),
            settled=next((why for one in weighed if (why := one.ruled_because) is not None), None),
            span=said[0].span,
            because=tuple(sorted({name for row in said for name in row.because})),
        )


def _passages(document: str, beside: Beside) -> Iterator[ConcordanceRow]:
    rows = beside.rows("passages", document=document)
    subjects = [f"passage:{document}/{row.passage}" for row in rows]
    ruled = {row.subject: row.reason for row in beside.rows("rulings", subject=subjects)}
    for row, subject in zip(rows, subjects, strict=True):
        alone = len(row.places) == 1
        yield ConcordanceRow(
            document=document,
            subject=f"passages · {row.passage}",
            view="passages",
            relation=row.relation or ("only-here" if alone else "same"),
            kind=row.kind,
            places=row.places,
            silent=(),
            wording=Words(),
            remarks=row.summaries,
            settled=ruled.get(subject),
            span=row.span,
            because=row.because,
        )


def _of(document: str, citations: Iterable[str]) -> list[str]:
    return [place for place in citations if place.partition("/")[0] == document]


def _silent(document: str, weighed: Sequence[Weighed], places: Sequence[str]) -> tuple[str, ...]:
    """Return the versions of the document that are silent of a fact, whichever account it is."""
    silent = {version for one in weighed for version in _of(document, one.silent)}
    return tuple(sorted(silent - versions(places)))


def _wording(rows: Sequence[Any]) -> Words:
    for name in _WORDED:
        for row in rows:
            words: Words | None = getattr(row, name, None)
            if words:
                return words
    return Words()

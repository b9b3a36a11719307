"""Given events, when folded, then rows: plain values, no database."""

from string import ascii_lowercase
from typing import Any, TypeVar

from ledger.events import Event, Source
from ledger.projection import Fact, Projection, Row, Words, in_order

R = TypeVar("R", bound=Row)

EN = Source(document="report", language="en").at(1)
AR = Source(document="report", language="ar").at(2)
NOTE = Source(document="note", language="en", edition="final").at(3)


def told(view: type[Projection[R, Any]], *events: Event) -> list[R]:
    """Fold events, named `a`, `b`, `c` … in the order given, to the rows of all their keys."""
    projection = view()
    facts = [Fact.of(event, name) for name, event in zip(ascii_lowercase, events, strict=False)]
    rows: list[R] = []
    for key in dict.fromkeys(key for event in events for key in projection.key(event)):
        assert not list(projection.fold(key, [])), "a key without facts has no rows"
        bearing = [fact for fact in facts if key in projection.key(fact.event)]
        folded = list(projection.fold(key, in_order(projection, bearing)))
        backwards = projection.fold(key, in_order(projection, bearing[::-1]))
        assert folded == list(backwards), "the order in which facts are given shows through"
        assert len(set(folded)) == len(folded), "rows of a key are distinct"
        assert all(tuple(getattr(row, name) for name in row.key) == key for row in folded)
        rows += folded
    return rows


def only(view: type[Projection[R, Any]], *events: Event) -> R:
    """Fold events to the one row that they are expected to give."""
    (row,) = told(view, *events)
    return row


def worded(words: Words) -> dict[str, tuple[str, ...]]:
    """Return the wordings by language, whoever uses them."""
    return {language: words.texts(language) for language in words}

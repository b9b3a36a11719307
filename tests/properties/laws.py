"""What the laws are written in: the cases they are tried on, and the list of the laws themselves.

A law is tried on a ledger of a bench, which is in memory unless a test says otherwise. Every
example draws one of the views and a history of what that view handles: facts meet more often
than in a history of everything.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from ledger.events import Directive, EventCorrected
from ledger.log import Database, Log, NewEvent
from ledger.projection import Projection, Row
from ledger.replay.engine import Engine
from tests.contents import contents
from tests.histories import History, histories
from tests.properties.benches import VIEWS, bench, live, stored
from tests.world import SMALL

View: TypeAlias = Projection[Any, Any]

Law: TypeAlias = Callable[..., None]

LAWS: Final[dict[str, tuple[tuple[st.SearchStrategy[Any], ...], Law]]] = {}
"""The laws by name: what is drawn for each, and the law itself."""

KINDS: Final = tuple(contents())
"""Every class of event of which histories speak."""
PAGES: Final = st.integers(1, 13)
_EDGES: Final = ("2016-01-01", "2016-04-10", "2016-04-20", "2016-05-01", "2017-01-01", "2018-03-01")
DAYS: Final = st.builds(
    lambda edge, days: date.fromisoformat(edge) + timedelta(days),
    st.sampled_from(_EDGES),
    st.sampled_from([-1, 0, 1, 20]),
)
"""Days on and about the dates of which histories speak."""


def law(*drawn: st.SearchStrategy[Any]) -> Callable[[Law], Law]:
    """Try a law on what is drawn, and let it be tried on another database, or engine, as well."""

    def enact(test: Law) -> Law:
        LAWS[test.__name__.removeprefix("test_")] = (drawn, test)
        return given(*drawn)(test)

    return enact


@dataclass(frozen=True)
class Case:
    """A view, and what was recorded for it."""

    view: View
    history: History

    @property
    def events(self) -> list[NewEvent]:
        """All that was recorded, in order."""
        return self.history.events

    def __repr__(self) -> str:
        lines = (f"\n  {n}. {new.event!r}" for n, new in enumerate(self.events, 1))
        return (
            f"{self.view.name}, in batches of {[*map(len, self.history.batches)]}:{''.join(lines)}"
        )


def cases(views: Sequence[View] = VIEWS, **options: Any) -> st.SearchStrategy[Case]:
    """Draw a view and a history of what it handles."""
    return st.sampled_from(views).flatmap(
        lambda view: st.builds(Case, st.just(view), histories(view.handles, **options))
    )


def corrections(case: Case, target: str | None = None) -> st.SearchStrategy[EventCorrected]:
    """Draw a correction of one fact of a history."""
    roots = {n.event_id: n.event for n in case.events if not isinstance(n.event, Directive)}
    names = st.sampled_from(sorted(roots)) if target is None else st.just(target)
    return names.flatmap(
        lambda name: st.builds(
            EventCorrected,
            target=st.just(name),
            replacement=contents(SMALL)[type(roots[name])],
        )
    )


# ------------------------------------------------------------------------------- what is stored


def recorded(view: View, batches: Iterable[Sequence[NewEvent]]) -> Engine:
    """Record batches in a fresh ledger, and return the engine that keeps a view in it."""
    used = bench()
    used.wipe()
    for batch in batches:
        record(used.database, batch)
    return used.engines[view.name]


def record(database: Database, batch: Sequence[NewEvent]) -> None:
    """Append a batch, at a moment that tells nothing."""
    Log(database, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)).append(batch, actor="somebody")


def known(engine: Engine, size: int) -> list[set[Row]]:
    """Return the rows, with span and reasons, that the stored table knows at 0 to `size`."""
    tables = live(engine.projection)
    versions = [(version, tables.load(version)) for version in stored(engine)[0]]
    knew: list[set[Row]] = []
    for k in range(size + 1):
        rows = [
            row
            for version, row in versions
            if version["known_from"] <= k
            and (version["known_to"] is None or k < version["known_to"])
        ]
        knew.append(set(rows))
        assert len(knew[k]) == len(rows), f"a row is known twice at {k}"
    return knew


def history_of(case: Case, *, page: int = 100) -> list[set[Row]]:
    """Record all, bring the view up after each batch, and return what it knew from 0 on."""
    engine = recorded(case.view, [])
    for batch in case.history.batches:
        record(engine.database, batch)
        engine.catch_up(page=page)
    return known(engine, len(case.events))


def present(view: View, *batches: Sequence[NewEvent]) -> set[Row]:
    """Return what a fresh ledger of some batches knows now."""
    return history_of(Case(view, History(tuple(map(tuple, batches)))))[-1]


def said(rows: Iterable[Row]) -> Counter[Row]:
    """Return rows without their reasons, and how often each is there."""
    return Counter(replace(row, because=()) for row in rows)

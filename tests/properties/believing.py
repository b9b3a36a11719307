"""The model: what is believed after some events, worked out slowly from the whole list of them.

It shares nothing with `ledger.replay` but the projections, so that the two can disagree.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ledger.codec.stored import ERASED, decode, encode
from ledger.events import Directive, Event, EventCorrected, EventRetracted
from ledger.log import NewEvent
from ledger.projection import Fact, Projection, Row, in_order


def believed(events: Sequence[NewEvent], erased: Collection[str] = ()) -> list[Fact[Any]]:
    """Return the facts that are believed; `erased` names the events that lost their texts."""
    told = {new.event_id: _as_read(new, erased) for new in events}

    def is_live(name: str) -> bool:
        return not any(
            isinstance(event, EventRetracted) and event.target == name and is_live(other)
            for other, event in told.items()
        )

    facts: list[Fact[Any]] = []
    for name, event in told.items():
        if isinstance(event, Directive) or not is_live(name):
            continue
        content = event
        because: tuple[str, ...] = (name,)
        for other, correction in told.items():
            if (
                isinstance(correction, EventCorrected)
                and _root(told, other) == name
                and is_live(other)
            ):
                content, because = correction.replacement, (name, other)
        facts.append(Fact(name, content, because, encode(content).body))
    return facts


def roots_of(events: Sequence[NewEvent]) -> dict[str, list[Event]]:
    """Return, for each event, all that was ever said of the fact that it is or is about."""
    told = {new.event_id: new.event for new in events}
    roots = {name: _root(told, name) for name in told}
    said: dict[str, list[Event]] = {root: [told[root]] for root in roots.values()}
    for name, event in told.items():
        if isinstance(event, EventCorrected):
            said[roots[name]].append(event.replacement)
    return {name: said[root] for name, root in roots.items()}


def rows_of(projection: Projection[Any, Any], facts: Sequence[Fact[Any]]) -> set[Row]:
    """Return the rows that a projection makes of facts."""
    handled = [fact for fact in facts if isinstance(fact.event, projection.handles)]
    keys = {key for fact in handled for key in projection.key(fact.event)}
    return {
        row
        for key in keys
        for row in projection.fold(
            key, in_order(projection, [f for f in handled if key in projection.key(f.event)])
        )
    }


def _root(told: Mapping[str, Event], name: str) -> str:
    event = told[name]
    return _root(told, event.target) if isinstance(event, Directive) else name


def _as_read(new: NewEvent, erased: Collection[str]) -> Event:
    """Return an event as the log gives it back once its private texts may be gone."""
    stored = encode(new.event)
    private = None if new.event_id in erased else stored.private
    gone = private is None and stored.private is not None
    event: Event = decode(
        stored.type, stored.schema_version, stored.body, private, missing=ERASED if gone else None
    )
    return event

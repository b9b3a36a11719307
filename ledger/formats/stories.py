"""What changed, why, and by which event, as JSON: the form in which programs get it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.changes import Change
from ledger.formats.rows import as_json
from ledger.grounds import Ground, Revision
from ledger.log import RecordedEvent
from ledger.reasons import Reason
from ledger.replay.diff import Diff, RowChange
from ledger.replay.query import Known
from ledger.tracing import Turn


def event_as_json(recorded: RecordedEvent) -> dict[str, Any]:
    """Say which event it is, who recorded it and when, from which document and why."""
    event = recorded.event
    return {
        "position": recorded.position,
        "event_id": recorded.event_id,
        "type": recorded.type,
        "recorded_at": recorded.recorded_at,
        "actor": recorded.actor,
        "source": None if event.source is None else event.source.model_dump(mode="json"),
        "reason": getattr(event, "reason", None),
        "erased": recorded.erased,
    }


def change_as_json(found: Diff[Any], change: RowChange[Any]) -> dict[str, Any]:
    """Return one change of a diff: the row before and after, and the events that brought it."""
    return {
        "change": change.kind,
        "key": list(change.key),
        "before": _row(change.before),
        "after": _row(change.after),
        "columns": list(change.columns),
        "events": [event_as_json(found.events[position]) for position in change.positions],
    }


def diff_as_json(found: Diff[Any]) -> dict[str, Any]:
    """Return a diff as one document."""
    return {
        "view": found.view,
        "as_of": None if found.as_of is None else found.as_of.isoformat(),
        "from": found.from_,
        "to": found.to,
        "changes": [change_as_json(found, change) for change in found.changes],
    }


def reason_as_json(reason: Reason[Any]) -> dict[str, Any]:
    """Return a row with what it rests on, who says otherwise, and what no longer counts."""
    return {
        "key": list(reason.key),
        "row": _row(reason.row),
        "rests_on": [_ground(one) for one in reason.rests_on],
        "otherwise": [as_json(other) for other in reason.otherwise],
        "set_aside": [_ground(one) for one in reason.set_aside],
    }


def turn_as_json(turn: Turn[Any]) -> dict[str, Any]:
    """Return an event with what it says and what it did to the rows of a key."""
    return {
        **event_as_json(turn.event),
        "says": turn.event.event.model_dump(mode="json", exclude_defaults=True),
        "fact": turn.fact.position,
        "changes": _changes(turn.changes),
        "believed": turn.believed,
        "closed": [as_json(known) for known in turn.closed],
        "opened": [as_json(known) for known in turn.opened],
    }


def _row(known: Known[Any] | None) -> dict[str, Any] | None:
    return None if known is None else as_json(known)


def _ground(one: Ground) -> dict[str, Any]:
    return {
        **event_as_json(one.root),
        "says": one.content.model_dump(mode="json", exclude_defaults=True),
        "stands": one.fact.stands.position,
        "believed": one.retraction is None,
        "revisions": [_revision(revision) for revision in one.revisions],
        "erasures": [event_as_json(erasure) for erasure in one.erasures],
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        **event_as_json(revision.event),
        "changes": _changes(revision.changes),
        "believed": revision.believed,
        "counts": revision.counts,
    }


def _changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [change._asdict() for change in changes]

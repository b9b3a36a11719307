"""Editing: what is believed of a fact is changed by an event about it, never in place.

Each edit is decided on what is believed now, and may be appended only while that is so:
`Ledger.decide` decides it again where somebody else came in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.believed import Believed, beliefs, believed, root_of
from ledger.changes import Change, NotBelieved, differences
from ledger.errors import WrongTarget
from ledger.events import Event, EventCorrected, EventRetracted, Source
from ledger.fields import changed
from ledger.log import Decision, Log, NewEvent, Receipt, RecordedEvent
from ledger.log.directives import RETRACTED


@dataclass(frozen=True, slots=True)
class Correction:
    """What came of correcting a fact."""

    receipt: Receipt
    """Of the correction; where nothing was to change, of the event that says so already."""
    before: Believed
    """What was believed."""
    replacement: Event
    """What is believed now."""
    changes: tuple[Change, ...]
    """What is different, field by field; nothing was appended if this is empty."""
    forgotten: tuple[str, ...]
    """The fields whose private text was erased, and which the correction leaves out."""


@dataclass(frozen=True, slots=True)
class Retraction:
    """What came of retracting an event."""

    receipt: Receipt
    """Of the retraction; where it was retracted already, of the retraction that did it."""
    named: RecordedEvent
    """What is retracted: a fact, a correction or a retraction."""
    before: Believed
    """What was believed of the fact that it is about."""
    after: Believed | None
    """What is believed of it now; None where it is the fact itself that is retracted."""
    changes: tuple[Change, ...]
    """How the content changed, field by field, where the fact is believed before and after."""

    @property
    def was_believed(self) -> bool:
        """Whether the fact was believed before."""
        return self.before.retraction is None

    @property
    def is_believed(self) -> bool:
        """Whether it is believed now."""
        return self.after is not None and self.after.retraction is None


def changes_of(before: Mapping[str, Any], after: Event) -> tuple[Change, ...]:
    """Return how an event differs from some content."""
    return tuple(differences(before, after.model_dump(mode="json", exclude_defaults=True)))


def correction_of(
    fact: Believed, replacement: Event, *, reason: str | None = None, source: Source | None = None
) -> NewEvent:
    """Return the correction that puts a replacement in the place of what is believed."""
    corrected = EventCorrected(
        target=fact.root.event_id, replacement=replacement, reason=reason, source=source
    )
    return NewEvent(corrected)


class Correcting:
    """A correction: decided as often as need be, then told."""

    def __init__(
        self,
        log: Log,
        name: int | str,
        wanted: Mapping[str, Any] | Event,
        *,
        reason: str | None,
        source: Source | None,
    ) -> None:
        self._log = log
        self._name = name
        self._wanted = wanted
        self._reason = reason
        self._source = source

    def decide(self) -> Decision:
        """Return the correction, if anything is to change, and that belief must not have changed.

        Raises `UnknownEvent`, `WrongTarget`, `NotBelieved`, `UnknownField`, `InvalidReplacement` or
        `PrivateTextWithheld`.
        """
        named = self._log.event(self._name)
        if named.type == RETRACTED:
            reason = "a retraction is not corrected: retract it instead"
            raise WrongTarget("a correction", named.event_id, reason)
        fact = self._fact = believed(self._log, named.event_id)
        if fact.retraction is not None:
            raise NotBelieved(
                fact.root.event_id,
                type_name=fact.root.type,
                position=fact.root.position,
                retraction=fact.retraction.position,
            )
        carried = fact.carried()
        if isinstance(self._wanted, Event):
            self._replacement = self._wanted
        else:
            self._replacement = changed(type(fact.content), carried, self._wanted)
        self._changes = changes_of(carried, self._replacement)
        if not self._changes and type(self._replacement) is type(fact.content):
            return Decision([])
        new = correction_of(fact, self._replacement, reason=self._reason, source=self._source)
        return Decision([new], condition=fact.condition)

    def done(self, receipts: Sequence[Receipt]) -> Correction:
        """Say what came of it."""
        fact = self._fact
        said = self._replacement.model_dump(mode="json", exclude_defaults=True)
        return Correction(
            receipt=receipts[0] if receipts else receipt_of(fact.stands),
            before=fact,
            replacement=self._replacement,
            changes=self._changes,
            forgotten=tuple(f for f in sorted(map(_dotted, fact.forgotten)) if not _has(said, f)),
        )


class Retracting:
    """A retraction: decided as often as need be, then told."""

    def __init__(
        self, log: Log, name: int | str, *, reason: str | None, source: Source | None
    ) -> None:
        self._log = log
        self._name = name
        self._reason = reason
        self._source = source

    def decide(self) -> Decision:
        """Return the retraction, if belief has not ended, and that this must not have changed.

        Raises `UnknownEvent` or `WrongTarget`.
        """
        named = self._named = self._log.event(self._name)
        root = root_of(self._log, named)
        fact = self._fact = beliefs(self._log, [root])[root]
        if not fact.is_live(named):
            return Decision([])
        retracted = EventRetracted(target=named.event_id, reason=self._reason, source=self._source)
        return Decision([NewEvent(retracted)], condition=fact.condition)

    def done(self, receipts: Sequence[Receipt]) -> Retraction:
        """Say what came of it."""
        named, fact = self._named, self._fact
        ended_by = fact.ended_by(named)
        if receipts:
            receipt = receipts[0]
            after = None if named.event_id == fact.root.event_id else fact.without(named)
        else:
            receipt = receipt_of(ended_by or named)
            after = fact
        changes: tuple[Change, ...] = ()
        if after is not None and after.retraction is None and fact.retraction is None:
            changes = tuple(differences(fact.spared(fact.content), fact.spared(after.content)))
        return Retraction(receipt, named, fact, after, changes)


def receipt_of(recorded: RecordedEvent) -> Receipt:
    """Return the receipt of an event that was there before."""
    return Receipt(
        recorded.position,
        recorded.event_id,
        recorded.stream,
        recorded.version,
        recorded.recorded_at,
        appended=False,
    )


def _dotted(pointer: str) -> str:
    return pointer.strip("/").replace("/", ".")


def _has(data: Mapping[str, Any], field: str) -> bool:
    name, _, rest = field.partition(".")
    return name in data and (not rest or _has(data[name], rest))

"""Erasing: private texts go, from every file of the ledger; the facts and all hashes stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.believed import beliefs, root_of
from ledger.errors import WrongTarget
from ledger.events import PersonalDataErased, Source
from ledger.log import Decision, Log, NewEvent, Receipt, RecordedEvent


class Erasure(NamedTuple):
    """What came of erasing the private texts of one event."""

    named: RecordedEvent
    """The event, as it was before."""
    receipt: Receipt | None
    """Of the erasure; None where there was nothing to erase."""
    beside: tuple[RecordedEvent, ...]
    """The other events about the same fact that hold private texts: an erasure goes no further."""


class Erasing:
    """An erasure of some events: decided, then told."""

    def __init__(
        self,
        log: Log,
        names: Iterable[int | str],
        *,
        reason: str | None,
        source: Source | None,
    ) -> None:
        self._log = log
        self._names = list(dict.fromkeys(names))
        self._reason = reason
        self._source = source

    def decide(self) -> Decision:
        """Return the erasures of what there is to erase.

        Raises `UnknownEvent`, or `WrongTarget` for what is an erasure itself.
        """
        named = (self._log.event(name) for name in self._names)
        self._named = list({event.event_id: event for event in named}.values())
        for event in self._named:
            if isinstance(event.event, PersonalDataErased):
                raise WrongTarget("an erasure", event.event_id, "it is an erasure itself")
        self._roots = {event.event_id: root_of(self._log, event) for event in self._named}
        return Decision([self._new(event) for event in self._named if _holds(event)])

    def _new(self, event: RecordedEvent) -> NewEvent:
        erased = PersonalDataErased(target=event.event_id, reason=self._reason, source=self._source)
        return NewEvent(erased)

    def done(self, receipts: Sequence[Receipt]) -> list[Erasure]:
        """Say what came of it, event by event."""
        left = iter(receipts)
        facts = beliefs(self._log, self._roots.values())
        gone = {event.event_id for event in self._named}
        erasures: list[Erasure] = []
        for event in self._named:
            fact = facts[self._roots[event.event_id]]
            beside = tuple(
                other
                for other in (fact.root, *fact.directives)
                if other.event_id not in gone and _holds(other)
            )
            erasures.append(Erasure(event, next(left) if _holds(event) else None, beside))
        return erasures


def _holds(event: RecordedEvent) -> bool:
    """Whether an event has a private part, be it one that this login may not read."""
    return event.private is not None or (event.missing is not None and not event.erased)


def erased_in(log: Log) -> list[str]:
    """Return the ids of all events whose private texts a log has erased, in order."""
    recorded = log.read(types=["personal-data-erased"])
    targets = (each.event.target for each in recorded if isinstance(each.event, PersonalDataErased))
    return list(dict.fromkeys(targets))

"""What is believed of one fact now, by which events, and what may be carried into a correction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import orjson

from ledger.changes import PrivateTextWithheld
from ledger.codec.declare import declaration_of
from ledger.codec.meaning import Meaning
from ledger.codec.stored import Encoded, encode
from ledger.errors import WrongTarget
from ledger.events import Directive, Event, EventCorrected, EventRetracted, PersonalDataErased
from ledger.fields import model_within
from ledger.log import Condition, Log, RecordedEvent
from ledger.log.told import REVISIONS, Told, told
from ledger.replay.beliefs import Belief

_HELD = "/replacement/event"


@dataclass(frozen=True)
class Believed:
    """A fact, all that was said about it since, and what follows."""

    root: RecordedEvent
    """The fact itself, as it was first recorded."""
    directives: tuple[RecordedEvent, ...]
    """Its corrections and retractions, and the retractions of these, in order of position."""
    until: int
    """The position up to which the log was read."""

    def is_live(self, recorded: RecordedEvent) -> bool:
        """Whether no live retraction names the fact, or one of its directives."""
        return Belief(recorded, list(self.directives)).fact is not None

    def ended_by(self, recorded: RecordedEvent) -> RecordedEvent | None:
        """Return the live retraction of the fact, or of one of its directives; None without one."""
        ends = [d for d in self.directives if _retracts(d, recorded)]
        return next((end for end in reversed(ends) if self.is_live(end)), None)

    @property
    def retraction(self) -> RecordedEvent | None:
        """What ended belief in it; None while it is believed."""
        return self.ended_by(self.root)

    @cached_property
    def stands(self) -> RecordedEvent:
        """The event whose content is believed: the fact, or its correction with the last word.

        Of a retracted fact, the one that would be believed if it were restored.
        """
        others = [d for d in self.directives if not _retracts(d, self.root)]
        fact = Belief(self.root, others).fact
        last = fact.because[-1] if fact is not None else self.root.event_id
        return next(e for e in (self.root, *self.directives) if e.event_id == last)

    @property
    def content(self) -> Event:
        """What it says; see `stands`. Erased texts read `erased`, withheld ones `withheld`."""
        return _content(self.stands)

    @property
    def condition(self) -> Condition:
        """That nobody has changed what is believed of it meanwhile."""
        return Condition(self.until, (f"event:{self.root.event_id}",), REVISIONS)

    def without(self, directive: RecordedEvent) -> Believed:
        """Return what is believed if a directive does not count."""
        kept = tuple(d for d in self.directives if d.event_id != directive.event_id)
        return replace(self, directives=kept)

    @cached_property
    def forgotten(self) -> frozenset[str]:
        """The places, as JSON pointers, whose private text was erased at any time."""
        erased = (e for e in (self.root, *self.directives) if e.erased)
        return frozenset(
            pointer.removeprefix(_HELD) if e is not self.root else pointer
            for e in erased
            for pointer in _private(encode(e.event))
            if e is self.root or pointer.startswith(_HELD)
        )

    def carried(self) -> dict[str, Any]:
        """Return the content as JSON, to be changed, without what was erased.

        Raises `PrivateTextWithheld`, for what cannot be read would be lost.
        """
        if self.stands.withheld:
            raise PrivateTextWithheld(self.stands.position)
        return self.spared(self.content)

    def spared(self, event: Event) -> dict[str, Any]:
        """Return some content of this fact as JSON, without the texts that were erased."""
        data = event.model_dump(mode="json", exclude_defaults=True)
        meaning = declaration_of(type(event)).meaning
        for pointer in self.forgotten:
            _drop(data, pointer.split("/")[1:], type(event), meaning)
        return data

    def says(self, event: Event) -> bool:
        """Whether just this is what it says: see `stands`."""
        return self._same(event, self.stands)

    def said(self, event: Event) -> bool:
        """Whether just this is what it said when it was first recorded."""
        return self._same(event, self.root)

    def _same(self, event: Event, recorded: RecordedEvent) -> bool:
        content = _content(recorded)
        if type(content) is not type(event):
            return False
        if recorded.withheld:
            return encode(content).body == encode(event).body
        return self.spared(content) == self.spared(event)


def believed(log: Log, name: int | str) -> Believed:
    """Return what is believed of a fact, named by position or id; a directive names its fact.

    Raises `UnknownEvent`.
    """
    event_id = root_of(log, log.event(name))
    return beliefs(log, [event_id])[event_id]


def beliefs(log: Log, event_ids: Iterable[str]) -> dict[str, Believed]:
    """Return what is believed of some facts, by id; those that are not in the log are not here."""
    found = told(log.database, list(event_ids))
    return {event_id: _believed(of_it) for event_id, of_it in found.items()}


def root_of(log: Log, recorded: RecordedEvent) -> str:
    """Return the id of the fact that an event is, or is about in the end."""
    while isinstance(directive := recorded.event, Directive):
        if isinstance(directive, PersonalDataErased):
            kind = declaration_of(type(directive)).name
            raise WrongTarget("a correction or retraction", recorded.event_id, f"it is a {kind}")
        recorded = log.event(directive.target)
    return recorded.event_id


def _believed(of_it: Told) -> Believed:
    return Believed(of_it.event, of_it.directives, of_it.until)


def _content(recorded: RecordedEvent) -> Event:
    event = recorded.event
    return event.replacement if isinstance(event, EventCorrected) else event


def _retracts(directive: RecordedEvent, recorded: RecordedEvent) -> bool:
    event = directive.event
    return isinstance(event, EventRetracted) and event.target == recorded.event_id


def _private(encoded: Encoded) -> Iterable[str]:
    return cast(dict[str, str], orjson.loads(encoded.private)) if encoded.private else ()


def _drop(data: dict[str, Any], path: list[str], model: Any, meaning: Meaning) -> bool:
    """Take a text away, and whatever cannot be without it; return whether all of it is to go."""
    name, *rest = path
    if name not in data:
        return False
    if not rest:
        del data[name]
    elif name in meaning.nested:
        inner = model_within(model, name)
        if _drop(data[name], rest, inner, meaning.nested[name]):
            del data[name]
    else:
        texts: dict[str, str] = data[name]
        texts.pop(rest[0], None)
        if not texts:
            del data[name]
    return name not in data and model.model_fields[name].is_required()

"""Second thoughts about what was recorded: corrections, retractions, and retractions of those."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from ledger.events import (
    AttendanceRecorded,
    Directive,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    MembershipBegan,
    MembershipEnded,
    MembershipSuspended,
    PositionAdopted,
    Source,
    StatementDelivered,
)
from ledger.log import NewEvent
from ledger.testing import wording
from ledger.testing.happenings import party

_KEPT: Final = 512
"""How many events of the past can turn out to be wrong, however long it is."""


class Thoughts:
    """What may turn out to be wrong: a few events of all times."""

    def __init__(self, rng: Random, parties: int) -> None:
        self._rng = rng
        self._parties = parties
        self._kept: list[NewEvent] = []
        self._directives: deque[str] = deque(maxlen=_KEPT)

    def keep(self, new: NewEvent) -> None:
        """Keep an event in mind, perhaps in the place of another."""
        if isinstance(new.event, Directive):
            self._directives.append(new.event_id)
        elif len(self._kept) < _KEPT:
            self._kept.append(new)
        elif self._rng.random() < 0.1:
            self._kept[self._rng.randrange(_KEPT)] = new

    def second(self, today: date) -> Iterator[Event]:
        """Correct or retract something, or take that back; mostly, let everything stand."""
        draw = self._rng.random()
        if draw < 0.0125:
            yield from self._correct(today)
        elif draw < 0.0151 and self._kept:
            number = self._rng.randrange(len(self._kept))
            self._kept[number], retracted = self._kept[-1], self._kept[number]
            self._kept.pop()
            yield EventRetracted(target=retracted.event_id, reason="Entered by mistake.")
        elif draw < 0.0157 and self._directives:
            target = self._directives.popleft()
            yield EventRetracted(target=target, reason="It was right after all.")

    def _correct(self, today: date) -> Iterator[Event]:
        if not self._kept:
            return
        number = self._rng.randrange(len(self._kept))
        wrong = self._kept[number]
        change = self._change(wrong.event, today)
        if change:
            right = wrong.event.model_copy(update=change)
            self._kept[number] = NewEvent(right, wrong.event_id)
            note = Source(document=f"corrigendum-{today.year}", language="en")
            yield EventCorrected(
                target=wrong.event_id,
                replacement=right,
                reason="The text says otherwise.",
                source=note if self._rng.random() < 0.5 else None,
            )

    def _change(self, event: Event, today: date) -> dict[str, Any]:
        """Return what should have been recorded; nothing for what nobody reads twice."""
        change: dict[str, Any] = {}
        match event:
            case AttendanceRecorded() if self._rng.random() < 0.3:  # it goes to another key
                parties = [party(number) for number in range(self._parties)]
                change["party"] = self._other(parties, event.party)
            case AttendanceRecorded():
                change["level"] = self._other(wording.LEVELS, event.level)
            case StatementDelivered():
                change["verb"] = self._other(list(wording.SAYS), event.verb)
            case PositionAdopted():
                change["verb"] = self._other(list(wording.ADOPTS), event.verb)
            case MeetingConvened():
                change["place"] = self._other(wording.PLACES, event.place)
            case MembershipBegan() | MembershipEnded() | MembershipSuspended():
                days = [(today - timedelta(days=n)).isoformat() for n in range(1, 400, 7)]
                change["valid"] = self._other(days, event.valid)
            case _:
                pass
        return change

    def _other(self, those: Sequence[str], given: str | None) -> str:
        return self._rng.choice([one for one in those if one != given])

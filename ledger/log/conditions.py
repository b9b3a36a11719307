"""Conditions: append only if nothing that would have changed the decision has come in between.

`expected_version` guards one stream. A condition guards whatever the decision looked at: it says
which events, by subject and type, must not have been recorded after the position up to which the
writer had read. Known as a dynamic consistency boundary (https://dcb.events).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from ledger.codec.declare import declaration
from ledger.errors import (
    ConditionFailed,
    InvalidCondition,
    PastTheHead,
    WrongExpectedVersion,
)
from ledger.events import Event
from ledger.log import read
from ledger.log.recorded import ANY_VERSION, ExpectedVersion, NewEvent, Receipt


@dataclass(frozen=True, slots=True)
class Condition:
    """No event about these subjects, and of these types, is recorded after a position.

    An event is meant that is about all of `subjects` at once (`party:pk`, `group:…`) and of one of
    `types` (stored names; none: any type). Several conditions are all to hold.

    What could never fail or be met is refused: `UnknownEventType` for a type that there is none of,
    `InvalidCondition` for a text in place of several and for a position below 0; and by the append
    `PastTheHead` for a position that the log has not reached.
    """

    after: int
    """The position up to which the writer had read."""
    subjects: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.after < 0:
            raise InvalidCondition(f"after={self.after}; positions count from 1, and 0 is before")
        for name in ("subjects", "types"):
            given = getattr(self, name)
            if isinstance(given, str):
                raise InvalidCondition(f"{name}={given!r} is one text: write {name}=({given!r},)")
            # What can be asked once only would let the second attempt in.
            object.__setattr__(self, name, tuple(given))
        for name in self.types:
            declaration(name)

    def expect(self, connection: Connection) -> None:
        """Raise `ConditionFailed` if such an event was recorded; the caller holds the head."""
        size = read.head(connection).size
        if self.after > size:
            raise PastTheHead(self.after, size)
        query = read.selection(types=self.types or None, subjects=self.subjects, private=False)
        found = read.page(connection, query, after=self.after, until=size, size=1)
        if found:
            said = " and ".join(self.subjects) or "any subject"
            raise ConditionFailed(
                position=found[0].position,
                type_name=found[0].type,
                after=self.after,
                about=f"about {said}",
            )


Conditions: TypeAlias = Condition | Iterable[Condition]


@dataclass(frozen=True, slots=True)
class Decision:
    """Events, and what must still hold when they are appended."""

    events: Sequence[Event | NewEvent]
    expected_version: ExpectedVersion = ANY_VERSION
    condition: Conditions = ()


def decided(
    decision: Callable[[], Decision],
    append: Callable[[Decision], list[Receipt]],
    *,
    attempts: int,
) -> list[Receipt]:
    """Decide and append, and decide again where something came in between."""
    for attempt in range(1, attempts + 1):
        try:
            return append(decision())
        except (WrongExpectedVersion, ConditionFailed):
            if attempt == attempts:
                raise
    raise ValueError(f"{attempts} attempts: one at least is needed")

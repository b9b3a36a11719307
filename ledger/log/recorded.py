"""An event at its two moments: about to be written, and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import urandom
from typing import Final, NamedTuple, TypeAlias, cast

from ledger.codec.stored import ERASED, WITHHELD, decode
from ledger.errors import DamagedEvent, UnknownEventType, UnreadableEvent
from ledger.events import Event

NO_STREAM: Final = 0
"""The version of a stream that does not exist yet."""
ANY_VERSION: Final = None
"""No expectation: for importers, and for facts that stand on nothing read before."""

ExpectedVersion: TypeAlias = int | Mapping[str, int] | None
"""A version for the one stream of a batch, or a version by stream; `ANY_VERSION` is None."""


def new_event_id() -> str:
    """Return a random event id: a UUID of version 4, in a third of the time of `uuid.uuid4`."""
    digits = urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be written, with the id under which it is written once."""

    event: Event
    event_id: str = field(default_factory=new_event_id)
    causation: str | None = None
    """The id of the event that led to this one."""


class Receipt(NamedTuple):
    """Where an event stands. `version` is what the next append to the stream expects."""

    position: int
    event_id: str
    stream: str
    version: int
    recorded_at: str
    appended: bool
    """False where the same event was there before: nothing was added."""


class _Stored(NamedTuple):
    """What is read of an event: a plain tuple, for millions of them are read."""

    position: int
    """Its place in the whole log, from 1, without gaps."""
    batch: int
    """The first position of the batch with which it came."""
    event_id: str
    stream: str
    version: int
    """Its place in its stream, from 1."""
    type: str
    schema_version: int
    """The version of its type under which it was written."""
    recorded_at: str
    """When its batch was recorded: RFC 3339, UTC, microseconds."""
    actor: str
    """Who recorded it: an opaque id."""
    causation: str | None
    body: str
    """Canonical JSON, as hashed."""
    private: str | None
    """The private part, as hashed; None where there is none, or no longer."""
    missing: str | None
    """Why a private part is not here: `ERASED` or, where this login may not read it, `WITHHELD`."""


class RecordedEvent(_Stored):
    """An event that was written, and its place in the record."""

    @property
    def erased(self) -> bool:
        """Whether a private part was there and is gone."""
        return self.missing == ERASED

    @property
    def withheld(self) -> bool:
        """Whether a private part may be there, and this login may not read it: that tells nothing.

        Such texts read `withheld`, whether they are there or were erased.
        """
        return self.missing == WITHHELD

    @property
    def event(self) -> Event:
        """The event itself; `DamagedEvent` if what is stored is not what its type says."""
        # `cached_property` takes a lock each time, on Python 3.11.
        kept: Event | None = self.__dict__.get("event")
        if kept is None:
            kept = self.__dict__["event"] = self._decoded()
        return kept

    def _decoded(self) -> Event:
        try:
            private = self.private.encode() if self.private is not None else None
            return cast(
                Event,
                decode(
                    self.type,
                    self.schema_version,
                    self.body.encode(),
                    private,
                    missing=self.missing,
                ),
            )
        except (AttributeError, UnknownEventType, UnreadableEvent) as error:
            # AttributeError: a row of a file that was damaged may have no body.
            raise DamagedEvent(self.position, self.type, str(error)) from error


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends."""

    size: int
    """How many events there are: the last position."""
    root: bytes
    """The RFC 6962 root over all their leaves."""
    recorded_at: str | None
    """When the newest batch was recorded; None in an empty log."""

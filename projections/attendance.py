"""Attendance: which parties were at a meeting, according to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ledger.events import AttendanceRecorded
from ledger.projection import (
    Beside,
    Fact,
    Key,
    Projection,
    Row,
    Weighed,
    Words,
    agree,
    spoken,
    stated,
    weigh,
)
from ledger.times import Span


class AttendanceRow(Row, key=("meeting", "party"), indexed=("group",)):
    """A party at a meeting. A party that no source names has no row: silence is not absence."""

    meeting: str
    """The meeting."""
    party: str
    """The party."""
    group: str | None
    """The group that met."""
    presence: str
    """`present`, or `absent` where a source says so."""
    capacity: str | None
    """In what capacity: member, observer, guest, secretariat."""
    level: str | None
    """The level of the delegation."""
    head: Words
    """Who led the delegation, by language of the version."""
    as_written: Words
    """The party's name as the versions write it."""
    divergent: bool
    """Whether sources say what cannot be true together."""
    attested_by: tuple[str, ...]
    """The versions that say so, and where."""


def _stated(event: AttendanceRecorded) -> dict[str, str | None]:
    return {
        "group": event.group,
        "presence": event.presence,
        "capacity": stated(event.capacity),
        "level": stated(event.level),
    }


class Attendance(Projection[AttendanceRow, AttendanceRecorded]):
    """Which parties were at a meeting, in which capacity, according to which version."""

    name = "attendance"
    version = 2
    row = AttendanceRow
    handles = (AttendanceRecorded,)
    joined = Weighed

    def key(self, event: AttendanceRecorded) -> Iterator[Key]:
        """A row is about a party at a meeting."""
        yield event.meeting, event.party

    def fold(self, key: Key, facts: Sequence[Fact[AttendanceRecorded]]) -> Iterator[AttendanceRow]:
        """Put together what can be true together."""
        meeting, party = key
        claims = agree(facts, _stated)
        for claim in claims:
            yield AttendanceRow(
                meeting=meeting,
                party=party,
                group=claim.values.get("group"),
                presence=claim.values["presence"],
                capacity=claim.values.get("capacity"),
                level=claim.values.get("level"),
                head=spoken(claim.facts, lambda event: event.head.name if event.head else None),
                as_written=spoken(claim.facts, lambda event: event.as_written),
                divergent=len(claims) > 1,
                attested_by=claim.attested_by,
                span=Span.happened(claim.window),
                because=claim.because,
            )

    def join(self, rows: Sequence[AttendanceRow], beside: Beside) -> Iterable[Weighed]:
        """Say of each row which versions are silent of it."""
        return weigh(rows, lambda row: f"meeting:{row.meeting}", "attendance", beside)

"""The generated histories can be recorded, are always the same, and are as mixed as real ones."""

import re
import tracemalloc
from collections import Counter
from datetime import date
from itertools import islice

import pytest

from ledger import Ledger
from ledger.events import (
    AttendanceRecorded,
    Directive,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
    StatementDelivered,
)
from ledger.events.base import is_event_id
from ledger.log import NewEvent
from ledger.testing.histories import batches, history, hottest
from ledger.testing.wording import LANGUAGES, SUMMARIES, summary
from projections.attendance import Attendance
from projections.membership import Membership

MANY = 20_000


@pytest.fixture(scope="module")
def told() -> list[NewEvent]:
    """A history of some length."""
    return list(history(MANY))


def test_the_same_arguments_give_the_same_history(told: list[NewEvent]) -> None:
    """Ids included; another seed gives another history."""
    assert list(islice(history(MANY), 3_000)) == told[:3_000]
    others = {new.event_id for new in history(500, seed=1)}
    assert len(others) == 500
    assert others.isdisjoint(new.event_id for new in told)


@pytest.mark.parametrize("number", [0, 1, 7, 300])
def test_gives_as_many_events_as_wanted(number: int) -> None:
    """However few."""
    assert sum(1 for _ in history(number)) == number


def test_every_event_can_be_recorded_and_every_view_built() -> None:
    """A ledger takes all of it, and no view stops."""
    with Ledger.open("sqlite://", actor="generator") as ledger:
        for batch in batches(history(2_500, seed=3), 500):
            ledger.append(batch)
        assert ledger.head == 2_500
        assert all(progress.stopped is None for progress in ledger.project())
        assert ledger.view(Attendance).rows(divergent=True)
        assert {row.kind for row in ledger.view(Membership).rows()} == {"membership", "suspension"}


def test_is_as_mixed_as_reports_are(told: list[NewEvent]) -> None:
    """Half are attendances; one in a hundred is corrected, three in a thousand are retracted."""
    counts = Counter(type(new.event) for new in told)
    assert 0.45 < counts[AttendanceRecorded] / MANY < 0.55
    assert 0.007 < counts[EventCorrected] / MANY < 0.013
    assert 0.002 < counts[EventRetracted] / MANY < 0.005
    for kind in (MembershipBegan, MembershipEnded, MembershipSuspended, MembershipResumed):
        assert counts[kind]
    assert len(counts) >= 20


def test_a_directive_names_an_earlier_event(told: list[NewEvent]) -> None:
    """A correction is of its target's type; some retractions are themselves retracted."""
    said: dict[str, Event] = {}
    undone = 0
    for new in told:
        assert is_event_id(new.event_id)
        assert new.event_id not in said
        if isinstance(new.event, Directive):
            target = said[new.event.target]
            undone += isinstance(target, EventRetracted)
        if isinstance(new.event, EventCorrected):
            assert type(new.event.replacement) is type(target)
            assert new.event.replacement != target
            said[new.event.target] = new.event.replacement
        said[new.event_id] = new.event
    assert undone


def test_versions_are_unequal_and_drafts_come_before_finals(told: list[NewEvent]) -> None:
    """Of one meeting, some version names a delegation or a verb that another does not."""
    said: dict[str, dict[str, set[str]]] = {}
    verbs: dict[str, set[str | None]] = {}
    editions: dict[tuple[str, str], list[str]] = {}
    for event in (new.event for new in told):
        if isinstance(event, AttendanceRecorded) and event.source is not None:
            versions = said.setdefault(event.meeting, {})
            versions.setdefault(event.source.version, set()).add(event.party)
        if isinstance(event, StatementDelivered):
            verbs.setdefault(event.statement, set()).add(event.verb)
        if isinstance(event, MeetingConvened) and event.source is not None:
            version = event.source.document, event.source.language
            editions.setdefault(version, []).append(event.source.edition)
    several = [versions for versions in said.values() if len(versions) > 1]
    unequal = [v for v in several if len({frozenset(parties) for parties in v.values()}) > 1]
    assert len(several) > len(said) / 2
    assert len(unequal) > len(several) / 4
    assert any(len(worded) > 1 for worded in verbs.values())
    both = [order for order in editions.values() if {"draft", "final"} <= set(order)]
    assert both
    assert all(order.index("draft") < order.index("final") for order in both)


def test_some_reports_are_years_late_and_some_dates_imprecise(told: list[NewEvent]) -> None:
    """The order of recording is not that of what happened."""
    latest, delays, imprecise = date.min, [0], 0
    for event in (new.event for new in told):
        if isinstance(event, MeetingConvened) and event.valid is not None:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", event.valid):
                day = date.fromisoformat(event.valid)
                delays.append((latest - day).days if day < latest else 0)
                latest = max(latest, day)
            else:
                imprecise += 1
    assert max(delays) > 365
    assert imprecise
    assert 1995 + 28 <= latest.year <= 1995 + 31


def test_one_party_can_say_most_of_it() -> None:
    """For a key that is hotter than all others."""
    speakers = Counter(
        new.event.speaker
        for new in history(5_000, hot=0.8)
        if isinstance(new.event, StatementDelivered)
    )
    assert speakers[hottest()] > 0.7 * speakers.total()


def test_summaries_are_of_the_length_of_real_ones() -> None:
    """Of 100 to 400 characters, in each language."""
    lengths = [len(summary(n, language)) for n in range(SUMMARIES) for language in LANGUAGES]
    assert min(lengths) >= 100
    assert max(lengths) <= 400


def test_its_memory_does_not_grow_with_its_length() -> None:
    """What is kept to be corrected, or told late, is bounded."""

    def peak(events: int) -> int:
        tracemalloc.start()
        for _ in history(events, groups=12):
            pass
        reached = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return reached

    peak(2_000)  # fills the caches of the codec
    assert peak(15_000) < 1.5 * peak(5_000)

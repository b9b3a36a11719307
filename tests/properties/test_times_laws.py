"""The laws of the two times, and agreement on EDTF with the `edtf` package."""

import warnings
from calendar import isleap
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from time import struct_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.errors import InvalidDate, InvalidMoment
from ledger.times import (
    UNKNOWN,
    Span,
    When,
    parse_day,
    parse_known_at,
    parse_timestamp,
    timestamp,
)
from tests.strategies import QUALIFIERS, days, edtf_dates, edtf_intervals, edtf_texts

with warnings.catch_warnings():
    # edtf 5.0.2 builds its grammar in a way that pyparsing 3.3 warns of; it parses as before.
    warnings.filterwarnings("ignore", message="warn_multiple_tokens_in_named_alternation")
    import edtf

NEARBY = days(date(2016, 2, 20), date(2016, 3, 10))
"""Days so few that bounds, ends and questions often meet."""


def window(first: date | None, last: date | None) -> When:
    """Give the window for one day between two bounds, either of which may be unknown."""
    return When.parse(f"[{first or ''}..{last or ''}]") if first or last else UNKNOWN


@st.composite
def narrowings(draw: st.DrawFn) -> tuple[When, When]:
    """Draw a date and one that says more exactly when the same thing was."""
    a, b, c, d = sorted(draw(st.tuples(NEARBY, NEARBY, NEARBY, NEARBY)))
    no_first, no_last = draw(st.booleans()), draw(st.booleans())
    still_no_first, still_no_last = draw(st.booleans()), draw(st.booleans())
    wide = window(None if no_first else a, None if no_last else d)
    narrow = window(
        None if no_first and still_no_first else b, None if no_last and still_no_last else c
    )
    return wide, narrow


def whens() -> st.SearchStrategy[When]:
    """Windows of every kind, down to one day and up to `UNKNOWN`."""
    return narrowings().map(lambda pair: pair[0])


def spans() -> st.SearchStrategy[Span]:
    """States with and without a beginning and an end on record."""
    return st.builds(Span.between, st.none() | whens(), st.none() | whens())


def moments() -> st.SearchStrategy[datetime]:
    """Moments in any zone that still fall in the years 1 to 9999 in UTC."""
    offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
    return st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=offsets)  # noqa: DTZ001 -- Hypothesis wants naive limits


@st.composite
def misspelled(draw: st.DrawFn) -> str:
    """Draw EDTF with one character put in, left out or put in another's place."""
    text = draw(edtf_texts())
    at = draw(st.integers(0, len(text)))
    rest = text[at + draw(st.integers(0, 1)) :]
    return "".join([text[:at], draw(st.sampled_from(["", *"0123456789-/.[]?~%,XT "])), rest])


# -------------------------------------------------------------------------------------- dates


@given(st.text() | misspelled())
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """No text does anything but parse, keeping its spelling, or raise `InvalidDate`."""
    with suppress(InvalidDate):
        assert When.parse(text).text == text


@given(edtf_texts())
def test_bounds_are_in_order(text: str) -> None:
    """No earliest bound is after its latest, and a date is never over before it may start."""
    when = When.parse(text)
    assert (when.earliest_start or date.min) <= (when.latest_start or date.max)
    assert (when.earliest_end or date.min) <= (when.latest_end or date.max)
    assert (when.earliest_start or date.min) < (when.latest_end or date.max)


@given(edtf_dates(), st.sampled_from(QUALIFIERS))
def test_a_qualifier_never_moves_a_bound(text: str, qualifier: str) -> None:
    """Uncertain and approximate are said beside the bounds, never by them."""
    assert outer_bounds(When.parse(text + qualifier)) == outer_bounds(When.parse(text))


@given(edtf_dates())
def test_a_date_is_the_window_from_itself_to_itself(text: str) -> None:
    """`2016-04` and `[2016-04..2016-04]` bound the same day."""
    date_, window_ = When.parse(text), When.parse(f"[{text}..{text}]")
    assert outer_bounds(date_) == outer_bounds(window_)


def outer_bounds(when: When) -> tuple[date | None, ...]:
    """Give the four bounds of a date."""
    return when.earliest_start, when.latest_start, when.earliest_end, when.latest_end


# ------------------------------------------------------------------------------------- states


@given(spans(), NEARBY)
def test_certain_implies_possible(span: Span, day: date) -> None:
    """What certainly held on a day possibly held on it."""
    assert span.possible(day) or not span.certain(day)


@given(NEARBY, st.none() | NEARBY, NEARBY)
def test_certain_equals_possible_for_precise_dates(
    began: date, ended: date | None, day: date
) -> None:
    """Where both ends are known to the day, the possible is certain and the range half-open."""
    span = Span.between(window(began, began), window(ended, ended) if ended else None)
    assert span.certain(day) == span.possible(day) == (began <= day and (not ended or day < ended))


@given(narrowings(), narrowings(), st.booleans(), NEARBY)
def test_narrowing_a_date_only_settles(
    began: tuple[When, When], ended: tuple[When, When], has_end: bool, day: date
) -> None:
    """A more exact date never removes a certain answer nor adds a possible one."""
    wide = Span.between(began[0], ended[0] if has_end else None)
    narrow = Span.between(began[1], ended[1] if has_end else None)
    assert narrow.certain(day) or not wide.certain(day)
    assert wide.possible(day) or not narrow.possible(day)


@given(st.tuples(NEARBY, NEARBY), st.tuples(NEARBY, NEARBY), NEARBY)
def test_certain_is_always_and_possible_is_ever(
    begins: tuple[date, date], ends: tuple[date, date], day: date
) -> None:
    """Certain is what held however the bounds are filled in, possible what held in some way."""
    span = Span.between(window(min(begins), max(begins)), window(min(ends), max(ends)))
    # The extremes decide: a later beginning only takes days away, a later end only adds some.
    held = [began <= day < ended for began in begins for ended in ends]
    assert span.certain(day) == all(held)
    assert span.possible(day) == any(held)


@given(st.none() | whens(), whens(), st.none() | whens(), NEARBY)
def test_neighbours_neither_overlap_nor_gap(
    began: When | None, handover: When, ended: When | None, day: date
) -> None:
    """One state ending as the next begins, no day is surely of both, or of neither for sure."""
    left, right = Span.between(began, handover), Span.between(handover, ended)
    assert not (left.certain(day) and right.certain(day))
    if (left.began_earliest or date.min) <= day < (right.ended_latest or date.max):
        assert left.possible(day) or right.possible(day)


@given(whens(), NEARBY)
def test_an_occurrence_is_a_state_without_end(when: When, day: date) -> None:
    """What happened stays so: certain from its latest day, possible from its earliest."""
    span = Span.happened(when)
    assert span == Span.between(when, None)
    assert span.certain(day) == (when.latest_start is not None and when.latest_start <= day)
    assert span.possible(day) == (when.earliest_start is None or when.earliest_start <= day)


# ------------------------------------------------------------------------------------ moments


@given(moments())
def test_a_timestamp_reads_back(moment: datetime) -> None:
    """A moment written is the moment read, in UTC, in 27 characters."""
    assert parse_timestamp(timestamp(moment)) == moment
    assert len(timestamp(moment)) == len("2026-11-23T17:05:00.123456Z")


@given(moments(), moments())
def test_timestamps_sort_as_their_moments(one: datetime, other: datetime) -> None:
    """The earlier moment is the lesser text, so a database may compare the texts."""
    assert (timestamp(one) < timestamp(other)) == (one < other)


@given(moments())
def test_every_isoformat_with_a_zone_is_read(moment: datetime) -> None:
    """What Python writes with a whole-minute offset is RFC 3339, and is read."""
    local = moment.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert parse_timestamp(local.isoformat()) == moment


@given(days())
def test_known_at_a_date_is_the_last_moment_of_it(day: date) -> None:
    """All that was recorded on the day in UTC is known, and nothing of the next."""
    moment = parse_known_at(day.isoformat())
    assert isinstance(moment, datetime)
    assert moment.date() == day
    assert day == date.max or (moment + timedelta(microseconds=1)).date() > day


@given(st.integers(0, 2**53 - 1))
def test_known_at_digits_are_a_position(position: int) -> None:
    """Every position that the ledger can number may be asked about."""
    assert parse_known_at(str(position)) == position


@given(st.text() | misspelled() | moments().map(datetime.isoformat))
def test_any_text_is_a_question_of_time_or_refused(text: str) -> None:
    """No text gets more out of `known_at` and `as_of` than an answer or their own error."""
    with suppress(InvalidMoment):
        known_at = parse_known_at(text)
        assert isinstance(known_at, int) or known_at.tzinfo is UTC
    with suppress(InvalidDate):
        assert parse_day(text).isoformat() == text


# --------------------------------------------------------- agreement with the `edtf` package

# A parse takes it some milliseconds, and its first ones far longer.
unhurried = settings(deadline=None)


def peer_day(bound: struct_time | float) -> date | None:
    """Give a bound as the `edtf` package has it: an infinity is an open side."""
    return date(*bound[:3]) if isinstance(bound, struct_time) else None


def is_mixed_window(text: str) -> bool:
    """Whether this is `[a..b]` with ends of two precisions, such as `[2016-04..2017]`."""
    first, dots, last = text.strip("[]").partition("..")
    return text.startswith("[") and bool(dots and first and last) and len(first) != len(last)


def first_day_out(last: date | None) -> date | None:
    """Turn its last days, which are in, into ours, which are out."""
    return last + timedelta(days=1) if last and last < date.max else None


@unhurried
@given(edtf_texts())
@example("[2016-04-15..2016-09-19]")
@example("[..2016-09-19]")
@example("2016-04?")
@example("2016-09-19/..")
def test_agrees_with_edtf(text: str) -> None:
    """Where both speak, both give the same first and last day and the same qualifiers.

    They knowingly differ in three things. An unknown side (`/2016`) is ten years before the other
    there and unknown here, since nothing in the source says ten. A window of mixed precision is
    refused there. And `%` is a third flag there, where here it sets both.
    """
    if is_mixed_window(text):
        assert edtf.parse_edtf(text, fail_silently=True) is None
        return
    ours, peer = When.parse(text), edtf.parse_edtf(text)
    if not text.startswith("/"):
        assert ours.earliest_start == peer_day(peer.lower_strict())
    if not text.endswith("/"):
        last = peer_day(peer.upper_strict())
        if ours.is_interval:
            assert ours.latest_end == first_day_out(last)
        else:
            assert (ours.latest_start, ours.latest_end) == (last, first_day_out(last))
    both = peer.is_uncertain_and_approximate
    assert ours.uncertain == (peer.is_uncertain or both)
    assert ours.approximate == (peer.is_approximate or both)


@unhurried
@given(edtf_intervals())
def test_agrees_with_edtf_on_the_inner_bounds_of_an_interval(text: str) -> None:
    """The latest start is the last day of the first date, the earliest end follows the second."""
    ours, peer = When.parse(text), edtf.parse_edtf(text)
    if not text.startswith(("/", "..")):
        assert ours.latest_start == peer_day(peer.lower.upper_strict())
    if not text.endswith(("/", "..")):
        assert ours.earliest_end == first_day_out(peer_day(peer.upper.lower_strict()))


@unhurried
@given(misspelled())
def test_reads_nothing_that_edtf_refuses(text: str) -> None:
    """A text that parses here is EDTF, mixed windows apart."""
    try:
        When.parse(text)
    except InvalidDate:
        return
    assert is_mixed_window(text) or edtf.parse_edtf(text, fail_silently=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        "2015-02-29",  # it counts 29 days in every February
        "0000",  # year zero, and those before, are in no `date`
        "2017/2016",  # it does not compare the ends
        "[2017..2016]",
        " 2016 ",  # it strips
        "2016-21",  # a season has no agreed days
        "201X",
        "2016-04-XX",
        "Y17000",
        "{2016,2017}",  # both days, where an occurrence has one
        "[2016,2018]",  # bounds could not say that 2017 is out
        "2016?-04",
        "2016-04-01T10:00:00Z",  # valid time is a day
    ],
)
def test_refuses_what_edtf_reads_and_the_record_does_not(text: str) -> None:
    """What has no four bounds that mean what it says is refused, though `edtf` reads it."""
    assert edtf.parse_edtf(text) is not None
    with pytest.raises(InvalidDate):
        When.parse(text)


@given(st.integers(1, 9999))
def test_february_is_leap_where_the_calendar_says(year: int) -> None:
    """The one month whose length edtf does not check has the days that the calendar gives it."""
    last = When.parse(f"{year:04}-02").latest_start
    assert last == date(year, 2, 29 if isleap(year) else 28)

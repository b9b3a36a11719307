"""What a date in the record says, and what a question about a day or a moment may be."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ledger.errors import BadInput, InvalidDate, InvalidMoment
from ledger.times import (
    UNKNOWN,
    Span,
    When,
    parse_day,
    parse_known_at,
    parse_timestamp,
    system_clock,
    timestamp,
)


def bounds(when: When) -> tuple[str | None, ...]:
    """Give the four bounds as text, as the tables below write them."""
    four = (when.earliest_start, when.latest_start, when.earliest_end, when.latest_end)
    return tuple(day.isoformat() if day else None for day in four)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-09-19", ("2016-09-19", "2016-09-19", "2016-09-20", "2016-09-20")),
        ("2016-04", ("2016-04-01", "2016-04-30", "2016-04-02", "2016-05-01")),
        ("2016-02", ("2016-02-01", "2016-02-29", "2016-02-02", "2016-03-01")),
        ("2016", ("2016-01-01", "2016-12-31", "2016-01-02", "2017-01-01")),
        ("0001", ("0001-01-01", "0001-12-31", "0001-01-02", "0002-01-01")),
        ("2016-04?", ("2016-04-01", "2016-04-30", "2016-04-02", "2016-05-01")),
        (
            "[2016-04-15..2016-09-19]",
            ("2016-04-15", "2016-09-19", "2016-04-16", "2016-09-20"),
        ),
        ("[2016-04..2017]", ("2016-04-01", "2017-12-31", "2016-04-02", "2018-01-01")),
        ("[2016..2016-04]", ("2016-01-01", "2016-04-30", "2016-01-02", "2016-05-01")),
        ("[..2016-09-19]", (None, "2016-09-19", None, "2016-09-20")),
        ("[2016-04..]", ("2016-04-01", None, "2016-04-02", None)),
    ],
)
def test_a_date_or_window_is_a_window_for_one_day(
    text: str, expected: tuple[str | None, ...]
) -> None:
    """A date or window starts on one of its days and is over on the next."""
    when = When.parse(text)
    assert bounds(when) == expected
    assert when.text == text
    assert not when.is_interval


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "2016-04-15/2016-09-19",
            ("2016-04-15", "2016-04-15", "2016-09-20", "2016-09-20"),
        ),
        ("2016-04/2016-09", ("2016-04-01", "2016-04-30", "2016-09-02", "2016-10-01")),
        ("2016/2016-04", ("2016-01-01", "2016-12-31", "2016-04-02", "2016-05-01")),
        ("2016-09-19/2016-09-19", ("2016-09-19", "2016-09-19", "2016-09-20", "2016-09-20")),
        ("2016-09-19/..", ("2016-09-19", "2016-09-19", None, None)),
        ("2016-09-19/", ("2016-09-19", "2016-09-19", None, None)),
        ("../2016-09", (None, None, "2016-09-02", "2016-10-01")),
        ("/2016-09", (None, None, "2016-09-02", "2016-10-01")),
    ],
)
def test_an_interval_lasts_through_both_its_dates(
    text: str, expected: tuple[str | None, ...]
) -> None:
    """An interval starts within its first date and is over the day after its second."""
    when = When.parse(text)
    assert bounds(when) == expected
    assert when.text == text
    assert when.is_interval


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9999-12-31", ("9999-12-31", "9999-12-31", None, None)),
        ("9999", ("9999-01-01", "9999-12-31", "9999-01-02", None)),
        ("2016/9999", ("2016-01-01", "2016-12-31", "9999-01-02", None)),
    ],
)
def test_a_day_past_the_year_9999_is_no_bound(text: str, expected: tuple[str | None, ...]) -> None:
    """A bound that no calendar of ours holds is left open."""
    assert bounds(When.parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "uncertain", "approximate"),
    [
        ("2016-04", False, False),
        ("2016-04?", True, False),
        ("2016-04~", False, True),
        ("2016-04%", True, True),
        ("2016?/2017", True, False),
        ("2016/2017~", False, True),
        ("2016?/2017~", True, True),
        ("2016%/..", True, True),
        ("/2016~", False, True),
        ("[2016..2017]", False, False),
    ],
)
def test_qualifiers_are_flags(text: str, *, uncertain: bool, approximate: bool) -> None:
    """A question mark says uncertain, a tilde approximate, a percent sign both, on either side."""
    when = When.parse(text)
    assert (when.uncertain, when.approximate) == (uncertain, approximate)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2016-13", "2016 has no month 13"),
        ("2016-00-01", "2016 has no month 00"),
        ("2015-02-29", "February 2015 has 28 days, not 29"),
        ("2016-04-00", "April 2016 has 30 days, not 00"),
        ("0000", "years run from 0001 to 9999"),
        ("2017/2016", "an interval ends before it begins"),
        ("2016-09-20/2016-09-19", "an interval ends before it begins"),
        ("2015/2016/2017", "an interval has one slash"),
        ("/", "an interval needs a date on one side of its slash at least"),
        ("../", "an interval needs a date on one side of its slash at least"),
        ("../..", "an interval needs a date on one side of its slash at least"),
        ("[2017..2016]", "a window closes before it opens"),
        ("[..]", "a window is [a..b], [a..] or [..b]"),
        ("[2016]", "a window is [a..b], [a..] or [..b]"),
        ("[2016,2017]", "a window is [a..b], [a..] or [..b]"),
        ("[2016..2017]?", "a window ends with its bracket, and takes no qualifier"),
        ("[2016..2017", "a window ends with its bracket, and takes no qualifier"),
        ("[2016?..2017]", "'2016?' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("[2016...2017]", "'.2017' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("[2015..2016]/2017", "'[2015..2016]' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("2016-04??", "'2016-04?' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("2016-9-19", "'2016-9-19' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("-2016", "'-2016' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("", "'' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("?", "'' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        (" 2016", "there is space around it"),
        ("2016\n", "there is space around it"),
        ("٢٠١٦", "its digits must be 0 to 9"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, reason: str) -> None:
    """What is not a date here is refused as it was given, with the reason."""
    with pytest.raises(InvalidDate) as refusal:
        When.parse(text)
    assert (refusal.value.text, refusal.value.reason) == (text, reason)


ENTERED = When.parse("2016-04-15")
LEFT = When.parse("2016-09-19")


@pytest.mark.parametrize(
    ("span", "day", "certain", "possible"),
    [
        (Span.between(ENTERED, LEFT), "2016-04-14", False, False),
        (Span.between(ENTERED, LEFT), "2016-04-15", True, True),
        (Span.between(ENTERED, LEFT), "2016-09-18", True, True),
        (Span.between(ENTERED, LEFT), "2016-09-19", False, False),
        (Span.between(ENTERED, None), "9999-12-31", True, True),
        (Span.between(ENTERED, UNKNOWN), "2016-04-15", False, True),
        (Span.between(ENTERED, UNKNOWN), "9999-12-31", False, True),
        (Span.between(None, LEFT), "2016-09-18", False, True),
        (Span.between(None, LEFT), "2016-09-19", False, False),
        (Span.between(None, None), "2016-09-19", False, True),
        (Span.between(When.parse("2016-04"), LEFT), "2016-04-29", False, True),
        (Span.between(When.parse("2016-04"), LEFT), "2016-04-30", True, True),
        (Span.between(ENTERED, When.parse("2016-09")), "2016-08-31", True, True),
        (Span.between(ENTERED, When.parse("2016-09")), "2016-09-01", False, True),
        (Span.between(ENTERED, When.parse("2016-09")), "2016-09-30", False, False),
        (Span.happened(When.parse("2016-04")), "2016-04-29", False, True),
        (Span.happened(When.parse("2016-04")), "2016-04-30", True, True),
    ],
)
def test_a_span_is_certain_or_possible_on_a_day(
    span: Span, day: str, *, certain: bool, possible: bool
) -> None:
    """A state is certain from its latest start to its earliest end, and possible around that."""
    asked = date.fromisoformat(day)
    assert (span.certain(asked), span.possible(asked)) == (certain, possible)


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [
        (ENTERED, None, (ENTERED.earliest_start, ENTERED.latest_start, None, None)),
        (ENTERED, UNKNOWN, (date(2016, 4, 15), date(2016, 4, 15), date(2016, 4, 15), None)),
        (None, UNKNOWN, (None, None, date.min, None)),
        (
            ENTERED,
            When.parse("[..2016-09-19]"),
            (date(2016, 4, 15), date(2016, 4, 15), date(2016, 4, 15), date(2016, 9, 19)),
        ),
        (
            LEFT,
            When.parse("[..2016-04-15]"),
            (date(2016, 9, 19), date(2016, 9, 19), date(2016, 4, 15), date(2016, 4, 15)),
        ),
        (None, When.parse("[..2016-04-15]"), (None, None, date.min, date(2016, 4, 15))),
    ],
)
def test_an_end_that_cannot_be_dated_is_still_an_end(
    began: When | None, ended: When | None, expected: tuple[date | None, ...]
) -> None:
    """Only where no end is recorded has a span no earliest end, and its ends stay in order."""
    span = Span.between(began, ended)
    assert (
        span.began_earliest,
        span.began_latest,
        span.ended_earliest,
        span.ended_latest,
    ) == expected


def test_the_clock_tells_utc() -> None:
    """The system's clock tells the present moment, with UTC for its zone."""
    before, told, after = datetime.now(UTC), system_clock(), datetime.now(UTC)
    assert before <= told <= after
    assert told.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 17, 5, 0, 123456, UTC), "2026-11-23T17:05:00.123456Z"),
        (datetime(2026, 11, 23, 17, 5, tzinfo=UTC), "2026-11-23T17:05:00.000000Z"),
        (
            datetime(2026, 11, 24, 1, 5, tzinfo=timezone(timedelta(hours=8))),
            "2026-11-23T17:05:00.000000Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_timestamp_is_utc_to_the_microsecond(moment: datetime, text: str) -> None:
    """A moment is written in UTC with all six digits, whatever its zone."""
    assert timestamp(moment) == text
    assert parse_timestamp(text) == moment


def test_a_moment_without_zone_is_not_written() -> None:
    """A moment that does not say its zone is refused, never guessed."""
    with pytest.raises(ValueError, match="has no zone"):
        timestamp(datetime(2026, 11, 23))  # noqa: DTZ001 -- the missing zone is the point


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T17:05:00Z", datetime(2026, 11, 23, 17, 5, tzinfo=UTC)),
        ("2026-11-23t17:05:00z", datetime(2026, 11, 23, 17, 5, tzinfo=UTC)),
        ("2026-11-23 17:05:00Z", datetime(2026, 11, 23, 17, 5, tzinfo=UTC)),
        ("2026-11-23T17:05:00.5Z", datetime(2026, 11, 23, 17, 5, 0, 500000, UTC)),
        ("2026-11-23T17:05:00.123456789Z", datetime(2026, 11, 23, 17, 5, 0, 123456, UTC)),
        ("2026-11-24T01:05:00+08:00", datetime(2026, 11, 23, 17, 5, tzinfo=UTC)),
        ("2026-11-23T17:05:00-00:00", datetime(2026, 11, 23, 17, 5, tzinfo=UTC)),
    ],
)
def test_any_rfc_3339_time_is_read_into_utc(text: str, expected: datetime) -> None:
    """Every spelling that RFC 3339 allows is the moment it names, in UTC."""
    moment = parse_timestamp(text)
    assert moment == expected
    assert moment.tzinfo is UTC


NO_TIME = "it is not an RFC 3339 time"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-23T17:05:00", "it names no zone: add Z or an offset such as +02:00"),
        ("2026-11-23T17:05Z", NO_TIME),
        ("2026-11-23T24:00:00Z", NO_TIME),
        ("2016-12-31T23:59:60Z", NO_TIME),
        ("2026-11-23T17:05:00+0200", NO_TIME),
        ("2026-11-23T17:05:00,5Z", NO_TIME),
        ("20261123T170500Z", NO_TIME),
        ("2026-11-23T17:05:00Z\n", NO_TIME),
        ("٢٠٢٦-11-23T17:05:00Z", NO_TIME),
        ("2026-11-31T17:05:00Z", "November 2026 has 30 days, not 31"),
        ("0001-01-01T00:00:00+01:00", "in UTC, years run from 0001 to 9999"),
    ],
)
def test_a_time_that_rfc_3339_does_not_allow_is_refused(text: str, reason: str) -> None:
    """What RFC 3339 does not allow, or Python cannot hold, is refused with the reason."""
    with pytest.raises(InvalidMoment) as refusal:
        parse_timestamp(text)
    assert (refusal.value.text, refusal.value.reason) == (text, reason)
    assert isinstance(refusal.value, BadInput)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("42", 42),
        ("20261123", 20261123),
        ("9007199254740991", 2**53 - 1),
        ("2026-11-23T17:05:00Z", datetime(2026, 11, 23, 17, 5, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, 23, 59, 59, 999999, UTC)),
    ],
)
def test_known_at_is_a_position_a_time_or_the_end_of_a_day(
    text: str, expected: int | datetime
) -> None:
    """Digits alone are a position, a time is itself, and a date is its end in UTC."""
    assert parse_known_at(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9007199254740992", "no position is past 9007199254740991"),
        ("9" * 5000, "no position is past 9007199254740991"),
        ("2026-11-23T17:05:00", "it names no zone: add Z or an offset such as +02:00"),
        ("2026-02-29", "February 2026 has 28 days, not 29"),
        ("2026-11", "'2026-11' is not a single day"),
        ("-1", "'-1' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("٤٢", "its digits must be 0 to 9"),
        ("", "'' is not YYYY-MM-DD, YYYY-MM or YYYY"),
        ("the day before", NO_TIME),
    ],
)
def test_known_at_refuses_what_names_no_state_of_the_ledger(text: str, reason: str) -> None:
    """What is no position, time or day is refused with the reason."""
    with pytest.raises(InvalidMoment) as refusal:
        parse_known_at(text)
    assert (refusal.value.text, refusal.value.reason) == (text, reason)


def test_as_of_is_a_day() -> None:
    """A question about the world is asked about one day."""
    assert parse_day("2016-09-19") == date(2016, 9, 19)


@pytest.mark.parametrize(
    "text", ["2016-09", "2016", "2016-09-19?", "2016-09-19/..", "2016-09-31", " 2016-09-19", ""]
)
def test_as_of_refuses_all_but_a_single_day(text: str) -> None:
    """A month, a year, a qualifier or an interval is no day to ask about."""
    with pytest.raises(InvalidDate, match="Write one day") as refusal:
        parse_day(text)
    assert refusal.value.text == text

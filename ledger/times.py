"""The two times of the record: when a fact held in the world, and when the ledger learned it.

Valid time is written in EDTF (Extended Date/Time Format: ISO 8601-2, annex A), level 0 and as much
of levels 1 and 2 as proceedings need. `When` is such a text with the four bounds that follow from
it; `Span` is a state between a beginning and an end, and says on which days it certainly or
possibly held. Recorded time is a `datetime` in UTC or a position in the log.

All ranges are half-open: an end is the first day out. `tests/properties/test_times_laws.py` holds
the laws, with the `edtf` package as the oracle.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ledger.errors import InvalidDate, InvalidMoment

__all__ = [
    "UNKNOWN",
    "Clock",
    "KnownAt",
    "Span",
    "When",
    "Window",
    "parse_day",
    "parse_known_at",
    "parse_timestamp",
    "system_clock",
    "timestamp",
]


# ---------------------------------------------------------------------------------- valid time


@dataclass(frozen=True, slots=True)
class When:
    """When something happened, or from when to when it lasted, as its source dates it.

    | text                                          | says                                     |
    | --------------------------------------------- | ---------------------------------------- |
    | `2016-09-19`, `2016-09`, `2016`               | one day, on or within that date          |
    | `2016-04?`, `2016-04~`, `2016-04%`            | the same; uncertain, approximate or both |
    | `[2016-04-15..2016-09-19]`, `[..b]`, `[a..]`  | one day, within that window              |
    | `2016-04-15/2016-09-19`                       | from the one to the other, both included |
    | `a/..`, `../b`, `a/`, `/b`                    | the same; that side is open, or unknown  |

    `text` is what was parsed. The four bounds are days, the ends being first days out; None is a
    bound that is unknown, open or past the year 9999. `uncertain` (?) and `approximate` (~) say how
    far to trust the date and never move a bound. `is_interval` tells `a/b`, which lasted, from a
    date or window, which was one day.
    """

    text: str
    earliest_start: date | None
    latest_start: date | None
    earliest_end: date | None
    latest_end: date | None
    uncertain: bool = False
    approximate: bool = False
    is_interval: bool = False

    @classmethod
    def parse(cls, text: str) -> "When":
        """Read `text`, or raise `InvalidDate` with what is wrong with it."""
        return _parse(text)

    @property
    def window(self) -> "Window":
        """The days on which it may have happened, or begun."""
        return Window(self.earliest_start, self.latest_start)


class Window(NamedTuple):
    """The days on one of which something falls, first and last included; None is unknown."""

    first: date | None
    last: date | None

    def overlaps(self, other: "Window") -> bool:
        """Whether both can be windows for the same day."""
        return not (self.surely_before(other) or other.surely_before(self))

    def meet(self, other: "Window") -> "Window":
        """Return the days that lie in both; they overlap."""
        firsts = [day for day in (self.first, other.first) if day is not None]
        lasts = [day for day in (self.last, other.last) if day is not None]
        return Window(max(firsts, default=None), min(lasts, default=None))

    def surely_before(self, other: "Window") -> bool:
        """Whether every day of this one is before every day of the other."""
        return self.last is not None and other.first is not None and self.last < other.first

    def may_follow(self, other: "Window") -> bool:
        """Whether some day of this one is after some day of the other."""
        return self.last is None or other.first is None or other.first < self.last

    @property
    def order(self) -> tuple[date, date]:
        """A key that sorts windows by first day, then last; what is unknown is wide."""
        return self.first or date.min, self.last or date.max


UNKNOWN = When("", None, None, None, None)
"""It happened, and nobody knows when. No text parses to this."""


@lru_cache(maxsize=4096)
def _parse(text: str) -> When:
    try:
        return _read(text)
    except ValueError as wrong:
        raise InvalidDate(text, str(wrong)) from None


class _Read(NamedTuple):
    """A window for one day, and how its source qualifies it."""

    first: date | None
    last: date | None
    uncertain: bool = False
    approximate: bool = False


# The readers below mirror the grammar, one rule each, and raise ValueError with a reason.


def _read(text: str) -> When:
    if text != text.strip():
        raise ValueError("there is space around it")
    if "/" in text:
        return _read_interval(text)
    window = _read_window(text) if text.startswith("[") else _read_qualified(text)
    return When(
        text,
        window.first,
        window.last,
        _day_after(window.first),
        _day_after(window.last),
        window.uncertain,
        window.approximate,
    )


def _read_interval(text: str) -> When:
    """`a/b`: EDTF level 0; with qualifiers, `..` or an empty side, level 1."""
    began, _, ended = text.partition("/")
    if "/" in ended:
        raise ValueError("an interval has one slash")
    if not began.strip(".") and not ended.strip("."):
        raise ValueError("an interval needs a date on one side of its slash at least")
    start, end = _read_side(began), _read_side(ended)
    if start.first and end.last and end.last < start.first:
        raise ValueError("an interval ends before it begins")
    return When(
        text,
        start.first,
        start.last,
        _day_after(end.first),
        _day_after(end.last),
        start.uncertain or end.uncertain,
        start.approximate or end.approximate,
        is_interval=True,
    )


def _read_side(part: str) -> _Read:
    return _Read(None, None) if part in ("", "..") else _read_qualified(part)


def _read_window(text: str) -> _Read:
    """`[a..b]`, `[..b]`, `[a..]`: EDTF level 2, one of a set."""
    if not text.endswith("]"):
        raise ValueError("a window ends with its bracket, and takes no qualifier")
    opens, dots, closes = text[1:-1].partition("..")
    if not dots or not (opens or closes):
        raise ValueError("a window is [a..b], [a..] or [..b]")
    first = _read_date(opens)[0] if opens else None
    last = _read_date(closes)[1] if closes else None
    if first and last and last < first:
        raise ValueError("a window closes before it opens")
    return _Read(first, last)


def _read_qualified(part: str) -> _Read:
    """Read a date and the qualifier behind it, if any: EDTF level 1."""
    qualifier = part[-1:]
    bare = part[:-1] if qualifier in ("?", "~", "%") else part
    first, last = _read_date(bare)
    return _Read(first, last, qualifier in ("?", "%"), qualifier in ("~", "%"))


def _read_date(part: str) -> tuple[date, date]:
    """Give the first and last day of a day, month or year: EDTF level 0, years 0001 to 9999."""
    if any(character.isdigit() and not character.isascii() for character in part):
        raise ValueError("its digits must be 0 to 9")
    numbers = part.split("-")
    shape = [len(number) for number in numbers if number.isdigit()]
    if len(shape) < len(numbers) or shape not in ([4], [4, 2], [4, 2, 2]):
        raise ValueError(f"{part!r} is not YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = (*map(int, numbers), None, None)[:3]
    if not year:
        raise ValueError("years run from 0001 to 9999")
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if not 1 <= month <= len(_MONTHS):
        raise ValueError(f"{numbers[0]} has no month {numbers[1]}")
    length = monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, length)
    if not 1 <= day <= length:
        raise ValueError(f"{_MONTHS[month - 1]} {numbers[0]} has {length} days, not {numbers[2]}")
    return date(year, month, day), date(year, month, day)


# Spelled out, because `calendar.month_name` follows the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def parse_day(text: str) -> date:
    """Read the day that `as_of` asks about, `YYYY-MM-DD`, or raise `InvalidDate`."""
    try:
        return _read_day(text)
    except ValueError as wrong:
        raise InvalidDate(text, str(wrong), write="one day: 2016-09-19") from None


def _read_day(text: str) -> date:
    first, last = _read_date(text)
    if first != last:
        raise ValueError(f"{text!r} is not a single day")
    return first


@dataclass(frozen=True, slots=True)
class Span:
    """A state that began on one day and ended on another: a membership, an office, a name.

    `began_…` is the first day in and `ended_…` the first day out, each between its earliest and its
    latest bound. A beginning's None is an unknown bound. `ended_earliest` is None only where no end
    is recorded; `ended_latest` is None also where the end has no known last bound.

    Build one with `between` or `happened`, which keep these rules.
    """

    began_earliest: date | None = None
    began_latest: date | None = None
    ended_earliest: date | None = None
    ended_latest: date | None = None

    @classmethod
    def between(cls, began: When | Window | None, ended: When | Window | None) -> "Span":
        """Give the state that began and ended then; None where that is not recorded.

        `ended` dates the first day out. Pass `UNKNOWN` for an end that is known to have come and
        cannot be dated: such a state is possible on any day since it began, and certain on none.
        """
        first_in = _window(began or UNKNOWN)
        if ended is None:
            return cls(*first_in)
        earliest, latest = _window(ended)
        if earliest is None:
            # None would say that no end is recorded, and make certain what is only possible.
            earliest = min(first_in.first or date.min, latest or date.max)
        return cls(*first_in, earliest, latest)

    @classmethod
    def happened(cls, when: When | Window) -> "Span":
        """Give an occurrence as the state that began with it and has no end."""
        return cls.between(when, None)

    def certain(self, day: date) -> bool:
        """Whether it held on `day` however the bounds are narrowed; with no end, it still does."""
        return (
            self.began_latest is not None
            and self.began_latest <= day
            and (self.ended_earliest is None or day < self.ended_earliest)
        )

    def possible(self, day: date) -> bool:
        """Whether the bounds can be narrowed so that it held on `day`."""
        return (self.began_earliest is None or self.began_earliest <= day) and (
            self.ended_latest is None or day < self.ended_latest
        )


def _window(dated: When | Window) -> Window:
    return dated.window if isinstance(dated, When) else dated


# ------------------------------------------------------------------------------- recorded time

Clock: TypeAlias = Callable[[], datetime]
"""Tells the present moment, with its zone."""

KnownAt: TypeAlias = int | datetime
"""A state of the ledger: the last position in it, or the last moment of recording, with zone."""

_LAST_POSITION = 2**53 - 1  # the last integer that every JSON reader keeps exact

# RFC 3339 section 5.6, its zone left optional so that a missing one can be named. Python cannot
# hold second 60, and reads more of ISO 8601 than the RFC allows; hence the ranges.
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
    r"(?P<zone>[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)?",
    re.ASCII,
)


def system_clock() -> datetime:
    """Tell the present moment in UTC, by the computer's clock."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, in 27 characters: `2026-11-23T17:05:00.123456Z`.

    So written, moments sort as text. A moment without zone raises `ValueError`.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no zone, so it names no one moment")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Read an RFC 3339 time with zone, into UTC; undoes `timestamp`.

    Digits past the microsecond are cut off. Anything else raises `InvalidMoment`, leap seconds too.
    """
    match = _RFC3339.fullmatch(text)
    if not match:
        raise InvalidMoment(text, "it is not an RFC 3339 time")
    if not match["zone"]:
        raise InvalidMoment(text, "it names no zone: add Z or an offset such as +02:00")
    try:
        _read_day(text[:10])
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as wrong:
        raise InvalidMoment(text, str(wrong)) from None
    except OverflowError:
        raise InvalidMoment(text, "in UTC, years run from 0001 to 9999") from None


def parse_known_at(text: str) -> KnownAt:
    """Read a state of the ledger: a position, an RFC 3339 time, or a date.

    Digits alone are a position; a date is its last microsecond in UTC, so that all recorded on that
    day is known. Anything else raises `InvalidMoment`.
    """
    if text.isascii() and text.isdigit():
        # Python refuses to read thousands of digits, so their number is judged first.
        if len(text) > len(str(_LAST_POSITION)) or int(text) > _LAST_POSITION:
            raise InvalidMoment(text, f"no position is past {_LAST_POSITION}")
        return int(text)
    if len(text) > len("YYYY-MM-DD"):
        return parse_timestamp(text)
    try:
        return datetime.combine(_read_day(text), time.max, tzinfo=UTC)
    except ValueError as wrong:
        raise InvalidMoment(text, str(wrong)) from None

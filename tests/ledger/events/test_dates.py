"""Every event has a date in the world, and some fall on one day only."""

import pytest
from hypothesis import given
from pydantic import ValidationError

from ledger.codec.declare import declarations
from ledger.events import (
    GroupEstablished,
    MeetingConvened,
    MembershipBegan,
    MembershipEnded,
)
from ledger.testing import dates, days
from ledger.times import UNKNOWN, When

ON_ONE_DAY = {
    "group-established",
    "group-dissolved",
    "membership-began",
    "membership-ended",
    "membership-suspended",
    "membership-resumed",
    "position-superseded",
    "party-renamed",
    "party-succeeded",
    "office-assumed",
    "office-vacated",
    "identities-linked",
    "identities-unlinked",
}


@given(dates())
def test_a_date_is_kept_as_it_was_written(text: str) -> None:
    """Any EDTF that the record reads can date an event, in its own spelling."""
    event = MeetingConvened(meeting="lakes-1", valid=text)
    assert event.valid == text
    assert event.when == When.parse(text)


def test_an_event_without_a_date_happened_some_day() -> None:
    """Where a source gives no date, none is made up."""
    assert MeetingConvened(meeting="lakes-1").when == UNKNOWN


@pytest.mark.parametrize(
    "text", ["", "2016-02-30", "19 September 2016", "2016/2015", "now", "20XX"]
)
def test_what_is_no_date_is_refused_with_its_field(text: str) -> None:
    """A date that cannot be read is refused, and the answer names the field."""
    with pytest.raises(ValidationError) as error:
        MeetingConvened(meeting="lakes-1", valid=text)
    assert [problem["loc"] for problem in error.value.errors()] == [("valid",)]


@given(days())
def test_a_beginning_falls_on_one_day(text: str) -> None:
    """A day, a month, a year or a window for one day dates a beginning."""
    assert GroupEstablished(group="lakes", valid=text).valid == text


@pytest.mark.parametrize("text", ["2016-04-15/2016-09-19", "2016/..", "../2016", "/2016", "2016/"])
def test_a_beginning_does_not_last(text: str) -> None:
    """An interval is refused where one day is meant, and the answer shows the window."""
    with pytest.raises(ValidationError, match=r"\[2016-04-15\.\.2016-09-19\]"):
        MembershipBegan(group="lakes", party="ke", valid=text)
    with pytest.raises(ValidationError):
        MembershipEnded(group="lakes", party="ke", valid=text)


def test_beginnings_and_ends_of_states_are_those_that_fall_on_one_day() -> None:
    """Each type either takes an interval, or is one of those that begin or end a state."""
    refuses = set()
    for declared in declarations():
        try:
            declared.model.model_validate({"valid": "2016/2017"})
        except ValidationError as error:
            if any(problem["loc"] == ("valid",) for problem in error.errors()):
                refuses.add(declared.name)
    assert refuses == ON_ONE_DAY

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ledger import Ledger, Source
from ledger.errors import InvalidDate, UnknownColumn, UnusableFilter
from ledger.events import (
    MeetingConvened,
    MembershipBegan,
    MembershipEnded,
    StatementDelivered,
)
from ledger.replay.walk import UnusableCursor, UnusableLimit, UnusableOrder
from projections.meetings import Meetings
from projections.membership import Membership
from projections.statements import Statements

REVISED = Source(document="report", language="en", edition="Rev.1").at(1)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger of two memberships, two meetings and two statements."""
    with Ledger.open("sqlite://") as opened:
        opened.append(
            [
                MembershipBegan(group="lakes", party="ke", valid="2016-04-15"),
                MembershipBegan(group="lakes", party="ug", valid="2016"),
                MembershipEnded(group="lakes", party="ke", valid="2018"),
                MeetingConvened(meeting="m1", number=1, level="summit", source=REVISED),
                MeetingConvened(meeting="m2", number=2),
                MeetingConvened(meeting="m2", number=3),
                StatementDelivered(meeting="m1", statement="s1", speaker="ke", cites=("r1", "r10")),
                StatementDelivered(meeting="m1", statement="s2", speaker="ug", cites=("r10",)),
            ]
        )
        yield opened


def parties(ledger: Ledger, **question: Any) -> list[str]:
    """Return whose membership answers."""
    return [row.party for row in ledger.view(Membership).rows(**question)]


def meetings(ledger: Ledger, **fields: Any) -> list[str]:
    """Return which meetings answer."""
    return [row.meeting for row in ledger.view(Meetings).rows(**fields)]


def statements(ledger: Ledger, **fields: Any) -> list[str]:
    """Return which statements answer."""
    return [row.statement for row in ledger.view(Statements).rows(**fields)]


def test_a_timeline_comes_in_the_order_of_its_days(ledger: Ledger) -> None:
    """What was recorded late stands on its day, at once and page by page."""
    ledger.append([MembershipBegan(group="peaks", party="ke", valid="2015-01-01")])
    view = ledger.view("timeline")
    whole = [row.span.began_earliest for row in view.rows(subject="party:ke")]
    assert whole == sorted(whole)
    first = view.answer(subject="party:ke", limit=1)
    rest = view.answer(subject="party:ke", cursor=first.cursor)
    assert [row.span.began_earliest for row in (*first.rows, *rest.rows)] == whole
    assert whole[0] == date(2015, 1, 1)


def test_rows_come_in_the_order_of_their_key(ledger: Ledger) -> None:
    """Without a filter every row is given, sorted by the key."""
    assert parties(ledger) == ["ke", "ug"]
    assert meetings(ledger) == ["m1", "m2", "m2"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"number": 1}, ["m1"]),
        ({"number": "3"}, ["m2"]),
        ({"number": 4}, []),
        ({"number": -1}, []),
        ({"divergent": True}, ["m2", "m2"]),
        ({"divergent": False}, ["m1"]),
        ({"divergent": "yes"}, ["m2", "m2"]),
        ({"divergent": "False"}, ["m1"]),
        ({"level": "summit"}, ["m1"]),
        ({"level": None}, ["m2", "m2"]),
        ({"number": None}, []),
        ({"meeting": "m2", "number": 2}, ["m2"]),
        ({"meeting": "m1", "number": 2}, []),
    ],
    ids=str,
)
def test_a_column_has_the_value_that_is_asked_for(
    ledger: Ledger, fields: dict[str, Any], found: list[str]
) -> None:
    """Texts, numbers and truths are compared as what they are, None is *not stated*, all hold."""
    assert meetings(ledger, **fields) == found


@pytest.mark.parametrize(
    ("cited", "found"),
    [("r1", ["s1"]), ("r10", ["s1", "s2"]), ("r", []), ("0", []), ("r%", []), ("r1_", [])],
)
def test_a_column_of_several_values_contains_the_one_asked_for(
    ledger: Ledger, cited: str, found: list[str]
) -> None:
    """A whole value is there or it is not: no part of one, and no pattern."""
    assert statements(ledger, cites=cited) == found


def test_a_value_of_several_is_compared_letter_for_letter(ledger: Ledger) -> None:
    """Capital letters count, in a citation as in any other text."""
    assert meetings(ledger, attested_by="report/en/Rev.1#¶1") == ["m1"]
    assert meetings(ledger, attested_by="report/en/rev.1#¶1") == []


@pytest.mark.parametrize("mark", [",", '","', "[", '"'])
def test_what_stands_between_values_is_no_value(ledger: Ledger, mark: str) -> None:
    """How several values are stored never shows through."""
    assert statements(ledger, cites=mark) == []


def test_a_column_of_dates_takes_a_day(ledger: Ledger) -> None:
    """A day, or its text, is compared with a date; anything else is refused."""
    assert parties(ledger, last_attested="2016-12-31") == ["ug"]
    assert parties(ledger, last_attested=date(2016, 12, 31)) == ["ug"]
    assert parties(ledger, last_attested=None) == ["ke"]
    with pytest.raises(InvalidDate):
        parties(ledger, last_attested="2016")
    with pytest.raises(UnusableFilter):
        parties(ledger, last_attested=2016)


def test_an_unknown_column_is_refused_with_the_nearest(ledger: Ledger) -> None:
    """A slip in a column's name is answered with the name that was meant, and all there are."""
    with pytest.raises(UnknownColumn, match="did you mean 'party'") as refused:
        parties(ledger, partty="ke")
    assert (refused.value.view, refused.value.did_you_mean) == ("membership", "party")
    assert refused.value.known[:3] == ["group", "party", "kind"]


@pytest.mark.parametrize("name", ["span", "because", "known_from", "ordinal"])
def test_times_and_reasons_are_no_columns_to_filter_by(ledger: Ledger, name: str) -> None:
    """Only a row's own columns are filtered by; times have words of their own."""
    with pytest.raises(UnknownColumn):
        parties(ledger, **{name: 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("divergent", "perhaps"),
        ("number", "one"),
        ("number", ""),
        ("number", "--1"),
        ("number", "²"),
        ("number", 2**70),
        ("opened_by_person", {"en": "Ann"}),
    ],
)
def test_a_value_that_a_column_cannot_have_is_refused(
    ledger: Ledger, name: str, value: object
) -> None:
    """The refusal names view, column and value, whatever was given."""
    with pytest.raises(UnusableFilter) as refused:
        meetings(ledger, **{name: value})
    assert (refused.value.view, refused.value.name) == ("meetings", name)


def test_as_of_gives_what_is_certain_and_counts_what_is_possible(ledger: Ledger) -> None:
    """Without `possible` an answer holds certain rows, and says how many more there may be."""
    answer = ledger.view(Membership).answer(as_of="2016-06-01")
    assert [known.row.party for known in answer.known] == ["ke"]
    assert answer.known[0].certainty == "certain"
    assert (answer.as_of, answer.possible) == (date(2016, 6, 1), 1)


def test_possible_rows_are_given_and_marked_on_request(ledger: Ledger) -> None:
    """With `possible` each row says how sure it is, and none is left to count."""
    answer = ledger.view(Membership).answer(as_of="2016-06-01", possible=True)
    assert [(known.row.party, known.certainty) for known in answer.known] == [
        ("ke", "certain"),
        ("ug", "possible"),
    ]
    assert answer.possible == 0


def test_possible_rows_are_counted_within_the_filter(ledger: Ledger) -> None:
    """What is filtered out is not counted as possible either."""
    assert ledger.view(Membership).answer(as_of="2016-06-01", party="ke").possible == 0
    assert ledger.view(Membership).answer(as_of="2018-06-01", party="ke").possible == 1


def test_without_a_day_nothing_is_certain_or_possible(ledger: Ledger) -> None:
    """The rows of all days carry no certainty."""
    answer = ledger.view(Membership).answer()
    assert {known.certainty for known in answer.known} == {None}
    assert answer.possible == 0


def test_known_at_answers_for_a_position(ledger: Ledger) -> None:
    """Each position has its own knowledge, with the positions between which it was held."""
    view = ledger.view(Membership)
    (then,) = view.answer(known_at=2, party="ke").known
    (now,) = view.answer(party="ke").known
    assert (then.row.span.ended_earliest, then.known_from, then.known_to) == (None, 1, 3)
    assert (now.row.span.ended_earliest, now.known_from, now.known_to) == (
        date(2018, 1, 1),
        3,
        None,
    )
    assert view.rows(known_at=0) == []


def test_known_at_beyond_the_head_answers_for_the_head_and_says_so(ledger: Ledger) -> None:
    """Nobody knows the future of the record: the answer names the position that it is for."""
    answer = ledger.view(Membership).answer(known_at=1_000)
    assert (answer.known_at, answer.asked) == (8, 1_000)
    assert answer.rows == ledger.view(Membership).rows()


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("number", [1, 2, 3]),
        ("-number", [3, 2, 1]),
        ("level", [1, 2, 3]),
        ("-level", [1, 2, 3]),
        (("-meeting", "number"), [2, 3, 1]),
        (("-divergent", "-number"), [3, 2, 1]),
        ((), [1, 2, 3]),
    ],
    ids=str,
)
def test_rows_come_in_the_order_that_is_asked_for(
    ledger: Ledger, order: str | tuple[str, ...], found: list[int]
) -> None:
    """Upwards, or downwards after a dash; what is not stated comes last; the key decides ties."""
    rows = ledger.view(Meetings).rows(order_by=order)
    assert [row.number for row in rows] == found


def test_a_column_of_several_values_is_no_order(ledger: Ledger) -> None:
    """Lists and words cannot be sorted by, and a slip is answered with what was meant."""
    for name in ("attested_by", "opened_by_person"):
        with pytest.raises(UnusableOrder, match=name):
            ledger.view(Meetings).rows(order_by=f"-{name}")
    with pytest.raises(UnknownColumn, match="did you mean 'number'"):
        ledger.view(Meetings).rows(order_by="-numbr")


@pytest.mark.parametrize("limit", [0, -1, True, 2**31])
def test_a_page_has_some_rows(ledger: Ledger, limit: int) -> None:
    """No page is empty by wish."""
    with pytest.raises(UnusableLimit):
        ledger.view(Meetings).answer(limit=limit)


def test_a_walk_goes_on_as_known_where_it_began(ledger: Ledger) -> None:
    """What is recorded between two pages is in neither; a walk that begins now has it."""
    view = ledger.view(Membership)
    first = view.answer(limit=1)
    ledger.record(MembershipBegan(group="lakes", party="tz", valid="2019"))
    second = view.answer(limit=5, cursor=first.cursor)
    assert [row.party for row in (*first.rows, *second.rows)] == ["ke", "ug"]
    assert (first.known_at, second.known_at, second.cursor) == (8, 8, None)
    assert parties(ledger) == ["ke", "tz", "ug"]


@pytest.mark.parametrize(
    "other",
    [
        {"as_of": "2017-01-01"},
        {"known_at": 8},
        {"order_by": "party"},
        {"group": "lakes"},
        {"possible": True, "as_of": "2017-01-01"},
    ],
    ids=str,
)
def test_a_cursor_of_another_question_is_refused(ledger: Ledger, other: dict[str, Any]) -> None:
    """Day, knowledge, order and filters belong to a walk: a cursor is of one question alone."""
    view = ledger.view(Membership)
    cursor = view.answer(limit=1).cursor
    assert cursor is not None
    with pytest.raises(UnusableCursor, match="another question"):
        view.answer(limit=1, cursor=cursor, **other)
    with pytest.raises(UnusableCursor, match="another question"):
        ledger.view(Meetings).answer(limit=1, cursor=cursor)


@pytest.mark.parametrize("cut", [slice(3), slice(-4), slice(0, 0), slice(1, None)])
def test_a_cursor_that_is_cut_or_made_up_is_refused(ledger: Ledger, cut: slice) -> None:
    """What is no cursor gets a sentence, whatever it is."""
    view = ledger.view(Membership)
    cursor = view.answer(limit=1).cursor
    assert cursor is not None
    for text in (cursor[cut], "é", "AAAA" * 20, "\ud800"):
        with pytest.raises(UnusableCursor):
            view.answer(limit=1, cursor=text)

from datetime import date

from ledger.events import (
    Event,
    MembershipBegan,
    MembershipEnded,
    MembershipResumed,
    MembershipSuspended,
    Source,
)
from ledger.times import Span
from projections.membership import Membership, MembershipRow
from tests.projections.folding import AR, EN, NOTE, only, told, worded


def began(valid: str | None, source: Source = EN, *, role: str = "member") -> Event:
    """Kenya became a member of the lakes group."""
    said = {"group": "lakes", "party": "ke", "role": role, "valid": valid, "source": source}
    return MembershipBegan.model_validate(said)


def ended(valid: str | None, source: Source = NOTE) -> Event:
    """Kenya ceased to be a member of it."""
    return MembershipEnded(group="lakes", party="ke", valid=valid, source=source)


def suspended(valid: str) -> Event:
    """Kenya's rights were interrupted."""
    return MembershipSuspended(group="lakes", party="ke", valid=valid, source=EN)


def resumed(valid: str) -> Event:
    """Kenya has its rights again."""
    return MembershipResumed(group="lakes", party="ke", valid=valid, source=EN)


def of_kind(rows: list[MembershipRow], kind: str) -> list[MembershipRow]:
    """Pick memberships or suspensions."""
    return [row for row in rows if row.kind == kind]


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """One membership that two language versions state is one row, with both citations."""
    row = only(Membership, began("2016-04-15", EN), began("2016-04-15", AR))
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert row.because == ("a", "b")
    assert not row.divergent


def test_names_are_kept_as_each_version_writes_them() -> None:
    """The party's name stands beside it in every language in which a version writes it."""
    row = only(
        Membership,
        MembershipBegan(group="lakes", party="ke", as_written="Kenya", source=EN),
        MembershipBegan(group="lakes", party="ke", as_written="كينيا", source=AR),
    )
    assert worded(row.as_written) == {"en": ("Kenya",), "ar": ("كينيا",)}


def test_what_is_not_stated_is_no_claim() -> None:
    """A version that does not say how membership came about joins the one that does."""
    row = only(
        Membership,
        MembershipBegan(group="lakes", party="ke", how="accession", source=EN),
        MembershipBegan(group="lakes", party="ke", source=AR),
    )
    assert (row.how_began, row.because, row.divergent) == ("accession", ("a", "b"), False)


def test_contradicting_roles_are_two_rows_marked_divergent() -> None:
    """Member and observer from one day cannot both be true: both stand, and both say so."""
    rows = told(Membership, began("2016", EN), began("2016", AR, role="observer"))
    assert {row.role for row in rows} == {"member", "observer"}
    assert all(row.divergent for row in rows)


def test_dates_that_overlap_intersect() -> None:
    """Two windows for one beginning leave the days that both allow."""
    row = only(Membership, began("2016-04", EN), began("[2016-04-15..2016-09-19]", AR))
    assert row.span == Span(date(2016, 4, 15), date(2016, 4, 30))
    assert row.last_attested == date(2016, 9, 19), "the later version speaks of a later day"


def test_disjoint_beginnings_without_an_end_between_are_divergent() -> None:
    """Nobody joins twice without leaving: two dates apart are two claims of one beginning."""
    rows = told(Membership, began("2016-04", EN), began("2017-04", AR))
    assert [row.span.began_earliest for row in rows] == [date(2016, 4, 1), date(2017, 4, 1)]
    assert all(row.divergent for row in rows)
    assert all(row.span.ended_earliest is None for row in rows)


def test_an_end_closes_every_alternative_beginning() -> None:
    """Whichever of two claimed beginnings is true, the one end that follows ends it."""
    rows = told(Membership, began("2016-04", EN), began("2017-04", AR), ended("2018"))
    assert [row.span.ended_earliest for row in rows] == [date(2018, 1, 1)] * 2
    assert [row.because for row in rows] == [("a", "c"), ("b", "c")]


def test_rejoining_after_an_end_is_a_second_membership() -> None:
    """A party that left and came back has two memberships, neither in doubt."""
    rows = told(Membership, began("2016-04-15"), ended("2017-01-01"), began("2018-03-01"))
    assert [row.span for row in rows] == [
        Span(date(2016, 4, 15), date(2016, 4, 15), date(2017, 1, 1), date(2017, 1, 1)),
        Span(date(2018, 3, 1), date(2018, 3, 1)),
    ]
    assert not any(row.divergent for row in rows)


def test_leaving_and_rejoining_on_one_day_is_two_memberships() -> None:
    """Ends are half-open: one may end and the next begin on the same day."""
    rows = told(Membership, began("2016-04-15"), ended("2017-01-01"), began("2017-01-01"))
    assert [row.span.ended_latest for row in rows] == [date(2017, 1, 1), None]
    assert not any(row.divergent for row in rows)


def test_an_end_closes_the_last_beginning_that_it_can_follow() -> None:
    """The second end closes the second membership, and leaves the first as it was."""
    rows = told(
        Membership, began("2016"), ended("2017-01-01"), began("2018-01-01"), ended("2019-01-01")
    )
    assert [(row.because, row.span.ended_latest) for row in rows] == [
        (("a", "b"), date(2017, 1, 1)),
        (("c", "d"), date(2019, 1, 1)),
    ]


def test_an_end_closes_a_beginning_even_if_it_sorts_before_it() -> None:
    """A vague end sorts first, for it may have been early; it still ends what it can follow."""
    row = only(Membership, began("2016-04-15"), ended("2016"))
    assert row.span == Span(
        date(2016, 4, 15), date(2016, 4, 15), date(2016, 1, 1), date(2016, 12, 31)
    )
    assert row.because == ("a", "b")


def test_an_end_on_the_day_of_the_beginning_does_not_follow_it() -> None:
    """Nobody leaves on the day of joining: such an end belongs to a membership before."""
    rows = told(Membership, began("2016-04-15"), ended("2016-04-15"))
    assert {(row.because, row.role) for row in rows} == {(("a",), "member"), (("b",), None)}


def test_an_orphan_end_is_a_row_of_unknown_beginning() -> None:
    """That a party left says that it had belonged, nobody says since when or as what."""
    row = only(Membership, ended("2017-01-01"))
    assert row.span == Span(None, None, date(2017, 1, 1), date(2017, 1, 1))
    assert (row.kind, row.role, row.last_attested) == ("membership", None, None)
    assert row.span.possible(date(2016, 12, 31))
    assert not row.span.certain(date(2016, 12, 31))


def test_orphan_ends_that_contradict_are_divergent() -> None:
    """Two ends on two dates, and no beginning recorded, are two claims of one end."""
    rows = told(Membership, ended("2017-01-01", EN), ended("2018-01-01", AR))
    assert [row.span.ended_latest for row in rows] == [date(2017, 1, 1), date(2018, 1, 1)]
    assert all(row.divergent for row in rows)


def test_an_end_before_every_beginning_is_an_orphan() -> None:
    """An end that can follow no recorded beginning ends one that nobody recorded."""
    rows = told(Membership, ended("2015-01-01"), began("2016-04-15"))
    assert {(row.because, row.span.began_latest) for row in rows} == {
        (("a",), None),
        (("b",), date(2016, 4, 15)),
    }


def test_contradicting_ends_are_two_rows_marked_divergent() -> None:
    """Two ends of one membership, on two dates, are two claims."""
    rows = told(Membership, began("2016"), ended("2017-01-01", EN), ended("2018-01-01", AR))
    assert [row.span.ended_latest for row in rows] == [date(2017, 1, 1), date(2018, 1, 1)]
    assert all(row.divergent for row in rows)


def test_how_a_membership_ended_is_told() -> None:
    """The way out stands in the row that it ended."""
    row = only(
        Membership,
        began("2016"),
        MembershipEnded(group="lakes", party="ke", how="withdrawal", valid="2018", source=NOTE),
    )
    assert (row.how_began, row.how_ended) == (None, "withdrawal")


def test_contradicting_ways_out_are_two_rows_marked_divergent() -> None:
    """Withdrawal and expulsion on one day cannot both be true: both stand, and both say so."""
    ways = [("withdrawal", EN), ("expulsion", AR)]
    leaving = [
        MembershipEnded.model_validate(
            {"group": "lakes", "party": "ke", "how": how, "valid": "2018", "source": source}
        )
        for how, source in ways
    ]
    rows = told(Membership, began("2016"), *leaving)
    assert {row.how_ended for row in rows} == {"withdrawal", "expulsion"}
    assert all(row.divergent for row in rows)


def test_an_end_of_unknown_date_leaves_only_the_possible() -> None:
    """Once an end is recorded without a date, membership is certain on no day."""
    row = only(Membership, began("2016-04-15"), ended(None))
    assert not row.span.certain(date(2030, 1, 1))
    assert row.span.possible(date(2030, 1, 1))


def test_a_suspension_is_a_row_inside_the_membership() -> None:
    """Rights interrupted and given back: one membership that goes on, one suspension that ended."""
    rows = told(Membership, began("2016-01-01"), suspended("2017-01-01"), resumed("2017-06-01"))
    (membership,), (suspension,) = of_kind(rows, "membership"), of_kind(rows, "suspension")
    assert membership.span == Span(date(2016, 1, 1), date(2016, 1, 1))
    assert suspension.span == Span(
        date(2017, 1, 1), date(2017, 1, 1), date(2017, 6, 1), date(2017, 6, 1)
    )
    assert suspension.because == ("b", "c")


def test_the_end_of_a_membership_closes_its_suspension() -> None:
    """A suspended party that leaves is not suspended any more."""
    rows = told(Membership, began("2016-01-01"), suspended("2017-01-01"), ended("2018-01-01"))
    (suspension,) = of_kind(rows, "suspension")
    assert suspension.span.ended_latest == date(2018, 1, 1)
    assert suspension.because == ("b", "c")


def test_the_end_of_a_membership_does_not_close_a_suspension_that_was_over() -> None:
    """Suspended, resumed and later gone: the suspension ended with its resumption, undisputed."""
    rows = told(
        Membership,
        began("2016-01-01"),
        suspended("2017-01-01"),
        resumed("2017-06-01"),
        ended("2018-01-01"),
    )
    (suspension,) = of_kind(rows, "suspension")
    assert suspension.span.ended_latest == date(2017, 6, 1)
    assert suspension.because == ("b", "c")
    assert not suspension.divergent


def test_the_end_of_a_later_membership_does_not_close_an_earlier_suspension() -> None:
    """Suspended and gone, back and gone again: the suspension ended with the first membership."""
    rows = told(
        Membership,
        began("2016-01-01"),
        suspended("2017-01-01"),
        ended("2018-01-01"),
        began("2019-01-01"),
        ended("2020-01-01"),
    )
    (suspension,) = of_kind(rows, "suspension")
    assert suspension.span.ended_latest == date(2018, 1, 1)
    assert not suspension.divergent


def test_the_end_of_a_membership_is_no_trace_of_a_suspension() -> None:
    """Leaving says nothing of having been suspended."""
    rows = told(Membership, began("2016"), ended("2018"))
    assert of_kind(rows, "suspension") == []


def test_a_resumption_alone_tells_of_a_suspension() -> None:
    """Who has its rights again had lost them, nobody says when."""
    row = only(Membership, resumed("2017-06-01"))
    assert (row.kind, row.span) == (
        "suspension",
        Span(None, None, date(2017, 6, 1), date(2017, 6, 1)),
    )

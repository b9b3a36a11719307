from datetime import date

from ledger.events import GroupDissolved, GroupEstablished
from ledger.times import Span
from projections.groups import Groups
from tests.projections.folding import AR, EN, NOTE, only, told, worded


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """What two versions say of a group is one row, with both names and both citations."""
    row = only(
        Groups,
        GroupEstablished(group="lakes", names={"en": "Lakes"}, valid="2016-04-15", source=EN),
        GroupEstablished(group="lakes", names={"ar": "البحيرات"}, valid="2016-04-15", source=AR),
    )
    assert worded(row.names) == {"en": ("Lakes",), "ar": ("البحيرات",)}
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert row.because == ("a", "b")
    assert not row.divergent


def test_what_is_not_stated_is_no_claim() -> None:
    """A version that states neither level nor parent contradicts none, and leaves both as told."""
    row = only(
        Groups,
        GroupEstablished(group="lakes", level="ministerial", parent="oic", source=EN),
        GroupEstablished(group="lakes", established_by="summit-13", source=AR),
    )
    assert (row.level, row.parent, row.established_by) == ("ministerial", "oic", "summit-13")
    assert not row.divergent


def test_contradicting_levels_are_two_rows_marked_divergent() -> None:
    """Two levels cannot both be true: each has its row, and neither wins."""
    rows = told(
        Groups,
        GroupEstablished(group="lakes", level="ministerial", source=EN),
        GroupEstablished(group="lakes", level="summit", source=AR),
    )
    assert {(row.level, row.because) for row in rows} == {
        ("ministerial", ("a",)),
        ("summit", ("b",)),
    }
    assert all(row.divergent for row in rows)


def test_dates_that_overlap_intersect() -> None:
    """A month and a window that share some days leave just those days."""
    row = only(
        Groups,
        GroupEstablished(group="lakes", valid="2016-04", source=EN),
        GroupEstablished(group="lakes", valid="[2016-04-14..2016-05-02]", source=AR),
    )
    assert row.span == Span(date(2016, 4, 14), date(2016, 4, 30))


def test_dissolution_ends_the_group() -> None:
    """The day of dissolution is the first day without the group, by the instrument that says so."""
    row = only(
        Groups,
        GroupDissolved(group="lakes", dissolved_by="act-9", valid="2020-06-30", source=NOTE),
        GroupEstablished(group="lakes", valid="2016", source=EN),
    )
    assert row.span.certain(date(2020, 6, 29))
    assert not row.span.possible(date(2020, 6, 30))
    assert (row.dissolved_by, row.because) == ("act-9", ("a", "b"))


def test_only_a_dissolution_is_a_group_of_unknown_beginning() -> None:
    """That a group ended says that there was one, since nobody says when."""
    row = only(Groups, GroupDissolved(group="lakes", valid="2020-06-30", source=NOTE))
    assert row.span == Span(None, None, date(2020, 6, 30), date(2020, 6, 30))
    assert (row.level, worded(row.names)) == (None, {})


def test_two_instruments_that_dissolve_are_divergent() -> None:
    """Two instruments cannot each have ended the group: neither is silently dropped."""
    rows = told(
        Groups,
        GroupEstablished(group="lakes", valid="2016", source=EN),
        GroupDissolved(group="lakes", dissolved_by="act-8", valid="2020-06-30", source=EN),
        GroupDissolved(group="lakes", dissolved_by="act-9", valid="2020-06-30", source=AR),
    )
    assert {row.dissolved_by for row in rows} == {"act-8", "act-9"}
    assert all(row.divergent for row in rows)

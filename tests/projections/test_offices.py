from datetime import date

from ledger.events import OfficeAssumed, OfficeVacated, Person, Source
from ledger.times import Span
from projections.offices import Offices
from tests.projections.folding import AR, EN, NOTE, only, told, worded


def assumed(name: str, valid: str | None = None, source: Source = EN) -> OfficeAssumed:
    """Somebody became Secretary-General."""
    return OfficeAssumed(
        party="oic",
        office="secretary-general",
        person=Person(name=name),
        valid=valid,
        source=source,
    )


def vacated(valid: str, source: Source = NOTE) -> OfficeVacated:
    """The Secretary-General left."""
    return OfficeVacated(party="oic", office="secretary-general", valid=valid, source=source)


def test_a_tenure_has_a_person_by_language_and_a_span() -> None:
    """Two versions that tell of one tenure are one row, with the name as each writes it."""
    row = only(Offices, assumed("Ann", "2014-01"), assumed("آن", "2014", AR), vacated("2016-11-01"))
    assert worded(row.person) == {"en": ("Ann",), "ar": ("آن",)}
    assert row.span == Span(
        date(2014, 1, 1), date(2014, 1, 31), date(2016, 11, 1), date(2016, 11, 1)
    )
    assert (row.because, row.divergent) == (("a", "b", "c"), False)


def test_one_after_another_are_two_tenures() -> None:
    """Whoever follows after an end holds the office from then on, neither in doubt."""
    rows = told(
        Offices, assumed("Ann", "2014-01"), vacated("2016-11-01"), assumed("Bob", "2016-11-17")
    )
    assert [row.person.texts("en") for row in rows] == [("Ann",), ("Bob",)]
    assert not any(row.divergent for row in rows)


def test_a_later_name_alone_ends_no_tenure() -> None:
    """Whether two names are one person nobody can tell, so two beginnings are put side by side."""
    rows = told(Offices, assumed("Ann", "2014-01"), assumed("A. B.", "2016-11-17", NOTE))
    assert [row.span.ended_earliest for row in rows] == [None, None]
    assert all(row.divergent for row in rows)


def test_an_end_alone_is_a_tenure_of_unknown_beginning() -> None:
    """Who left had held the office; since when nobody says."""
    row = only(Offices, vacated("2016-11-01"))
    assert (row.span.began_latest, row.span.ended_latest) == (None, date(2016, 11, 1))

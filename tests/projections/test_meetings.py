from datetime import date

from ledger.events import (
    AgendaAdopted,
    MeetingCancelled,
    MeetingChaired,
    MeetingClosed,
    MeetingConvened,
    MeetingOpened,
    MeetingPostponed,
    Person,
)
from ledger.times import Span
from projections.meetings import Meetings
from tests.projections.folding import AR, EN, NOTE, only, told, worded


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """One meeting in two language versions is one row, with what each of them adds."""
    row = only(
        Meetings,
        MeetingConvened(
            meeting="m1", group="lakes", place="Nairobi", valid="2026-03-12", source=EN
        ),
        MeetingConvened(meeting="m1", number=1, valid="2026-03-12", source=AR),
    )
    assert (row.state, row.group, row.place, row.number) == ("held", "lakes", "Nairobi", 1)
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert row.span == Span(date(2026, 3, 12), date(2026, 3, 12))
    assert (row.because, row.divergent) == (("a", "b"), False)


def test_what_is_not_stated_is_no_claim() -> None:
    """A version that does not state the level joins the one that does."""
    row = only(
        Meetings,
        MeetingConvened(meeting="m1", level="ministerial", source=EN),
        MeetingConvened(meeting="m1", level="not-stated", source=AR),
    )
    assert (row.level, row.divergent) == ("ministerial", False)


def test_contradicting_places_are_two_rows_marked_divergent() -> None:
    """A meeting was not held in two cities: both accounts stand, and both say so."""
    rows = told(
        Meetings,
        MeetingConvened(meeting="m1", place="Nairobi", source=EN),
        MeetingConvened(meeting="m1", place="Kampala", source=AR),
    )
    assert {row.place for row in rows} == {"Nairobi", "Kampala"}
    assert all(row.divergent for row in rows)


def test_contradicting_dates_are_two_rows_marked_divergent() -> None:
    """A meeting was not held on two days apart."""
    rows = told(
        Meetings,
        MeetingConvened(meeting="m1", valid="2026-03-12", source=EN),
        MeetingConvened(meeting="m1", valid="2026-03-14", source=AR),
    )
    assert [row.span.began_latest for row in rows] == [date(2026, 3, 12), date(2026, 3, 14)]
    assert all(row.divergent for row in rows)


def test_a_new_date_replaces_no_meeting_held() -> None:
    """A postponement that the meeting followed leaves a meeting held, once."""
    row = only(
        Meetings,
        MeetingPostponed(meeting="m1", instead_of="2026-03-12", valid="2026-05", source=NOTE),
        MeetingConvened(meeting="m1", valid="2026-05-20", source=EN),
    )
    assert (row.state, row.because) == ("held", ("b",))


def test_a_postponement_alone_is_a_meeting_postponed() -> None:
    """As long as nothing says that it was held, a postponed meeting stands at its new date."""
    row = only(Meetings, MeetingPostponed(meeting="m1", valid="2026-05", source=NOTE))
    assert (row.state, row.span) == ("postponed", Span(date(2026, 5, 1), date(2026, 5, 31)))


def test_a_cancellation_outdoes_a_postponement() -> None:
    """A meeting that was put off and then cancelled is cancelled."""
    row = only(
        Meetings,
        MeetingPostponed(meeting="m1", valid="2026-05", source=NOTE),
        MeetingCancelled(meeting="m1", group="lakes", source=EN),
    )
    assert (row.state, row.group, row.because) == ("cancelled", "lakes", ("b",))


def test_held_according_to_one_and_cancelled_according_to_another_are_divergent() -> None:
    """Both accounts stand; the cancelled one has nobody presiding."""
    rows = told(
        Meetings,
        MeetingConvened(meeting="m1", source=EN),
        MeetingChaired(meeting="m1", party="ke", source=EN),
        MeetingCancelled(meeting="m1", source=NOTE),
    )
    assert {(row.state, row.chaired_by, row.divergent) for row in rows} == {
        ("held", "ke", True),
        ("cancelled", None, True),
    }


def test_somebody_presiding_says_that_it_was_held() -> None:
    """A meeting that somebody opened took place, on a day that nobody gives."""
    row = only(Meetings, MeetingOpened(meeting="m1", party="oic", source=EN))
    assert (row.state, row.opened_by, row.span) == ("held", "oic", Span())


def test_opening_and_chairing_stand_beside_the_meeting() -> None:
    """Who opened and who chaired are two people of one row, by language of the version."""
    row = only(
        Meetings,
        MeetingConvened(meeting="m1", valid="2026-03-12", source=EN),
        MeetingOpened(
            meeting="m1", party="oic", office="secretary-general", person=_named("A"), source=EN
        ),
        MeetingOpened(meeting="m1", party="oic", person=_named("آن"), source=AR),
        MeetingChaired(meeting="m1", party="ke", office="foreign-minister", source=EN),
    )
    assert (row.opened_by, row.opened_by_office) == ("oic", "secretary-general")
    assert worded(row.opened_by_person) == {"en": ("A",), "ar": ("آن",)}
    assert (row.chaired_by, row.chaired_by_office) == ("ke", "foreign-minister")
    assert (row.because, row.divergent) == (("a", "b", "c", "d"), False)


def test_opened_by_two_people_is_two_rows_marked_divergent() -> None:
    """Two sources that name two openers are put side by side, each with its evidence."""
    rows = told(
        Meetings,
        MeetingConvened(meeting="m1", source=EN),
        MeetingOpened(meeting="m1", party="oic", source=EN),
        MeetingOpened(meeting="m1", party="ke", source=AR),
    )
    assert {(row.opened_by, row.because) for row in rows} == {
        ("oic", ("a", "b")),
        ("ke", ("a", "c")),
    }
    assert all(row.divergent for row in rows)


def test_a_cancelled_meeting_is_one_row_however_many_opened_it() -> None:
    """The account that it was cancelled is told once, whoever else is said to have opened it."""
    rows = told(
        Meetings,
        MeetingCancelled(meeting="m1", source=NOTE),
        MeetingOpened(meeting="m1", party="oic", source=EN),
        MeetingOpened(meeting="m1", party="ke", source=AR),
    )
    assert sorted((row.state, row.opened_by or "") for row in rows) == [
        ("cancelled", ""),
        ("held", "ke"),
        ("held", "oic"),
    ]


def _named(name: str) -> Person:
    return Person(name=name)


def test_a_meeting_with_an_agenda_or_an_end_was_held() -> None:
    """Whoever says that it adopted its agenda, or closed, says that it took place."""
    for going_on in (AgendaAdopted, MeetingClosed):
        row = only(Meetings, going_on(meeting="m1", group="lakes", source=EN))
        assert (row.state, row.group) == ("held", "lakes")

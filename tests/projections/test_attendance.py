from datetime import date

from ledger.events import AttendanceRecorded, Person
from ledger.projection import Wording, Words
from ledger.times import Span
from projections.attendance import Attendance
from tests.projections.folding import AR, EN, only, told, worded


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """A party that both versions list is one row, with its name as each writes it."""
    row = only(
        Attendance,
        AttendanceRecorded(
            meeting="m1", party="ke", as_written="Kenya", valid="2026-03-12", source=EN
        ),
        AttendanceRecorded(
            meeting="m1", party="ke", as_written="كينيا", valid="2026-03", source=AR
        ),
    )
    assert worded(row.as_written) == {"en": ("Kenya",), "ar": ("كينيا",)}
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert row.span == Span(date(2026, 3, 12), date(2026, 3, 12))
    assert (row.presence, row.because, row.divergent) == ("present", ("a", "b"), False)


def test_what_is_not_stated_is_no_claim() -> None:
    """Capacity and level come from whichever version states them."""
    row = only(
        Attendance,
        AttendanceRecorded(meeting="m1", party="ke", level="ministerial", source=EN),
        AttendanceRecorded(meeting="m1", party="ke", capacity="member", group="lakes", source=AR),
    )
    assert (row.level, row.capacity, row.group) == ("ministerial", "member", "lakes")
    assert not row.divergent


def test_not_stated_is_none_in_the_row() -> None:
    """What no version states reads as nothing, never as the word for it."""
    row = only(Attendance, AttendanceRecorded(meeting="m1", party="ke", source=EN))
    assert (row.level, row.capacity, row.group, worded(row.head)) == (None, None, None, {})


def test_contradicting_levels_are_two_rows_marked_divergent() -> None:
    """Two levels of one delegation are two claims under one key."""
    rows = told(
        Attendance,
        AttendanceRecorded(meeting="m1", party="ke", level="ministerial", source=EN),
        AttendanceRecorded(meeting="m1", party="ke", level="ambassadorial", source=AR),
    )
    assert {(row.level, row.because) for row in rows} == {
        ("ministerial", ("a",)),
        ("ambassadorial", ("b",)),
    }
    assert all(row.divergent for row in rows)


def test_who_states_nothing_in_dispute_attests_both_claims() -> None:
    """A third version that only lists the party is on the side of both claims."""
    rows = told(
        Attendance,
        AttendanceRecorded(meeting="m1", party="ke", level="ministerial", source=EN),
        AttendanceRecorded(meeting="m1", party="ke", level="ambassadorial", source=AR),
        AttendanceRecorded(meeting="m1", party="ke", source=EN.at(9)),
    )
    assert {(row.level, row.because) for row in rows} == {
        ("ministerial", ("a", "c")),
        ("ambassadorial", ("b", "c")),
    }


def test_present_and_absent_are_divergent() -> None:
    """Absence is a claim where a source makes it, and contradicts presence."""
    rows = told(
        Attendance,
        AttendanceRecorded(meeting="m1", party="ke", source=EN),
        AttendanceRecorded(meeting="m1", party="ke", presence="absent", source=AR),
    )
    assert {row.presence for row in rows} == {"present", "absent"}
    assert all(row.divergent for row in rows)


def test_heads_of_delegation_stand_by_language() -> None:
    """Who led a delegation is kept as each version writes it; where they differ, by version."""
    draft = EN.model_copy(update={"edition": "draft"})
    row = only(
        Attendance,
        AttendanceRecorded(meeting="m1", party="ke", head=Person(name="Ann B."), source=draft),
        AttendanceRecorded(meeting="m1", party="ke", head=Person(name="A. B."), source=EN),
        AttendanceRecorded(meeting="m1", party="ke", head=Person(name="آن"), source=AR),
    )
    assert row.head == Words(
        {
            "ar": [Wording("آن", ("report/ar/unmarked",))],
            "en": [
                Wording("Ann B.", ("report/en/draft",)),
                Wording("A. B.", ("report/en/unmarked",)),
            ],
        }
    )


def test_each_party_has_a_row_of_its_own() -> None:
    """A key is a party at a meeting: two parties, or two meetings, never meet in a row."""
    rows = told(
        Attendance,
        AttendanceRecorded(meeting="m1", party="ke", source=EN),
        AttendanceRecorded(meeting="m1", party="ug", source=EN),
        AttendanceRecorded(meeting="m2", party="ke", source=EN),
    )
    assert [(row.meeting, row.party) for row in rows] == [("m1", "ke"), ("m1", "ug"), ("m2", "ke")]
    assert not any(row.divergent for row in rows)

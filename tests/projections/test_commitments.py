from datetime import date
from typing import Any, Literal

from ledger.events import CommitmentReported, CommitmentUndertaken, Source
from ledger.times import Span
from projections.commitments import Commitments
from tests.projections.folding import AR, EN, NOTE, only, told, worded

Status = Literal["under-way", "fulfilled", "unfulfilled", "withdrawn", "not-stated"]


def undertaken(source: Source = EN, **more: Any) -> CommitmentUndertaken:
    """Water levels are to be shared."""
    return CommitmentUndertaken.model_validate(
        {
            "group": "lakes",
            "meeting": "m1",
            "commitment": "c1",
            "valid": "2026-03-12",
            "source": source,
            **more,
        }
    )


def reported(
    status: Status,
    valid: str | None = "2027-03-14",
    source: Source = NOTE,
    party: str | None = None,
) -> CommitmentReported:
    """Somebody says how far it has come."""
    return CommitmentReported(
        group="lakes",
        commitment="c1",
        status=status,
        party=party,
        summaries={"en": f"It is {status}."},
        valid=valid,
        source=source,
    )


def test_a_commitment_that_nobody_reports_on_is_open() -> None:
    """It has no end; who, what and until when come from whichever version states them."""
    row = only(
        Commitments,
        undertaken(by=("ug", "ke"), due="2026-12"),
        undertaken(AR, position="p1", summaries={"ar": "تبادل البيانات"}),
    )
    assert (row.by, row.position, row.due) == (("ke", "ug"), "p1", "2026-12")
    assert (row.open, row.due_by, row.last_reported) == (True, date(2026, 12, 31), None)
    assert row.span == Span(date(2026, 3, 12), date(2026, 3, 12))
    assert worded(row.summaries) == {"ar": ("تبادل البيانات",)}


def test_a_report_that_it_goes_on_leaves_it_open() -> None:
    """The last report is told, and the commitment has no end."""
    row = only(
        Commitments, undertaken(), reported("under-way"), reported("unfulfilled", "2028-03-10")
    )
    assert (row.open, row.outcome) == (True, None)
    assert (row.last_status, row.last_reported) == (("unfulfilled",), date(2028, 3, 10))
    assert worded(row.reports) == {"en": ("It is unfulfilled.",)}
    assert "b" not in row.because


def test_a_report_that_it_is_fulfilled_ends_it() -> None:
    """On the day before the report it was open, on the day of it no longer."""
    row = only(Commitments, undertaken(), reported("under-way", "2026-09"), reported("fulfilled"))
    assert (row.open, row.outcome, row.last_status) == (False, "fulfilled", ("fulfilled",))
    assert row.span.certain(date(2027, 3, 13))
    assert not row.span.possible(date(2027, 3, 14))


def test_one_of_several_is_done_with_its_part_alone() -> None:
    """Where three undertook it, it stays open until the last of them is done."""
    shared = undertaken(by=("ke", "ug"))
    first = reported("fulfilled", party="ke")
    assert only(Commitments, shared, first).open
    row = only(Commitments, shared, first, reported("fulfilled", "2028-03-10", AR, "ug"))
    assert (row.open, row.span.ended_earliest) == (False, date(2028, 3, 10))


def test_whoever_else_reports_speaks_of_the_whole() -> None:
    """The chair, who undertook nothing, says that it is done: it is closed for all."""
    shared = undertaken(by=("ke", "ug"))
    assert not only(Commitments, shared, reported("fulfilled", party="rw")).open


def test_reports_of_one_day_that_differ_are_both_told() -> None:
    """Fulfilled here, withdrawn there: two rows, marked divergent, and both words."""
    rows = told(Commitments, undertaken(), reported("fulfilled"), reported("withdrawn", source=AR))
    assert {row.outcome for row in rows} == {"fulfilled", "withdrawn"}
    assert all(row.divergent for row in rows)
    assert all(row.last_status == ("fulfilled", "withdrawn") for row in rows)


def test_contradicting_deadlines_are_two_rows_marked_divergent() -> None:
    """By December here, by June there: neither wins."""
    rows = told(Commitments, undertaken(due="2026-12"), undertaken(AR, due="2026-06"))
    assert {row.due_by for row in rows} == {date(2026, 12, 31), date(2026, 6, 30)}
    assert all(row.divergent for row in rows)


def test_a_report_alone_is_a_commitment_of_unknown_beginning() -> None:
    """What is said to be fulfilled had been undertaken; by whom nobody says."""
    row = only(Commitments, reported("fulfilled"))
    assert (row.by, row.open, row.span.began_latest) == ((), False, None)

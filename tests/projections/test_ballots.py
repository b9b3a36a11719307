from ledger.events import BallotHeld
from projections.ballots import Ballots
from tests.projections.folding import AR, EN, NOTE, only, told


def test_what_versions_state_of_a_ballot_is_put_together() -> None:
    """One version has the totals, the other the outcome: one row has both."""
    row = only(
        Ballots,
        BallotHeld(ballot="b1", instrument="i1", in_favour=7, against=0, source=EN),
        BallotHeld(ballot="b1", outcome="adopted", method="recorded", source=AR),
    )
    assert (row.in_favour, row.against, row.abstaining) == (7, 0, None)
    assert (row.outcome, row.method, row.instrument) == ("adopted", "recorded", "i1")
    assert (row.because, row.divergent) == (("a", "b"), False)


def test_totals_that_differ_are_two_rows_marked_divergent() -> None:
    """Seven in favour here, eight there: both counts stand, and so does a recount."""
    rows = told(
        Ballots,
        BallotHeld(ballot="b1", in_favour=7, source=EN),
        BallotHeld(ballot="b1", in_favour=8, source=NOTE),
    )
    assert {row.in_favour for row in rows} == {7, 8}
    assert all(row.divergent for row in rows)


def test_one_text_voted_twice_is_two_ballots() -> None:
    """A paragraph vote and the vote on the whole are rows of their own."""
    rows = told(
        Ballots,
        BallotHeld(ballot="b1", instrument="i1", part="OP3", source=EN),
        BallotHeld(ballot="b2", instrument="i1", source=EN),
    )
    assert [(row.ballot, row.part) for row in rows] == [("b1", "OP3"), ("b2", None)]

from datetime import date
from typing import Literal

from ledger.events import Source, VoteIntentionStated, VoteRecorded
from ledger.times import Span
from projections.votes import Votes
from tests.projections.folding import AR, EN, NOTE, only, told, worded

Choice = Literal["yes", "no", "abstain", "not-voting", "absent"]


def voted(choice: Choice, source: Source = EN, **more: str) -> VoteRecorded:
    """Uganda voted."""
    return VoteRecorded(
        ballot="b1", party="ug", choice=choice, valid="2027-03-14", source=source, **more
    )


def meant(choice: Literal["yes", "no"], source: Source = NOTE) -> VoteIntentionStated:
    """Uganda says later how it had meant to vote."""
    return VoteIntentionStated(
        ballot="b1", party="ug", choice=choice, valid="2027-03-15", source=source
    )


def test_a_vote_is_kept_as_written_and_normalised() -> None:
    """Two versions of a roll call are one row, with the word of each."""
    row = only(
        Votes,
        voted("abstain", choice_as_written="A", as_written="Uganda"),
        voted("abstain", AR, choice_as_written="امتناع"),
    )
    assert row.choice == "abstain"
    assert worded(row.choice_as_written) == {"en": ("A",), "ar": ("امتناع",)}
    assert worded(row.as_written) == {"en": ("Uganda",)}
    assert (row.intended, row.because, row.divergent) == (None, ("a", "b"), False)


def test_an_intention_stated_later_changes_no_vote() -> None:
    """It abstained, and says that it had meant yes: the vote stays, on its day."""
    row = only(Votes, voted("abstain"), meant("yes"))
    assert (row.choice, row.intended, row.intended_by) == ("abstain", "yes", date(2027, 3, 15))
    assert row.span == Span(date(2027, 3, 14), date(2027, 3, 14))
    assert row.attested_by == ("note/en/final#¶3", "report/en/unmarked#¶1")
    assert not row.divergent


def test_not_voting_absent_and_abstaining_are_three_things() -> None:
    """Versions that differ among them contradict each other: neither is merged into the other."""
    rows = told(Votes, voted("abstain"), voted("absent", AR), voted("not-voting", NOTE))
    assert {row.choice for row in rows} == {"abstain", "absent", "not-voting"}
    assert all(row.divergent for row in rows)


def test_two_intentions_are_two_rows_marked_divergent() -> None:
    """Whoever is said to have meant both is said so, vote by vote."""
    rows = told(Votes, voted("abstain"), meant("yes"), meant("no", AR))
    assert {(row.choice, row.intended) for row in rows} == {("abstain", "yes"), ("abstain", "no")}
    assert all(row.divergent for row in rows)


def test_an_intention_alone_is_no_vote() -> None:
    """Where only an intention is recorded, the choice is unknown, and so is the day."""
    row = only(Votes, meant("yes"))
    assert (row.choice, row.intended, row.span) == (None, "yes", Span())

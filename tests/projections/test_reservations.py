import pytest

from ledger.events import (
    DissociationDeclared,
    PositionExplained,
    ReservationEntered,
    Source,
)
from projections.reservations import Reservations
from tests.projections.folding import AR, EN, NOTE, only, told, worded


def reserved(
    source: Source, part: str | None = None, meeting: str | None = None
) -> ReservationEntered:
    """Tanzania reserved its position."""
    return ReservationEntered(
        group="lakes", meeting=meeting, position="p1", party="tz", part=part, source=source
    )


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """A reservation in two versions is one row that names both; one names the paragraph."""
    row = only(Reservations, reserved(AR), reserved(EN, "OP3"))
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert (row.concerns, row.kind, row.part, row.divergent) == (
        "position:p1",
        "reservation",
        "OP3",
        False,
    )


def test_reservations_on_two_paragraphs_are_two_rows_and_no_contradiction() -> None:
    """A party may reserve on OP3 and on OP5: both can be true."""
    rows = told(Reservations, reserved(EN, "OP3"), reserved(NOTE, "OP5"))
    assert [row.part for row in rows] == ["OP3", "OP5"]
    assert not any(row.divergent for row in rows)


def test_versions_that_contradict_each_other_are_two_rows_marked_divergent() -> None:
    """Entered at one meeting here, at another there: neither wins."""
    rows = told(Reservations, reserved(EN, meeting="m1"), reserved(AR, meeting="m2"))
    assert {row.meeting for row in rows} == {"m1", "m2"}
    assert all(row.divergent for row in rows)


def test_a_reservation_a_dissociation_and_an_explanation_are_three_things() -> None:
    """A party may do all three on one position, and a row each says so."""
    rows = told(
        Reservations,
        reserved(EN),
        DissociationDeclared(group="lakes", position="p1", party="tz", source=EN),
        PositionExplained(
            group="lakes",
            position="p1",
            party="tz",
            moment="after",
            summaries={"en": "Data cost money."},
            source=EN,
        ),
    )
    assert [row.kind for row in rows] == ["reservation", "dissociation", "explanation"]
    assert (rows[2].moment, worded(rows[2].summaries)) == ("after", {"en": ("Data cost money.",)})


@pytest.mark.parametrize("kind", [ReservationEntered, DissociationDeclared, PositionExplained])
def test_an_instrument_can_be_what_it_concerns(
    kind: type[ReservationEntered | DissociationDeclared | PositionExplained],
) -> None:
    """Where no position of it was entered, a resolution itself is reserved on."""
    row = only(Reservations, kind(instrument="a-res-1", party="tz", source=EN))
    assert row.concerns == "instrument:a-res-1"

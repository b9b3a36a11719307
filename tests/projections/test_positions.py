from datetime import date

from ledger.events import (
    DissociationDeclared,
    PositionAdopted,
    PositionExplained,
    PositionSuperseded,
    ReservationEntered,
    Source,
)
from ledger.times import Span
from projections.positions import Positions
from tests.projections.folding import AR, EN, NOTE, only, told, worded


def adopted(source: Source, verb: str = "condemns", valid: str = "2016-09-19") -> PositionAdopted:
    """The first meeting condemned the attacks."""
    return PositionAdopted(meeting="m1", position="p1", verb=verb, valid=valid, source=source)


def test_two_versions_that_say_the_same_are_one_row_attested_by_both() -> None:
    """One position in two versions is one row, with the words of each."""
    row = only(
        Positions,
        PositionAdopted(
            group="lakes",
            position="p1",
            verb="condemns",
            verb_as_written="condemned",
            summaries={"en": "The attacks."},
            cites=("r2",),
            source=EN,
        ),
        PositionAdopted(
            group="lakes",
            position="p1",
            verb="condemns",
            verb_as_written="أدان",
            summaries={"ar": "الهجمات"},
            cites=("r1",),
            source=AR,
        ),
    )
    assert worded(row.verb_as_written) == {"en": ("condemned",), "ar": ("أدان",)}
    assert worded(row.summaries) == {"en": ("The attacks.",), "ar": ("الهجمات",)}
    assert row.cites == ("r1", "r2")
    assert row.attested_by == ("report/ar/unmarked#¶2", "report/en/unmarked#¶1")
    assert (row.voice, row.because, row.divergent) == ("meeting", ("a", "b"), False)


def test_what_is_not_stated_is_no_claim() -> None:
    """Method and addressees come from whichever version states them."""
    row = only(
        Positions,
        PositionAdopted(group="lakes", position="p1", verb="urges", method="consensus", source=EN),
        PositionAdopted(
            group="lakes", position="p1", verb="urges", addressees=("ug", "ke"), source=AR
        ),
    )
    assert (row.method, row.addressees, row.divergent) == ("consensus", ("ke", "ug"), False)


def test_contradicting_verbs_are_two_rows_marked_divergent() -> None:
    """*Condemns* in one version and *deplores* in another are two claims: no verb wins."""
    rows = told(Positions, adopted(EN), adopted(AR, "deplores"))
    assert {row.verb for row in rows} == {"condemns", "deplores"}
    assert all(row.divergent for row in rows)


def test_supersession_ends_a_position_and_names_the_later_one() -> None:
    """The first day of the later position is the first on which the earlier stands no more."""
    row = only(
        Positions,
        adopted(EN),
        PositionSuperseded(
            meeting="m2", position="p1", superseded_by="p2", valid="2017-09-20", source=NOTE
        ),
    )
    assert row.span == Span(
        date(2016, 9, 19), date(2016, 9, 19), date(2017, 9, 20), date(2017, 9, 20)
    )
    assert (row.superseded_by, row.because) == ("p2", ("a", "b"))


def test_two_successors_are_two_rows_marked_divergent() -> None:
    """Sources that name two later positions are put side by side: neither is dropped."""
    rows = told(
        Positions,
        adopted(EN),
        PositionSuperseded(meeting="m2", position="p1", superseded_by="p2", source=EN),
        PositionSuperseded(meeting="m2", position="p1", superseded_by="p3", source=AR),
    )
    assert {row.superseded_by for row in rows} == {"p2", "p3"}
    assert all(row.divergent for row in rows)


def test_a_position_stands_until_something_takes_its_place() -> None:
    """Without a supersession no end is recorded, and nothing stands in its place."""
    row = only(Positions, adopted(EN))
    assert row.span == Span(date(2016, 9, 19), date(2016, 9, 19))
    assert row.superseded_by is None


def test_a_supersession_alone_is_a_position_of_unknown_beginning() -> None:
    """What was superseded had been adopted; in whose voice and with which verb nobody says."""
    row = only(
        Positions, PositionSuperseded(group="lakes", position="p1", valid="2017", source=NOTE)
    )
    assert (row.voice, row.verb, row.span.began_latest) == (None, None, None)
    assert not row.span.possible(date(2018, 1, 1))


def test_readopting_after_supersession_is_a_second_span() -> None:
    """A position that is taken up again stands twice, neither time in doubt."""
    rows = told(
        Positions,
        adopted(EN),
        PositionSuperseded(meeting="m2", position="p1", valid="2017-09-20", source=NOTE),
        adopted(NOTE, valid="2018-09-20"),
    )
    assert [row.span.began_latest for row in rows] == [date(2016, 9, 19), date(2018, 9, 20)]
    assert not any(row.divergent for row in rows)


def test_who_does_not_quite_join_stands_beside_the_position() -> None:
    """Reservations, dissociations and explanations are columns, and reasons, of the position."""
    row = only(
        Positions,
        adopted(EN),
        ReservationEntered(meeting="m1", position="p1", party="tz", source=NOTE),
        ReservationEntered(meeting="m1", position="p1", party="ke", source=NOTE),
        DissociationDeclared(meeting="m1", position="p1", party="ug", source=NOTE),
        PositionExplained(meeting="m1", position="p1", party="rw", source=NOTE),
    )
    assert (row.reserved_by, row.dissociated, row.explained_by) == (("ke", "tz"), ("ug",), ("rw",))
    assert row.because == ("a", "b", "c", "d", "e")
    assert row.attested_by == ("report/en/unmarked#¶1",)


def test_a_reservation_is_no_position() -> None:
    """Of a position that no source says was adopted there is no row; `reservations` has one."""
    reserved = ReservationEntered(meeting="m1", position="p1", party="tz", source=NOTE)
    assert told(Positions, reserved) == []


def test_a_position_says_whose_wording_it_takes_up() -> None:
    """Agreed language is put together from all versions that say so."""
    row = only(
        Positions,
        adopted(EN).model_copy(update={"wording_from": ("p0",)}),
        adopted(AR).model_copy(update={"wording_from": ("p9", "p0")}),
    )
    assert row.wording_from == ("p0", "p9")

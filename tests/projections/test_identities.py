from datetime import date

from ledger.events import IdentitiesLinked, IdentitiesUnlinked, PartySucceeded
from ledger.times import Span
from projections.identities import Identities
from tests.projections.folding import AR, EN, NOTE, only, told


def test_a_link_says_as_which_party_another_is_counted() -> None:
    """Two identifiers of one party are one row, under the one that is not canonical."""
    row = only(Identities, IdentitiesLinked(party="turkey", canonical="tr", valid="1923"))
    assert (row.party, row.other, row.relation, row.extent) == ("turkey", "tr", "same", None)
    assert row.attested_by == ()


def test_a_link_can_be_undone() -> None:
    """From the day of the unlinking on they are two parties; before it they stay one."""
    row = only(
        Identities,
        IdentitiesLinked(party="a", canonical="b", valid="2020-01-01"),
        IdentitiesUnlinked(party="a", canonical="b", valid="2021-01-01"),
    )
    assert row.span.certain(date(2020, 12, 31))
    assert not row.span.possible(date(2021, 1, 1))


def test_a_succession_is_no_identity() -> None:
    """A successor is a party of its own: the row says so, and has no end."""
    row = only(
        Identities,
        PartySucceeded(party="ru", predecessor="su", valid="1991-12-24", source=EN),
        PartySucceeded(party="ru", predecessor="su", extent="whole", valid="1991", source=AR),
    )
    assert (row.relation, row.extent, row.divergent) == ("successor", "whole", False)
    assert row.span == Span(date(1991, 12, 24), date(1991, 12, 24))


def test_two_extents_are_two_rows_marked_divergent() -> None:
    """All of it in one source, a part in another: neither wins."""
    rows = told(
        Identities,
        PartySucceeded(party="x", predecessor="y", extent="whole", source=EN),
        PartySucceeded(party="x", predecessor="y", extent="part", source=NOTE),
    )
    assert {row.extent for row in rows} == {"whole", "part"}
    assert all(row.divergent for row in rows)

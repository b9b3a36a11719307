from datetime import date

from ledger.events import PartyRegistered, PartyRenamed, Source
from ledger.times import Span
from projections.parties import Parties
from tests.projections.folding import AR, EN, NOTE, only, told


def renamed(
    name: str, valid: str | None = None, source: Source = EN, language: str = "en"
) -> PartyRenamed:
    """The Gambia bears a formal name."""
    return PartyRenamed(party="gm", names={language: name}, valid=valid, source=source)


ISLAMIC, REPUBLIC = "Islamic Republic of the Gambia", "Republic of the Gambia"


def test_a_name_holds_until_another_takes_its_place() -> None:
    """Islamic Republic from December 2015, Republic again from January 2017: two spans in a row."""
    rows = told(
        Parties,
        renamed(REPUBLIC, "[..2015-11]"),
        renamed(ISLAMIC, "2015-12"),
        renamed(REPUBLIC, "2017-01"),
    )
    assert [row.name for row in rows] == [REPUBLIC, ISLAMIC, REPUBLIC]
    assert rows[1].span == Span(
        date(2015, 12, 1), date(2015, 12, 31), date(2017, 1, 1), date(2017, 1, 31)
    )
    assert rows[1].because == ("b", "c")
    assert rows[2].span.ended_earliest is None
    assert not any(row.divergent for row in rows)


def test_two_versions_that_give_the_same_name_are_one_row() -> None:
    """What a draft dates by the year and a note by the day is one name, from that day."""
    row = only(Parties, renamed(ISLAMIC, "2015"), renamed(ISLAMIC, "2015-12-11", NOTE))
    assert row.span == Span(date(2015, 12, 11), date(2015, 12, 11))
    assert row.attested_by == ("note/en/final#¶3", "report/en/unmarked#¶1")


def test_a_name_in_one_language_ends_none_in_another() -> None:
    """Türkiye took Turkey's place in English; what it is called in Arabic did not change."""
    rows = told(
        Parties,
        PartyRenamed(party="tr", form="short", names={"en": "Turkey", "ar": "تركيا"}, source=EN),
        PartyRenamed(
            party="tr", form="short", names={"en": "Türkiye"}, valid="2022-06", source=NOTE
        ),
    )
    ended = {row.name: row.span.ended_earliest for row in rows}
    assert ended == {"Turkey": date(2022, 6, 1), "Türkiye": None, "تركيا": None}


def test_the_usual_name_stands_beside_the_formal_one() -> None:
    """What the record calls a party is a form of its own, with the codes, and nothing ends it."""
    rows = told(
        Parties,
        PartyRegistered(party="gm", names={"en": "Gambia"}, codes={"iso-3166-1": "GM"}),
        renamed(ISLAMIC, "2015-12"),
    )
    assert [(row.form, row.name, row.kind, row.codes) for row in rows] == [
        ("usual", "Gambia", "state", ("iso-3166-1:GM",)),
        ("formal", ISLAMIC, None, ()),
    ]
    assert rows[0].span == Span()


def test_two_names_for_the_same_time_are_two_rows_marked_divergent() -> None:
    """Versions that give another name from the same day on are put beside each other."""
    rows = told(Parties, renamed(ISLAMIC, "2015-12"), renamed(REPUBLIC, "2015-12", NOTE))
    assert {row.name for row in rows} == {ISLAMIC, REPUBLIC}
    assert all(row.divergent for row in rows)


def test_two_dates_for_one_name_are_two_accounts_of_it() -> None:
    """The same name from two days that cannot be one: divergent, and neither ends the other."""
    rows = told(Parties, renamed(ISLAMIC, "2015-12"), renamed(ISLAMIC, "2016-02", NOTE))
    assert [row.span.ended_earliest for row in rows] == [None, None]
    assert all(row.divergent for row in rows)


def test_names_without_a_date_cannot_be_put_in_order() -> None:
    """Of two undated names nobody can tell which was first; a dated one comes after both."""
    rows = told(Parties, renamed(ISLAMIC), renamed(REPUBLIC, source=AR), renamed("Gambia", "2018"))
    assert [(row.name, row.divergent) for row in rows] == [
        (ISLAMIC, True),
        (REPUBLIC, True),
        ("Gambia", False),
    ]
    assert [row.span.ended_latest for row in rows] == [date(2018, 12, 31)] * 2 + [None]

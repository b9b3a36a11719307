from pathlib import Path

import pytest

from ledger.api import Ledger
from ledger.errors import InvalidRecord
from ledger.events import (
    AttendanceRecorded,
    MembershipBegan,
    MembershipEnded,
    PartyRegistered,
    PartyRenamed,
)
from ledger.records import Register, parties_in, read_files, record
from ledger.records.names import identifier
from projections.membership import Membership

TERMS = """\
# Terms, one a row.
name,from,to,seat,remark
Kenya,2021,2022,elected,
Türkiye,2009,2010,elected,"as Turkey,
then"

Uganda,2009-03,,permanent,
"""
MAPPING = """\
document: terms
language: en
defaults: {group: council}
tables:
  - file: terms.csv
    comment: "#"
    key: [name, from]
    names: {Kenya: ke}
    entries:
      - event: membership-began
        party: {party: name}
        as_written: {column: name}
        how: {column: seat, values: {elected: election, permanent: not-stated}}
        valid: {first_day: from}
        quote: "{remark}"
      - event: membership-ended
        where: {seat: elected}
        party: {party: name}
        valid: {day_after: to}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A record file with a table beside it."""
    (tmp_path / "terms.csv").write_text(TERMS, encoding="utf-8")
    (tmp_path / "council.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def _mistakes(folder: Path) -> list[str]:
    with pytest.raises(InvalidRecord) as refused:
        read_files([folder / "council.yaml"])
    return [str(problem).removeprefix(f"{folder}/") for problem in refused.value.problems]


def test_each_row_says_what_the_entries_make_of_its_cells(folder: Path) -> None:
    """A row becomes events of the file's version, with its own line; an empty cell is silence."""
    entries = read_files([folder / "council.yaml"])
    assert [(type(e.new.event), e.line) for e in entries] == [
        (MembershipBegan, 3),
        (MembershipEnded, 3),
        (MembershipBegan, 4),
        (MembershipEnded, 4),
        (MembershipBegan, 7),
    ]
    events = [entry.new.event for entry in entries]
    began = [event for event in events if isinstance(event, MembershipBegan)]
    assert [(e.party, e.as_written, e.how, e.valid) for e in began] == [
        ("ke", "Kenya", "election", "2021-01-01"),
        ("turkiye", "Türkiye", "election", "2009-01-01"),
        ("uganda", "Uganda", "not-stated", "2009-03-01"),
    ]
    assert [e.valid for e in events if isinstance(e, MembershipEnded)] == [
        "2023-01-01",
        "2011-01-01",
    ]
    quotes = [event.source.quote for event in began if event.source is not None]
    assert quotes == [None, "as Turkey,\nthen", None]
    assert {e.source.version for e in began if e.source} == {"terms/en/unmarked"}


def test_an_id_follows_from_the_key_columns_and_not_from_what_else_the_row_says(
    folder: Path,
) -> None:
    """What changes in a row is a correction of its fact; the other rows add nothing."""
    with Ledger.open("sqlite://") as ledger:
        record(ledger, read_files([folder / "council.yaml"]))
        head = ledger.head
        (folder / "terms.csv").write_text(TERMS.replace("2022,", "2023,"), encoding="utf-8")
        receipts = record(ledger, read_files([folder / "council.yaml"]), correct=True)
        assert ledger.head == head + 1
        assert [receipt.appended for receipt in receipts] == [False, True, False, False, False]
        assert ledger.view(Membership).rows(party="ke", as_of="2023-06-01")
        assert not ledger.view(Membership).rows(party="ke", as_of="2023-06-01", known_at=head)


def test_a_name_is_whose_the_file_or_the_register_says_it_is(folder: Path) -> None:
    """Names given in the file come first, then registered names and codes; the rest is told."""
    turkey = PartyRegistered(party="tr", names={"en": "Türkiye"}, codes={"iso-3166-1": "TR"})
    with Ledger.open("sqlite://") as ledger:
        ledger.record(turkey)
        ledger.record(PartyRegistered(party="xx", names={"en": "KENYA"}))
        register = Register(lambda: parties_in(ledger))
        entries = read_files([folder / "council.yaml"], register=register)
    parties = {getattr(entry.new.event, "party", None) for entry in entries}
    assert parties == {"ke", "tr", "uganda"}
    assert register.unknown == {"Uganda": "uganda"}
    assert "'Uganda' as uganda" in register.told()


def test_a_party_is_found_by_a_name_of_another_time(folder: Path) -> None:
    """A table of today may say Türkiye, one of 2016 Turkey: both are the same party."""
    with Ledger.open("sqlite://") as ledger:
        ledger.record(PartyRegistered(party="tr", names={"en": "Turkey"}))
        ledger.record(PartyRenamed(party="tr", form="short", names={"en": "Türkiye"}))
        register = Register(lambda: parties_in(ledger))
        read_files([folder / "council.yaml"], register=register)
    assert "Türkiye" not in register.unknown


def test_a_retracted_registration_names_nobody(folder: Path) -> None:
    """Who is registered is what is believed now."""
    with Ledger.open("sqlite://") as ledger:
        receipt = ledger.record(PartyRegistered(party="tr", names={"en": "Türkiye"}))
        ledger.retract(receipt.position)
        register = Register(lambda: parties_in(ledger))
        read_files([folder / "council.yaml"], register=register)
    assert "Türkiye" in register.unknown


def test_other_spellings_come_from_a_table_of_their_own(folder: Path) -> None:
    """An alias is looked up as the name that it means."""
    spellings = "also,name,why\nTürkiye,Turkey,renamed\nUganda,Republic of Uganda,short\n"
    (folder / "same.csv").write_text(spellings, encoding="utf-8")
    same = (
        "names: {Kenya: ke, Turkey: tr}\n    same_names: {file: same.csv, name: also, means: name}"
    )
    text = MAPPING.replace("names: {Kenya: ke}", same)
    (folder / "council.yaml").write_text(text, encoding="utf-8")
    register = Register()
    entries = read_files([folder / "council.yaml"], register=register)
    parties = {getattr(entry.new.event, "party", None) for entry in entries}
    assert parties == {"ke", "tr", "republic-of-uganda"}
    assert register.unknown == {"Republic of Uganda": "republic-of-uganda"}


def test_a_text_with_columns_in_braces_is_filled(folder: Path) -> None:
    """Columns stand in a text; a text whose columns are all empty is left out."""
    text = MAPPING.partition("    entries:")[0] + (
        "    entries:\n"
        "      - event: attendance-recorded\n"
        '        meeting: "council-{from}"\n'
        "        party: {identifier: name}\n"
        '        as_written: "{name} ({seat})"\n'
        "        head: {name: '{remark}'}\n"
    )
    (folder / "council.yaml").write_text(text, encoding="utf-8")
    events = [entry.new.event for entry in read_files([folder / "council.yaml"])]
    attended = [event for event in events if isinstance(event, AttendanceRecorded)]
    assert [(e.meeting, e.party, e.as_written) for e in attended] == [
        ("council-2021", "kenya", "Kenya (elected)"),
        ("council-2009", "turkiye", "Türkiye (elected)"),
        ("council-2009-03", "uganda", "Uganda (permanent)"),
    ]
    assert [event.head is not None for event in attended] == [False, True, False]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("{party: name}", "{party: nam}", "11: "),
        ("[name, from]", "[name, form]", "7: "),
        ("{seat: elected}", "{set: elected}", "17: "),
        ("as_written:", "as_writen:", "12: as_writen: there is no such field; did you mean"),
        ("membership-began", "membership-begun", "10: event: "),
        ("    comment:", "    coment:", "6: coment: a table has no such part; did you mean"),
        ("    key: [name, from]\n", "", "5: tables.key: this is missing"),
        ("file: terms.csv", "file: term.csv", "5: file: "),
    ],
)
def test_a_mistake_in_the_mapping_names_its_line(
    folder: Path, old: str, new: str, mistake: str
) -> None:
    """What the mapping has wrong is told once, on its own line, before any row is read."""
    (folder / "council.yaml").write_text(MAPPING.replace(old, new, 1), encoding="utf-8")
    (told,) = _mistakes(folder)
    assert told.startswith(f"council.yaml:{mistake}")


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("2021,2022", "2021,soon", "terms.csv:3: to: 'soon' is not a date"),
        ("2021,2022,elected", "2021,2022,chosen", "terms.csv:3: seat: 'chosen' is none of the"),
        ("Kenya,2021,2022,elected,", "Kenya,2021,2022", "terms.csv:3: 3 cells, and there are 5"),
        ("name,from", "name,name", "terms.csv:2: name: two columns have this name"),
        ("Kenya,2021", 'K"enya,"2021', "terms.csv:3: "),
        ("Uganda,2009-03,", "Kenya,2021,", "terms.csv:7: line 3 has the same name, from"),
    ],
)
def test_a_mistake_in_a_table_names_its_line_and_column(
    folder: Path, old: str, new: str, mistake: str
) -> None:
    """What a row has wrong is told with the table's own line, even past rows of several lines."""
    (folder / "terms.csv").write_text(TERMS.replace(old, new), encoding="utf-8")
    assert any(told.startswith(mistake) for told in _mistakes(folder)), _mistakes(folder)


def test_a_table_that_is_no_text_is_told(folder: Path) -> None:
    """Bytes that are not UTF-8 are refused with their line."""
    (folder / "terms.csv").write_bytes(TERMS.encode("latin-1"))
    assert _mistakes(folder) == ["terms.csv:4: this is not UTF-8 text"]


def test_two_names_do_not_become_one_identifier() -> None:
    """What Latin letters cannot carry is told apart all the same."""
    names = ["Türkiye", "Kenya", "كينيا", "باكستان", "Kenya كينيا", "R/60/260", "x" * 80, "x" * 81]
    identifiers = [identifier(name) for name in names]
    assert len(set(identifiers)) == len(names)
    assert identifiers[0] == "turkiye"
    assert identifiers[5] == "r-60-260"
    for named in identifiers:
        PartyRegistered(party=named, names={})

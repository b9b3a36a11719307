"""The bundled facts, held to the reading of the report that was checked by hand."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.events import LanguageVersionRegistered, PositionAdopted, StatementDelivered
from ledger.projection import columns
from ledger.records import read, record
from ledger.samples import NAMES, REPORT_AR, REPORT_EN, SAMPLES, sample

DOCUMENTS = Path(__file__).parents[4] / "shared" / "documents"
BOTH = {"dj", "gm", "my", "ma", "sa", "tr", "az"}
RESOLUTIONS = ("unsc-822", "unsc-853", "unsc-874", "unsc-884")


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    with Ledger.open("sqlite://") as opened:
        for name in SAMPLES:
            record(opened, read(sample(name), name))
        yield opened


def versions(row: object) -> set[str]:
    attested: tuple[str, ...] = row.attested_by  # type: ignore[attr-defined]  # any view's row
    return {citation.split("/")[1] for citation in attested}


def test_eight_parties_attended_seven_by_both_versions(ledger: Ledger) -> None:
    """Eight parties at the first meeting; Pakistan is attested by the Arabic version alone."""
    rows = {row.party: versions(row) for row in ledger.view("attendance").rows()}
    assert rows == {**{party: {"ar", "en"} for party in BOTH}, "pk": {"ar"}}


def test_ten_positions_and_who_attests_them(ledger: Ledger) -> None:
    """Ten positions, nine of the meeting; one is in the English alone, two in the Arabic alone."""
    rows = ledger.view("positions").rows()
    assert Counter(row.voice for row in rows) == {"meeting": 9, "members": 1}
    alone = {
        row.position.rpartition(".")[2]: versions(row)
        for row in rows
        if versions(row) != {"ar", "en"}
    }
    assert alone == {
        "calls-for-recognition": {"en"},
        "calls-upon-collective-action": {"ar"},
        "agrees-roadmap": {"ar"},
    }
    members = next(row for row in rows if row.voice == "members")
    assert {c.partition("#")[2] for c in members.attested_by} == {"¶8", "¶9"}


@pytest.mark.parametrize("instrument", RESOLUTIONS)
def test_what_rests_on_each_resolution(ledger: Ledger, instrument: str) -> None:
    """The minister's statement and the other members' call rest on it; no position does."""
    rows = ledger.view("resolutions").rows(instrument=instrument)
    told = {(row.voice, row.party, row.expression.partition(":")[0]) for row in rows}
    assert told == {("party", "az", "statement"), ("other-members", None, "statement")}
    paragraphs = {row.voice: {c.partition("#")[2] for c in row.attested_by} for row in rows}
    assert paragraphs == {"party": {"¶3"}, "other-members": {"¶4"}}


def test_membership_is_possible_before_the_meeting_and_certain_on_its_day(ledger: Ledger) -> None:
    """Seven possible members in June 2016, certain on the meeting's day; Azerbaijan is none."""
    membership = ledger.view("membership")
    june = membership.answer(as_of="2016-06-01")
    assert (june.rows, june.possible) == ([], 7)
    possible = membership.answer(as_of="2016-06-01", possible=True)
    assert {known.certainty for known in possible.known} == {"possible"}
    certain = {row.party: versions(row) for row in membership.rows(as_of="2016-09-19")}
    assert certain == {**{party: {"ar", "en"} for party in BOTH - {"az"}}, "pk": {"ar"}}


def test_before_the_arabic_was_recorded_seven_attended(ledger: Ledger) -> None:
    """As known at the end of the English file, there are seven delegations."""
    end = len(read(sample(REPORT_EN), REPORT_EN))
    assert {r.party for r in ledger.view("attendance").rows(known_at=end)} == BOTH


def test_nothing_in_the_report_diverges_in_what_is_recorded(ledger: Ledger) -> None:
    """The versions omit, and word differently; none of their facts contradict each other."""
    judged = [
        name
        for name, view in ledger.views.items()
        if any(field.name == "divergent" for field in columns(view.row))
    ]
    assert "attendance" in judged
    for name in judged:
        assert not any(row.divergent for row in ledger.view(name).rows())


def test_where_wordings_differ_each_says_whose_it_is(ledger: Ledger) -> None:
    """Of the attacks the English says more than the Arabic, and the summary says which is which."""
    [row] = ledger.view("positions").rows(position="oic-cg-azerbaijan-1.condemns-attacks")
    arabic, english = row.summaries["en"]
    assert arabic.versions == ("oic-cg-azerbaijan-1-report/ar/unmarked",)
    assert english.versions == ("oic-cg-azerbaijan-1-report/en/draft",)
    assert "crimes against humanity" in english.text
    assert "crimes against humanity" not in arabic.text


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the report's text is not at hand")
@pytest.mark.parametrize(("name", "language"), [(REPORT_EN, "en"), (REPORT_AR, "ar")])
def test_the_words_as_written_are_in_the_report(name: str, language: str) -> None:
    """The hash names the very file, and each verb as written stands in the report's text."""
    [file] = DOCUMENTS.glob(f"*.{language}.txt")
    events = [entry.new.event for entry in read(sample(name), name)]
    version = next(e for e in events if isinstance(e, LanguageVersionRegistered))
    assert version.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    text = unicodedata.normalize("NFC", file.read_text(encoding="utf-8"))
    verbs = [
        event.verb_as_written
        for event in events
        if isinstance(event, PositionAdopted | StatementDelivered) and event.verb_as_written
    ]
    assert verbs
    assert [verb for verb in verbs if verb not in text] == []


@pytest.mark.parametrize(
    ("party", "day", "formal"),
    [
        ("gm", "2015-06-01", "Republic of the Gambia"),
        ("gm", "2016-09-19", "Islamic Republic of the Gambia"),
        ("gm", "2017-09-20", "Republic of the Gambia"),
        ("tr", "2016-09-19", "Republic of Turkey"),
        ("tr", "2023-01-01", "Republic of Türkiye"),
    ],
)
def test_a_party_has_the_formal_name_of_the_day(party: str, day: str, formal: str) -> None:
    """The Gambia was an Islamic Republic on the day of the meeting; Turkey was not yet Türkiye."""
    with Ledger.open("sqlite://") as ledger:
        record(ledger, read(sample(NAMES), NAMES))
        names = ledger.view("parties").answer(
            party=party, form="formal", language="en", as_of=day, possible=True
        )
    assert [row.name for row in names.rows] == [formal]

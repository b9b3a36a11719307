"""Tables that nobody here wrote give the figures that were worked out from them without us."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.records import Register, parties_in, read_files, record
from ledger.records.names import identifier
from projections.ballots import Ballots
from projections.membership import Membership
from projections.votes import Votes

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the tables are not at hand")

TERMS = """\
document: council-terms
language: en
defaults: {group: unsc}
tables:
  - file: council_membership.csv
    comment: "#"
    key: [country_org, start_year]
    same_names: {file: country_aliases.csv, name: alias, means: canonical, comment: "#"}
    entries:
      - event: membership-began
        party: {party: country_org}
        as_written: {column: country_org}
        how: {column: seat, values: {elected: election, permanent: not-stated}}
        valid: {first_day: start_year}
      - event: membership-ended
        where: {seat: elected}
        party: {party: country_org}
        how: expiry
        valid: {day_after: end_year}
"""

VOTES = """\
document: unga-60-roll-calls
language: en
defaults: {group: unga}
tables:
  - file: roll_calls.csv
    key: [rcid]
    entries:
      - event: ballot-held
        ballot: unga-{rcid}
        instrument: {identifier: unres}
        method: recorded
        valid: {column: date}
  - file: votes.csv
    key: [rcid, country]
    entries:
      - event: vote-recorded
        ballot: unga-{rcid}
        party: {party: country_code}
        as_written: {column: country}
        choice: {column: vote, values: {yes: yes, no: no, abstain: abstain}}
        choice_as_written: {column: vote}
"""


def expected(folder: str) -> Any:
    """Read what was worked out straight from the files."""
    return json.loads((DATA / folder / "expected.json").read_text(encoding="utf-8"))


def recorded(folder: str, mapping: str, to: Path) -> Ledger:
    """Record the tables of a folder as a mapping says, in a ledger in memory."""
    for table in (DATA / folder).glob("*.csv"):
        shutil.copy(table, to)
    (to / "mapping.yaml").write_text(mapping, encoding="utf-8")
    ledger = Ledger.open("sqlite://")
    register = Register(lambda: parties_in(ledger))
    record(ledger, read_files([to / "mapping.yaml"], register=register))
    return ledger


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with recorded("unsc_membership", TERMS, tmp_path_factory.mktemp("council")) as ledger:
        yield ledger


def members(ledger: Ledger, day: str) -> set[str]:
    """Return who certainly was a member on a day."""
    return {row.party for row in ledger.view(Membership).rows(group="unsc", as_of=day)}


def test_the_council_has_fifteen_members_in_every_year(council: Ledger) -> None:
    """On any day of the 32 years the terms give fifteen members, in which seats they may be."""
    for year, count in expected("unsc_membership")["members_per_year"].items():
        for day in (f"{year}-01-01", f"{year}-07-01", f"{year}-12-31"):
            assert len(members(council, day)) == count, day


def test_terms_and_members_are_as_many_as_there_are(council: Ledger) -> None:
    """171 terms of 110 members, none in doubt: a second term is no contradiction of the first."""
    told = expected("unsc_membership")
    rows = council.view(Membership).rows()
    assert len(rows) == told["terms"]
    assert len({row.party for row in rows}) == told["distinct_members"]
    assert not any(row.divergent for row in rows)
    elected = Counter(row.party for row in rows if row.span.ended_earliest is not None)
    for name, terms in told["most_elected_terms"]:
        assert elected[identifier(name)] == terms


def test_who_sat_in_the_council(council: Ledger) -> None:
    """Azerbaijan, Morocco and Pakistan in 2012; a term that Italy and the Netherlands shared."""
    assert {"azerbaijan", "morocco", "pakistan"} <= members(council, "2012-06-01")
    for year in (2012, 2016):
        there = {identifier(name) for name in expected("unsc_membership")[f"members_{year}"]}
        assert members(council, f"{year}-12-31") == there
    assert "malaysia" in members(council, "2016-06-01")
    assert {"italy", "netherlands"} & members(council, "2017-12-31") == {"italy"}
    assert {"italy", "netherlands"} & members(council, "2018-01-01") == {"netherlands"}


def test_the_votes_of_a_session_are_as_many_as_were_cast(tmp_path: Path) -> None:
    """101 roll calls, 16,677 votes: in all, by ballot and by country; no row is never a no."""
    told = expected("unga_votes_session60")
    with recorded("unga_votes_session60", VOTES, tmp_path) as ledger:
        ballots, votes = ledger.view(Ballots).rows(), ledger.view(Votes).rows()
    assert len(ballots) == told["roll_calls"]
    assert Counter(vote.choice for vote in votes) == told["totals"]
    assert len({vote.party for vote in votes}) == told["countries"]
    cast = Counter((vote.ballot, vote.choice) for vote in votes)
    for number, tally in told["tallies"].items():
        for choice in ("yes", "no", "abstain"):
            assert cast[f"unga-{number}", choice] == tally[choice]
    by_country = Counter((vote.as_written.texts("en"), vote.choice) for vote in votes)
    for country, tally in told["by_country"].items():
        for choice in ("yes", "no", "abstain"):
            assert by_country[(country,), choice] == tally[choice]
    assert not any(vote.divergent for vote in votes)

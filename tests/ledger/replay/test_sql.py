"""Whoever asks in SQL finds what the library answers: at once, and with what each column means."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from ledger import Ledger
from ledger.events import AttendanceRecorded, EventCorrected, EventRetracted
from ledger.log import Database
from ledger.records import read, record
from ledger.replay.tables import LIVE, ViewTables
from ledger.samples import SAMPLES, sample
from tests.ledger.log.stored import rows

DOCUMENT = Path(__file__).parents[3] / "docs" / "sql.md"
QUERIES = re.findall(
    r"```sql\n-- (?:(SQLite|PostgreSQL): )?([^\n]+)\n(.*?)```",
    DOCUMENT.read_text(encoding="utf-8"),
    re.DOTALL,
)
GROUP, MEETING = "oic-cg-azerbaijan", "oic-cg-azerbaijan-1"


@pytest.fixture(params=["file", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """The two bundled reports, and all views up to them."""
    postgres = request.param == "postgres"
    address = request.getfixturevalue("postgres_ledger") if postgres else tmp_path / "lakes.db"
    with Ledger.open(address) as opened:
        for name in SAMPLES:
            record(opened, read(sample(name), name))
        opened.project()
        yield opened


def database(ledger: Ledger) -> Database:
    """Return what the ledger stands in."""
    return ledger._database  # noqa: SLF001 - as a tool that speaks SQL sees it


def sql(ledger: Ledger, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement as a tool would."""
    return rows(database(ledger), statement)


def asked(ledger: Ledger) -> Mapping[str, list[tuple[Any, ...]]]:
    """Run the queries of the page, and return what each finds, by its question."""
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database(ledger).engine.dialect.name]
    return {
        question.partition(":")[0]: sql(ledger, query)
        for only, question, query in QUERIES
        if only in ("", kind)
    }


def test_the_queries_of_the_page_answer_as_the_library_does(ledger: Ledger) -> None:
    """Every query of the page runs as it stands, and says what the library says."""
    found = asked(ledger)
    assert len(found) == 9
    assert all(found.values()), "each finds something in the demonstration"
    membership, attendance = ledger.view("membership"), ledger.view("attendance")

    certain = membership.rows(group=GROUP, as_of="2016-09-19")
    assert found["Who was a member on a day, certainly?"] == [(r.party, r.role) for r in certain]
    possible = membership.answer(group=GROUP, as_of="2016-06-01", possible=True).known
    assert [
        (party, bool(sure)) for party, sure in found["Who may have been one, and who surely was?"]
    ] == [(known.row.party, known.certainty == "certain") for known in possible]
    then, now = (
        {row.party for row in attendance.rows(meeting=MEETING, known_at=known_at)}
        for known_at in (49, None)
    )
    assert {p for (p,) in found["Who attended, as we knew when the record had 49 events?"]} == then
    assert found['Which position is "as we knew on a day"? (Its end, in UTC.)'] == [(88,)]
    learned = found["What have we learned since the record had 49 events, and what did we give up?"]
    assert now - then <= {party for party, change in learned if change == "learned"}
    cited = [(row.party, c) for row in attendance.rows(meeting=MEETING) for c in row.attested_by]
    assert found["Attendance by document"] == sorted(cited)
    alone = {
        row.position: row.summaries
        for row in ledger.view("positions").rows()
        if len(row.attested_by) == 1
    }
    told = dict(found["What rests on one citation alone, and what does it say?"])
    assert told.keys() == alone.keys()
    rests = found["What rests on each resolution, and in whose voice?"]
    assert sum(times for *_, times in rests) == len(ledger.view("resolutions").rows())
    up = found["Are the tables up to the record, and does anything stop one?"]
    assert [(view, bool(there), at, by) for view, there, at, by in up] == [
        (f"view_{name}", True, None, None) for name in ledger.views
    ]


def test_what_is_known_now_is_beside_each_table(ledger: Ledger) -> None:
    """`…_now` has the rows that are known and no others, whatever is corrected or built anew."""

    def known() -> list[tuple[Any, ...]]:
        there = sql(ledger, "SELECT meeting, party, known_from FROM view_attendance_now")
        all_of_it = sql(
            ledger, "SELECT meeting, party, known_from FROM view_attendance WHERE known_to IS NULL"
        )
        assert sorted(there) == sorted(all_of_it)
        return there

    before = known()
    [first, *_] = (e for e in ledger.read(types=["attendance-recorded"]))
    other = AttendanceRecorded(meeting=MEETING, party="zz")
    ledger.record(EventCorrected(target=first.event_id, replacement=other))
    ledger.project()
    corrected = known()
    assert sorted(corrected) != sorted(before)
    ledger.rebuild()
    assert sorted(known()) == sorted(corrected)
    for event in list(ledger.read(types=["attendance-recorded"])):
        ledger.record(EventRetracted(target=event.event_id))
    ledger.project()
    assert known() == []


def test_what_others_build_upon_what_is_known_now_stays(ledger: Ledger) -> None:
    """A SQL view of somebody's own upon `…_now` survives a rebuild, and shows the new table."""
    with database(ledger).writing("theirs") as connection:
        connection.exec_driver_sql(
            "CREATE VIEW theirs AS SELECT count(*) AS parties FROM view_attendance_now"
        )
    [(before,)] = sql(ledger, "SELECT parties FROM theirs")
    ledger.record(AttendanceRecorded(meeting=MEETING, party="zz"))
    assert ledger.rebuild() == []
    assert sql(ledger, "SELECT parties FROM theirs") == [(before + 1,)]


def test_what_is_known_now_follows_a_change_of_columns(ledger: Ledger) -> None:
    """A view of other columns, left by another version, is replaced with its table."""
    with database(ledger).writing("view_attendance") as connection:
        connection.exec_driver_sql("DROP VIEW view_attendance_now")
        connection.exec_driver_sql("CREATE VIEW view_attendance_now AS SELECT 1 AS one")
    ledger.rebuild("attendance")
    assert len(sql(ledger, "SELECT party FROM view_attendance_now")) == 8


def test_the_obvious_questions_have_an_index(ledger: Ledger) -> None:
    """The key's columns, what a row says it is asked by, and both ends of knowledge; one each."""
    for _ in range(2):
        with database(ledger).reading() as connection:
            for projection in ledger.views.values():
                tables = ViewTables(projection, LIVE)
                found = inspect(connection).get_indexes(tables.name)
                columns = [tuple(index["column_names"]) for index in found]
                row = projection.row
                wanted = (*row.key[1:], *row.indexed, "known_from", "known_to")
                assert sorted(columns) == sorted((name,) for name in wanted)
        ledger.rebuild()


def test_columns_say_what_they_are(ledger: Ledger) -> None:
    """Where the database keeps comments, every column of a view's relations has one."""
    if database(ledger).engine.dialect.name == "sqlite":
        pytest.skip("SQLite keeps no comments")
    for name, projection in ledger.views.items():
        tables = ViewTables(projection, LIVE)
        for relation in (tables.name, f"{tables.name}_now"):
            with database(ledger).reading() as connection:
                columns = inspect(connection).get_columns(relation)
                told = inspect(connection).get_table_comment(tables.name)
            assert [c["name"] for c in columns if not c["comment"]] == [], relation
            assert told["text"], name

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import ViewOfNewerProgram
from ledger.events import (
    Event,
    EventCorrected,
    MembershipBegan,
    MembershipEnded,
    MembershipSuspended,
)
from ledger.log import Database, Log
from ledger.projection import Fact, Key
from ledger.replay.engine import Drift, Engine, Fault, Step
from ledger.replay.query import Question
from projections.membership import Membership, MembershipRow
from tests.ledger.replay.tampering import dump, left_over, sql


class Newer(Membership):
    """Membership as its next version tells it: without suspensions."""

    version = Membership.version + 1

    def fold(self, key: Key, facts: Sequence[Fact[Any]]) -> Iterator[MembershipRow]:
        """Leave suspensions out."""
        return (row for row in super().fold(key, facts) if row.kind == "membership")


class CutOffError(Exception):
    """Somebody pulled the plug."""


def pull_the_plug(_step: Step) -> None:
    """Stop at the first report of progress."""
    raise CutOffError


def began(party: str) -> MembershipBegan:
    """Say that a party became a member."""
    return MembershipBegan(group="lakes", party=party, valid="2016-04-15")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger of six events, with row versions that are over, and all views up to it."""
    path = tmp_path / "proceedings.db"
    with Ledger.open(path) as ledger:
        first, *_ = ledger.append([began("ke"), began("ug")])
        events: list[Event] = [
            EventCorrected(target=first.event_id, replacement=began("tz")),
            MembershipSuspended(group="lakes", party="ug", valid="2017"),
            MembershipEnded(group="lakes", party="tz", valid="2018-01-01"),
            began("rw"),
        ]
        ledger.append(events)
        ledger.project()
    return path


@pytest.mark.parametrize("table", ["view_membership", "view_inbox_membership"])
def test_asking_restores_a_table_that_was_dropped(file: Path, table: str) -> None:
    """A view whose table is gone is built again when it is asked, equal row for row."""
    before = dump(file, "membership")
    sql(file, f"DROP TABLE {table}")
    with Ledger.open(file) as ledger:
        assert len(ledger.view(Membership).rows()) == 4
    assert dump(file, "membership") == before


def test_rebuilding_restores_a_table_that_was_dropped(file: Path) -> None:
    """A rebuild needs nothing but the log."""
    before = dump(file, "membership")
    sql(file, "DROP TABLE view_membership")
    sql(file, "DROP TABLE view_inbox_membership")
    with Ledger.open(file) as ledger:
        ledger.rebuild("membership")
    assert dump(file, "membership") == before


def test_all_views_can_be_dropped(file: Path) -> None:
    """With every view and all progress gone, the log alone gives every row back."""
    with Ledger.open(file) as ledger:
        views = list(ledger.views)
    before = [dump(file, view) for view in views]
    for view in views:
        sql(file, f"DROP TABLE view_{view}")
        sql(file, f"DROP TABLE view_inbox_{view}")
    sql(file, "DELETE FROM view_progress")
    with Ledger.open(file) as ledger:
        assert {progress.position for progress in ledger.project()} == {6}
    assert [dump(file, view) for view in views] == before


def test_rebuilding_again_changes_nothing(file: Path) -> None:
    """A rebuild of a sound view finds no drift, and leaves the same rows, however often."""
    before = dump(file, "membership")
    with Ledger.open(file) as ledger:
        assert ledger.rebuild("membership") == []
        assert ledger.rebuild() == []
    assert dump(file, "membership") == before
    assert left_over(file) == []


def test_a_new_version_of_a_projection_builds_its_view_anew(file: Path) -> None:
    """Rows that an older version made are built anew; those of a newer one are left to it."""
    database = Database.open(file, create=False)
    older, newer = Engine(database, Membership()), Engine(database, Newer())
    assert [row.kind for row in older.ask(Question()).rows].count("suspension") == 1
    newer.catch_up()
    assert {row.kind for row in newer.ask(Question()).rows} == {"membership"}
    with pytest.raises(ViewOfNewerProgram, match=f"version {Newer.version}"):
        older.catch_up()
    assert {row.kind for row in newer.ask(Question()).rows} == {"membership"}
    database.close()


def test_two_that_build_at_once_end_with_one_view(file: Path) -> None:
    """Whoever builds, rebuilds or checks while another does the same ends well, and so does it."""
    database, other = (Database.open(file, create=False) for _ in range(2))
    first, second = Engine(database, Membership()), Engine(other, Membership())
    before = dump(file, "membership")
    for mine in (first.rebuild, first.check):
        for theirs in (second.rebuild, second.check):
            turns = iter([theirs])

            def interrupt(_step: Step, turns: Iterator[Any] = turns) -> None:
                if (turn := next(turns, None)) is not None:
                    assert turn(page=2) == []

            assert mine(interrupt, page=2) == []
            assert dump(file, "membership") == before
    assert left_over(file) == []
    database.close()
    other.close()


def test_a_lost_mark_is_no_obstacle(file: Path) -> None:
    """A view whose progress was deleted by hand is built anew."""
    before = dump(file, "membership")
    sql(file, "DELETE FROM view_progress")
    with Ledger.open(file) as ledger:
        assert ledger.view("membership").rows()
    assert dump(file, "membership") == before


def test_a_table_that_is_gone_is_told_by_a_check_and_left(file: Path) -> None:
    """A check of a dropped table says so, and builds nothing."""
    sql(file, "DROP TABLE view_membership")
    with Ledger.open(file) as ledger:
        assert [drift.fault for drift in ledger.check("membership")] == [Fault.GONE]
        assert left_over(file) == []


def test_a_wrong_inbox_is_found(file: Path) -> None:
    """An inbox that lacks a fact would give wrong rows one day: a check names it."""
    sql(file, "DELETE FROM view_inbox_membership WHERE root = 1")
    with Ledger.open(file) as ledger:
        assert {drift.fault for drift in ledger.check("membership")} == {Fault.FORGOTTEN}
        ledger.rebuild("membership")
        assert ledger.check("membership") == []


def test_a_correction_that_the_view_has_not_read_is_no_drift(file: Path) -> None:
    """A rebuild of a view that is behind does not take what came since for a fault."""
    with Ledger.open(file) as ledger:
        first = ledger.event(1)
        assert isinstance(first.event, MembershipBegan)
        moved = first.event.model_copy(update={"party": "zz"})
        ledger.record(EventCorrected(target=first.event_id, replacement=moved))
        assert ledger.rebuild("membership") == []
        assert [row.party for row in ledger.view("membership").rows(party="zz")] == ["zz"]


class Refusing(Membership):
    """Membership that cannot take the third event."""

    def key(self, event: Any) -> Iterator[Key]:
        """Refuse one party."""
        if event.party == "rw":
            raise RuntimeError("no key for rw")
        return super().key(event)


def test_a_build_that_stops_takes_no_good_views_place(file: Path) -> None:
    """A rebuild that an event stops leaves the rows that were there, and says what stopped it."""
    before = dump(file, "membership")
    database = Database.open(file, create=False)
    engine = Engine(database, Refusing())
    assert [drift.fault for drift in engine.check()] == [Fault.STOPPED]
    assert Fault.STOPPED in {drift.fault for drift in engine.rebuild()}
    assert "no key for rw" in str(engine.progress().stopped)
    assert dump(file, "membership") == before
    database.close()


def test_a_build_that_was_cut_off_is_taken_up_where_it_stood(file: Path) -> None:
    """The pages that were built are not built again, and the result is the same."""
    before = dump(file, "membership")
    database = Database.open(file, create=False)
    engine = Engine(database, Membership())
    with pytest.raises(CutOffError):
        engine.rebuild(pull_the_plug, page=2)
    assert dump(file, "membership") == before
    steps: list[Step] = []
    assert engine.rebuild(steps.append, page=2) == []
    assert steps[0].position == 4
    assert dump(file, "membership") == before
    assert left_over(file) == []
    database.close()


def test_a_build_that_another_version_began_is_not_taken_up(file: Path) -> None:
    """Half a table of one version is never finished by another."""
    database = Database.open(file, create=False)
    with pytest.raises(CutOffError):
        Engine(database, Newer()).rebuild(pull_the_plug, page=4)
    before = dump(file, "membership")
    steps: list[Step] = []
    assert Engine(database, Membership()).rebuild(steps.append, page=2) == []
    assert steps[0].position == 2
    assert dump(file, "membership") == before
    database.close()


def test_events_recorded_during_a_rebuild_are_in_it(file: Path) -> None:
    """Writers go on while a view is built, and the view ends where the log does."""
    database = Database.open(file, create=False)
    log, engine = Log(database), Engine(database, Membership())
    parties = iter(["bi", "ss"])

    def record_one_more(_step: Step) -> None:
        if (party := next(parties, None)) is not None:
            log.append([began(party)], actor="a")

    engine.rebuild(record_one_more, page=2)
    assert engine.progress().position == 8
    assert {"bi", "ss"} <= {row.party for row in engine.ask(Question()).rows}
    assert engine.check() == []
    database.close()


def test_check_names_a_row_that_was_altered(file: Path) -> None:
    """Both the row that is not the log's and the log's that is missing are named, by key."""
    sql(file, "UPDATE view_membership SET role = 'chair' WHERE party = 'rw'")
    altered = dump(file, "membership")
    with Ledger.open(file) as ledger:
        drift = ledger.check("membership")
    assert drift == [
        Drift("membership", ("lakes", "rw"), 6, Fault.UNFOUNDED),
        Drift("membership", ("lakes", "rw"), 6, Fault.MISSING),
    ]
    assert dump(file, "membership") == altered, "a check changes nothing"


BOTH = {Fault.UNFOUNDED, Fault.MISSING}


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("DELETE FROM view_membership WHERE party = 'rw'", {Fault.MISSING}),
        (
            "UPDATE view_membership SET known_to = 6 WHERE party = 'rw'",
            BOTH,
        ),
        (
            "UPDATE view_membership SET party = 'xx' WHERE party = 'rw'",
            BOTH,
        ),
        ("DELETE FROM view_membership WHERE party = 'nobody'", set()),
    ],
    ids=["deleted", "closed", "moved", "untouched"],
)
def test_check_tells_what_is_stored_from_what_should_be(
    file: Path, statement: str, faults: set[Fault]
) -> None:
    """A row too many is named as stored, a row too few as missing, and a sound view not at all."""
    sql(file, statement)
    with Ledger.open(file) as ledger:
        assert {drift.fault for drift in ledger.check("membership")} == faults


def test_a_rebuild_mends_what_was_altered(file: Path) -> None:
    """A rebuild says what it mended; afterwards nothing is left to find."""
    before = dump(file, "membership")
    sql(file, "UPDATE view_membership SET role = 'chair', known_from = 5 WHERE party = 'rw'")
    with Ledger.open(file) as ledger:
        assert len(ledger.rebuild("membership")) == 2
        assert ledger.check() == []
    assert dump(file, "membership") == before


def test_a_check_leaves_nothing_behind(file: Path) -> None:
    """What a check builds beside the view is gone afterwards, progress and all."""
    with Ledger.open(file) as ledger:
        assert ledger.check() == []
    assert left_over(file) == []


def test_a_check_that_was_cut_off_is_cleared_away_by_the_next(file: Path) -> None:
    """A check that stopped half way leaves no trace once one has run to its end."""
    database = Database.open(file, create=False)
    engine = Engine(database, Membership())
    with pytest.raises(CutOffError):
        engine.check(pull_the_plug, page=2)
    assert left_over(file) != []
    assert engine.check() == []
    assert left_over(file) == []
    database.close()


def test_a_check_compares_up_to_where_the_view_has_read(file: Path) -> None:
    """A view that is merely behind the log has not drifted."""
    with Ledger.open(file) as ledger:
        ledger.record(MembershipEnded(group="lakes", party="rw", valid="2020"))
        assert ledger.check("membership") == []
        assert ledger.view("membership").progress.position == 6

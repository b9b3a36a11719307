"""Nothing acknowledged is lost, nothing is half written: each program of this folder, in short."""

import gc
import sys
from collections.abc import Iterable

import pytest

from tests.faults import (
    clock,
    cut,
    damaged,
    disk,
    kill,
    order,
    project,
    race,
    readonly,
    rebuild,
    restart,
    served,
    statements,
)
from tests.faults.support import KINDS, POSTGRESQL, SQLITE, Outcome
from tests.postgres import Cluster, Server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what is killed is killed by -9")

MIXED = (("plain", 1), ("expected_version", 20), ("condition", 20), ("record", 1))


def promised(outcomes: Iterable[Outcome]) -> None:
    """Every promise was kept."""
    broken = [one for one in outcomes if not one.kept]
    assert not broken


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_survives_a_kill(kind: str, postgres: Cluster) -> None:
    """Writers killed at any moment leave whole batches, and all they were given receipts for."""
    promised(kill.main(6, (kind,), postgres))


@pytest.mark.parametrize("kind", KINDS)
def test_views_survive_the_kill_of_their_worker(kind: str, postgres: Cluster) -> None:
    """A worker killed at any moment leaves views as a rebuild would, no further back than told."""
    promised(project.main(3, (kind,), postgres))


@pytest.mark.parametrize("kind", KINDS)
def test_a_rebuild_keeps_its_work_and_nobody_waiting(kind: str, postgres: Cluster) -> None:
    """Killed, it goes on where it stood; appends go on beside it, and readers see a whole view."""
    promised(rebuild.main(2, (kind,), postgres, events=300))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("path", "size"), MIXED)
def test_a_live_reader_misses_nothing(kind: str, path: str, size: int, postgres: Cluster) -> None:
    """Whatever the append path, a follower gets each event once, in order, as they are recorded."""
    promised([order.ordered(order.Cell(kind, 4, size, path), 8, postgres)])


@pytest.mark.parametrize("kind", KINDS)
def test_sixteen_writers_keep_the_order(kind: str, postgres: Cluster) -> None:
    """Sixteen writers take their turns, and none is turned away."""
    promised([order.ordered(order.Cell(kind, 16, 20, "plain"), 3, postgres)])


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (POSTGRESQL, order.UNLOCKED),
        (POSTGRESQL, order.NUMBERED),
        (SQLITE, order.DEFERRED),
    ],
)
def test_the_check_finds_out_a_log_without_its_lock(
    kind: str, broken: str, postgres: Cluster
) -> None:
    """With the lock taken away the same check fails: it is the lock that keeps the promise.

    Writers meet by chance, and on a busy machine they may miss each other once.
    """
    cell = order.Cell(kind, 4, 1, "plain", broken)
    tried = (order.ordered(cell, 40, postgres) for _ in range(5))
    assert any(found.lost if broken == order.NUMBERED else not found.kept for found in tried)


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_writers_one_wins(kind: str, postgres: Cluster) -> None:
    """Of two who expect one version, or state one condition, exactly one appends."""
    promised(race.main(12, (kind,), postgres))


@pytest.mark.parametrize("kind", KINDS)
def test_a_clock_that_goes_back_reorders_nothing(kind: str, postgres: Cluster) -> None:
    """Clocks that jump by days change no order, no hash, and no answer about a moment."""
    promised(clock.main(20, (kind,), postgres))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_at_any_statement_leaves_all_or_nothing(kind: str, postgres: Cluster) -> None:
    """Whichever statement fails, the batch is there or is not, and the next append works."""
    promised(statements.main(1, (kind,), postgres))


def test_a_connection_cut_at_commit_is_safe_to_try_again(postgres: Cluster) -> None:
    """Whether the commit arrived or not, sending the same events again records them once."""
    promised(cut.main(30, postgres))


def test_ended_back_ends_lose_nothing(postgres: Cluster) -> None:
    """Sessions ended under load: all that was acknowledged is there, and followers go on."""
    promised([restart.ended(20, postgres)])
    gc.collect()  # a connection that was left open is told of here, not in some later test


def test_a_restarted_server_loses_nothing() -> None:
    """A server stopped and killed under load has all that was acknowledged; followers go on."""
    with Server() as server:
        promised([restart.restarted(2, server)])


def test_a_full_disk_acknowledges_nothing_that_is_not_there() -> None:
    """An append that does not fit is refused in words, and goes through when there is room."""
    promised([disk.limited(3)])


@pytest.mark.parametrize("case", readonly.CASES, ids=str)
def test_a_file_that_cannot_be_written_is_read(case: readonly.Case) -> None:
    """A read-only file or folder is read as ever; an append is refused with a sentence."""
    promised([readonly.shut(case, 1)])


def test_a_file_that_others_write_to_is_no_archive() -> None:
    """Who may not write reads what others write meanwhile, or is told what it takes."""
    promised([readonly.shared(1)])


def test_a_server_that_takes_no_changes_is_read(postgres: Cluster) -> None:
    """A read-only server is read as ever; an append is refused with a sentence."""
    promised(readonly.main(1, (POSTGRESQL,), postgres))


def test_a_damaged_file_is_told_in_words() -> None:
    """A command on a damaged file answers as of the whole one, or says so, with an exit code."""
    promised([damaged.quickly(8)])


def test_readers_that_take_nothing_and_a_killed_server_cost_nothing() -> None:
    """Stalled readers keep nobody waiting; what a killed server had acknowledged is there once."""
    promised(served.main(12))

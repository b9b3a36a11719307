"""SQLite is used as safely as it can be, and what is not safe is said."""

import sqlite3
import sys
import types
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import NoLedger
from ledger.log import Database
from ledger.log.manners import Severity
from ledger.log.sqlite import build, has_wal_reset_bug, shared_over_a_network


@pytest.mark.parametrize(
    ("version", "bad"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_a_build_is_judged_by_its_version(version: tuple[int, ...], bad: bool) -> None:
    """3.7.0 to 3.51.2 can damage a file that two connections write to."""
    assert has_wal_reset_bug(version) is bad


@pytest.mark.parametrize(
    ("own", "other", "chosen"),
    [
        ((3, 40, 1), (3, 53, 4), "other"),
        ((3, 40, 1), (3, 50, 0), "own"),
        ((3, 51, 3), (3, 53, 4), "own"),
        ((3, 40, 1), None, "own"),
    ],
)
def test_a_fixed_build_is_used_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
    own: tuple[int, ...],
    other: tuple[int, ...] | None,
    chosen: str,
) -> None:
    """Python's own SQLite is used unless it has the bug and `pysqlite3` has not."""
    package, module = types.ModuleType("pysqlite3"), types.ModuleType("pysqlite3.dbapi2")
    vars(module)["sqlite_version_info"] = other
    monkeypatch.setitem(sys.modules, "pysqlite3", package)
    # None in this table makes an import fail, as where the package is not installed.
    there = module if other else None
    monkeypatch.setitem(sys.modules, "pysqlite3.dbapi2", there)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", own)
    assert build() is (module if chosen == "other" else sqlite3)


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/share nfs4 rw 0 0
/dev/sdb1 /mnt/share/disk xfs rw 0 0
//server/desk /home/desk\\040one cifs rw 0 0
tmpfs /mnt/shared tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/srv/proceedings.db", None),
        ("/mnt/share/proceedings.db", "nfs4"),
        ("/mnt/share/deeper/down/proceedings.db", "nfs4"),
        ("/mnt/share/disk/proceedings.db", None),
        ("/mnt/shared/proceedings.db", None),
        ("/home/desk one/proceedings.db", "cifs"),
    ],
)
def test_a_network_file_system_is_known(place: str, kind: str | None) -> None:
    """The mount nearest to the file decides, whatever is mounted above it."""
    assert shared_over_a_network(Path(place), MOUNTS) == kind


def test_no_ledger_is_made_on_a_network_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where locks cannot be trusted none is made, and one that is there is warned of."""
    file = tmp_path / "proceedings.db"
    Database.open(tmp_path / "there.db", create=True).close()
    monkeypatch.setattr("ledger.log.sqlite.shared_over_a_network", lambda _file: "nfs4")
    with pytest.raises(NoLedger, match="nfs4 is shared over a network"):
        Database.open(file, create=True)
    assert not file.exists()
    with closing(Database.open(tmp_path / "there.db", create=False)) as database:
        [said] = [remark for remark in database.remarks() if remark.about == "file system"]
    assert said.severity is Severity.DANGER

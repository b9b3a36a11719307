"""SQLite is used as safely as it can be, and what is not safe is said."""

import sqlite3
import sys
import types
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.checkup import checkup
from ledger.errors import NoLedger, ReadOnly
from ledger.events import MeetingConvened
from ledger.log import Database, Log
from ledger.log.manners import Severity
from ledger.log.mounts import mount_of
from ledger.log.sqlite import build, has_wal_reset_bug, is_archived

MEETING = MeetingConvened(meeting="lakes-1")


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
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:31 / /mnt/share rw - nfs4 server:/export rw,vers=4.2
24 23 8:17 / /mnt/share/disk rw shared:2 master:3 - xfs /dev/sdb1 rw
25 22 0:32 / /home/desk\\040one rw - cifs //server/desk rw
26 22 0:33 / /mnt/shared rw - tmpfs tmpfs rw
27 22 0:34 / /mnt/hidden rw - nfs server:/old rw
28 22 8:33 / /mnt/hidden rw - ext4 /dev/sdc1 rw
29 22 0:35 / /mnt/desk rw - fuse.sshfs desk: rw
30 22 11:0 / /mnt/disc ro - iso9660 /dev/sr0 ro
31 22 8:1 /srv /mnt/window ro - ext4 /dev/sda1 rw
32 22 0:36 / /mnt/published ro - nfs4 server:/published ro
33 22 0:37 / /mnt/host ro - virtiofs host ro
"""


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux as it would be with such mounts."""
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr("ledger.log.mounts.TABLE", tmp_path / "mountinfo")


def on_a_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Linux say that a folder is on a network."""
    table = folder.parent / "mountinfo"
    table.write_text(f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:31 / {folder} rw - nfs4 s: rw")
    monkeypatch.setattr("ledger.log.mounts.TABLE", table)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize(
    ("place", "kind", "shared"),
    [
        ("/srv/proceedings.db", "ext4", False),
        ("/mnt/share/proceedings.db", "nfs4", True),
        ("/mnt/share/deeper/down/proceedings.db", "nfs4", True),
        ("/mnt/share/disk/proceedings.db", "xfs", False),
        ("/mnt/shared/proceedings.db", "tmpfs", False),
        ("/mnt/hidden/proceedings.db", "ext4", False),
        ("/mnt/desk/proceedings.db", "fuse.sshfs", True),
        ("/home/desk one/proceedings.db", "cifs", True),
    ],
)
def test_a_network_file_system_is_known(place: str, kind: str, shared: bool) -> None:
    """The mount nearest to the file decides, whatever is mounted above it or under it."""
    mount = mount_of(Path(place))
    assert mount is not None
    assert (mount.kind, mount.shared) == (kind, shared)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize(
    ("place", "read_only"),
    [
        ("/mnt/disc/proceedings.db", True),
        ("/srv/proceedings.db", False),
        ("/mnt/window/proceedings.db", False),
        ("/mnt/published/proceedings.db", False),
        ("/mnt/host/proceedings.db", False),
    ],
)
def test_what_others_can_write_to_is_not_read_only(place: str, read_only: bool) -> None:
    """A read-only mount of what is written elsewhere is a window, and no archive."""
    mount = mount_of(Path(place))
    assert mount is not None
    assert mount.read_only is read_only


def test_where_nothing_is_told_of_mounts_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a table of mounts nothing is known, and a ledger is made and appended to."""
    monkeypatch.setattr("ledger.log.mounts.TABLE", tmp_path / "nowhere")
    assert mount_of(tmp_path) is None
    with closing(Database.open(tmp_path / "proceedings.db", create=True)) as database:
        assert Log(database).append([MEETING], actor="desk-1")[0].position == 1


def test_no_ledger_is_made_on_a_network_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where locks cannot be trusted none is made, whether or not there is an empty file."""
    share = tmp_path / "share"
    share.mkdir()
    (share / "empty.db").touch()
    on_a_network(share, monkeypatch)
    with pytest.raises(NoLedger, match="nfs4 is shared over a network"):
        Database.open(share / "proceedings.db", create=True)
    with pytest.raises(ReadOnly, match="nfs4 is shared over a network"):
        Database.open(share / "empty.db", create=True)
    assert [(path.name, path.stat().st_size) for path in share.iterdir()] == [("empty.db", 0)]


@pytest.mark.parametrize("size", [1, 30], ids=["brief", "long"])
def test_a_ledger_on_a_network_file_system_is_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """A ledger that came to be there is read; an append is refused with what to do, as is told."""
    share = tmp_path / "share"
    share.mkdir()
    with Ledger.open(share / "proceedings.db") as ledger:
        ledger.append([MEETING])
        ledger.project("meetings")
        ledger.append([MEETING])
    on_a_network(share, monkeypatch)
    with Ledger.open(share / "proceedings.db", create=False) as ledger:
        with pytest.raises(ReadOnly, match=r"nfs4 is .*: move it to a disk of one machine") as told:
            ledger.append([MEETING] * size)
        assert told.value.address == str(share / "proceedings.db")
        assert [event.event for event in ledger.read()] == [MEETING] * 2
        assert ledger.view("meetings").answer().known_at == 1
        ledger.backup(share / "kept.db")
    remarks = checkup(share / "proceedings.db")
    assert [r.severity for r in remarks if r.about == "file system"] == [Severity.DANGER]


def test_a_server_is_backed_up_to_a_network_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_ledger: str
) -> None:
    """A backup is made by one program alone, which needs no lock: it may lie anywhere."""
    share = tmp_path / "share"
    share.mkdir()
    on_a_network(share, monkeypatch)
    with Ledger.open(postgres_ledger) as ledger:
        ledger.append([MEETING])
        assert ledger.backup(share / "kept.db") == ledger.state
    with Ledger.open(share / "kept.db", create=False) as kept:
        assert kept.head == 1


@pytest.mark.skipif(sys.platform == "win32", reason="leave to write is another matter there")
def test_a_file_is_an_archive_if_nobody_can_write_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while anybody may write beside it, nor while a journal may hold more than it does."""
    folder = tmp_path / "kept"
    folder.mkdir()
    file = folder / "proceedings.db"
    Database.open(file, create=True).close()
    told = []
    for mode in (0o755, 0o575, 0o557, 0o555):
        folder.chmod(mode)
        told.append(is_archived(file))
    assert told == [False, False, False, True]
    folder.chmod(0o755)
    (tmp_path / "mountinfo").write_text(f"22 1 8:1 / {folder} ro - squashfs /dev/loop0 ro")
    monkeypatch.setattr("ledger.log.mounts.TABLE", tmp_path / "mountinfo")
    assert is_archived(file)
    (folder / "proceedings.db-wal").touch()
    assert not is_archived(file)

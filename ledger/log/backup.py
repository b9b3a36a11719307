"""Backup and restore: a whole ledger in one file, whatever database it lives in.

A backup is a SQLite file that is a ledger itself. From SQLite it is a copy of all pages, views
included; from PostgreSQL it is the log placed into a new file, for views can be built from it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ledger.errors import NoLedger, Unreachable
from ledger.files import FOR_ANYBODY, expect_no_journal, whole
from ledger.log.database import Database, database_url, stands_at, upgrade
from ledger.log.place import place
from ledger.log.recorded import Head
from ledger.log.sqlite import SQLite, build, file_of
from ledger.log.stored import Snapshot, Watch, snapshot, uncounted, watched
from ledger.log.verify import expect_intact
from ledger.mismatch import AlteredLog, Mismatch
from ledger.schema import migrations


def backup(database: Database, file: Path, watch: Watch = uncounted) -> Head:
    """Write one state of a ledger, in use or not, into a new file, and check all of it.

    The file is whole or not there, and readable by its owner alone. Raises `AlreadyThere` where a
    file is, `AlteredLog` where the ledger is not as it was recorded.
    """
    with whole(file) as part:
        with snapshot(database) as log:
            head = log.head
            if database.engine.dialect.name == SQLite.backend:
                _copy_pages(log.connection.connection.driver_connection, part)
            else:
                with closing(_unshared(part)) as made:
                    made.expect_ledger(create=True)
                    place(made, log.events())
        _set_journal(part, "DELETE")  # so that the file is all there is
        with _named(file):
            _expect_whole(part, head, watch)
    return head


def restore(file: Path, address: str | Path, watch: Watch = uncounted) -> Head:
    """Make the ledger at an address from a backup, check all of it, and return where it ends.

    The ledger is whole or not there. A backup of an older schema is brought up to date on the way;
    the file itself is only read. Raises `AlreadyThere` where there are events, or the journal of a
    file that is gone; `NoLedger` where the file is no backup, `AlteredLog` where it is not as it
    was recorded.
    """
    url = database_url(address)
    target = file_of(url) if url.get_backend_name() == SQLite.backend else None
    if target is not None and not target.exists():
        Database.at(address, create=True).close()  # says why there can be none
        with whole(target, mode=FOR_ANYBODY) as part:
            head = _read(file, part, watch)
            _set_journal(part, "WAL")
        return head
    if target is not None and not target.stat().st_size:
        expect_no_journal(target)
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        part = Path(folder, "ledger.db")
        _read(file, part, uncounted)
        with (
            closing(Database.open(part, create=False)) as source,
            closing(Database.open(address, create=True)) as made,
            snapshot(source) as log,
        ):

            def check(now: Snapshot) -> None:
                expect_intact(now)
                _expect_same(now, log.head)

            return place(made, watched(log, watch), anew=True, check=check).head


def _read(file: Path, part: Path, watch: Watch) -> Head:
    """Copy a backup, bring it up to date, and check it."""
    if not file.is_file():
        raise NoLedger(str(file), "there is no file here")
    with _named(file):
        driver = build()
        name = f"file:{quote(str(file.absolute()))}?mode=ro"
        try:
            with closing(driver.connect(name, uri=True)) as source:
                _copy_pages(source, part)
        except driver.Error as error:
            raise NoLedger(str(file), f"this is no backup: {error}") from error
        if stands_at(part) < migrations.HEAD:
            upgrade(part)
        return _expect_whole(part, None, watch)


def _unshared(part: Path) -> Database:
    """Return the database in a file that nobody else knows of: it may be on a network."""
    url = database_url(part)
    return Database(url, SQLite(url, alone=True))


def _copy_pages(source: Any, part: Path) -> None:
    """Copy a SQLite database as it is at this moment; who writes to it meanwhile is not in it."""
    with closing(build().connect(part)) as target:
        source.backup(target)


def _set_journal(part: Path, mode: str) -> None:
    with closing(build().connect(part)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()


def _expect_whole(part: Path, head: Head | None, watch: Watch) -> Head:
    """Raise `AlteredLog` unless a file is sound, its log intact, and ends where it should."""
    with closing(Database.open(part, create=False)) as made, snapshot(made) as log:
        _expect_sound(log)
        expect_intact(log, watch)
        _expect_same(log, head or log.head)
        return log.head


def _expect_sound(log: Snapshot) -> None:
    """Raise `AlteredLog` unless SQLite finds every page of a file where it belongs."""
    for (said,) in log.connection.exec_driver_sql(f"PRAGMA integrity_check({_ALL})"):
        about, _, name = said.rpartition("NULL value in ")
        # SQLite 3.40 says so of sound tables without rowid whose key is not first: views are such.
        of_a_view = name and not about and not name.startswith(("log_", "alembic_"))
        if said != "ok" and not of_a_view:
            raise AlteredLog(log.address, [Mismatch(None, "the file", "sound pages", said)])


_ALL: Final = 2**31 - 1


def _expect_same(log: Snapshot, head: Head) -> None:
    if log.head != head:
        expected, found = (f"{one.root.hex()} of {one.size:,} events" for one in (head, log.head))
        raise AlteredLog(log.address, [Mismatch(None, "root", expected, found)])


@contextmanager
def _named(file: Path) -> Generator[None]:
    """Name the file that a person knows in what goes wrong with a copy of it."""
    try:
        yield
    except AlteredLog as error:
        raise AlteredLog(str(file), error.mismatches) from error
    except (NoLedger, Unreachable) as error:
        raise type(error)(str(file), error.reason) from error

"""Where the server is to wait for a standby, nothing is acknowledged that the standby lacks.

No standby is there, so every commit waits, until somebody cuts the waiting short: the server then
acknowledges it all the same, and merely warns.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import LiteralString

import pytest

from ledger.errors import Interrupted
from ledger.events import MeetingConvened
from ledger.log import Database, Log, NewEvent, Receipt
from tests.postgres import Server

WAITING: LiteralString = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that waits for a standby that is not there."""
    settings = {"synchronous_standby_names": "nobody", "synchronous_commit": "on"}
    with Server(settings, durable=False) as server:
        Database.open(server.url(), create=True).close()
        yield server


def cut_short(server: Server, log: Log, batch: list[NewEvent], how: str) -> None:
    """Append, and cut the waiting for the standby short: nothing is acknowledged."""
    with ThreadPoolExecutor(1) as writer, server.connect() as somebody:
        appended = writer.submit(log.append, batch, actor="desk-1")
        while somebody.execute(b"SELECT 1 " + WAITING.encode()).fetchone() is None:
            assert not appended.done(), appended.result()
            time.sleep(0.01)
        somebody.execute(f"SELECT {how}(pid) {WAITING}".encode())
        with pytest.raises(Interrupted):
            appended.result(10)


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
@pytest.mark.parametrize("size", [1, 30], ids=["brief", "long"])
def test_a_commit_that_no_standby_has_is_not_acknowledged(
    server: Server, monkeypatch: pytest.MonkeyPatch, size: int, how: str
) -> None:
    """The append is `Interrupted`, when it is sent again too; without the wait it has receipts."""
    monkeypatch.setattr("ledger.log.patience.PATIENCE", 0)
    batch = [NewEvent(MeetingConvened(meeting="lakes-1")) for _ in range(size)]
    with closing(Database.open(server.url(), create=False)) as database:
        before = Log(database).head().size
        for _ in "12":
            cut_short(server, Log(database), batch, how)
    without = f"{server.url()}?options=-csynchronous_commit%3Dlocal"
    with closing(Database.open(without, create=False)) as database:
        receipts: list[Receipt] = Log(database).append(batch, actor="desk-1")
        assert Log(database).head().size == before + size
    assert [(r.position, r.appended) for r in receipts] == [
        (before + n, False) for n in range(1, size + 1)
    ]

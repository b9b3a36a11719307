"""The connection is cut at COMMIT, before the server has it or after: sending again is safe.

A proxy of our own stands between the log and its server. When it sees the COMMIT it forwards what
came before and hangs up; or forwards it, waits for the answer, and keeps that to itself; or
forwards it and hangs up at once. In half of the rounds the log tries again by itself, in the other
half its caller does.
"""

import itertools
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal, Self
from unittest.mock import patch

from sqlalchemy import make_url

from ledger.errors import Interrupted
from ledger.log import Database, Log
from tests.faults.audit import settle
from tests.faults.statements import PATHS
from tests.faults.support import (
    PATIENCE,
    POSTGRESQL,
    Batch,
    Outcome,
    ledger_on,
    outcome,
    run,
)
from tests.postgres import Cluster

ROUNDS = 1_000
Moment = Literal["before", "after", "at"]
MOMENTS: tuple[Moment, ...] = ("before", "after", "at")


def main(rounds: int, cluster: Cluster | None = None) -> list[Outcome]:
    """Cut so many connections at their COMMIT."""
    # A node of the tree in each round would tell nothing more about the connection.
    paths = [(min(size, 30), append) for size, append in PATHS.values()]
    ways = itertools.cycle(itertools.product(paths, MOMENTS, (False, True)))
    with (
        ledger_on(POSTGRESQL, cluster) as address,
        outcome("connection cut at COMMIT", POSTGRESQL, rounds) as found,
        Proxy(address) as proxy,
        closing(Database.open(proxy.address, create=False)) as database,
    ):
        log, acknowledged, there = Log(database), list[Batch](), 0
        for number, ((size, append), moment, by_itself) in zip(range(rounds), ways, strict=False):
            batch = Batch(number, 0, number, size)
            proxy.arm(moment)
            interrupted = False
            try:
                with patch("ledger.log.patience.PATIENCE", PATIENCE if by_itself else 0.0):
                    receipts = append(log, batch)
            except Interrupted:
                interrupted = True
                receipts = append(log, batch)
            acknowledged.append(batch)
            where = f"round {number}, {size} events, cut {moment} COMMIT"
            found.expect(not proxy.armed, f"{where}: no COMMIT was seen")
            found.expect(interrupted is not by_itself, f"{where}: told otherwise than expected")
            appended = {receipt.appended for receipt in receipts}
            if moment != "at":
                found.expect(appended == {moment == "before"}, f"{where}: receipts say {appended}")
            there += appended == {False}
        with closing(Database.open(address, create=False)) as straight:
            settle(found, straight, acknowledged)
        found.note = f"{there} were recorded when the connection was cut, {rounds - there} were not"
    return [found]


class Proxy:
    """Forwards connections to a server, and cuts one of them at the next COMMIT when armed."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        self._server = (str(url.host), int(url.port or 5432))
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.address = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        self._moment: Moment | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        self._threads.append(accepting)
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def arm(self, moment: Moment) -> None:
        """Cut the connection that sends the next COMMIT."""
        self._moment = moment

    @property
    def armed(self) -> bool:
        """Whether no COMMIT came since it was armed."""
        return self._moment is not None

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with (
            client,
            socket.create_connection(self._server) as server,
            _both(client, server) as asks,
        ):
            before = b""
            while True:
                for source in asks():
                    data = source.recv(2**16)
                    if not data:
                        return
                    if source is server:
                        client.sendall(data)
                        continue
                    # A COMMIT may come in two pieces; what was sent on is not sent again.
                    seen, held = before + data, len(before)
                    found = seen.find(b"COMMIT")
                    if self._moment is not None and found >= 0:
                        moment, self._moment = self._moment, None
                        if moment == "before":
                            # All that came before, and of the message itself not enough to act on.
                            server.sendall(seen[held : max(found, held)])
                            return
                        server.sendall(data)
                        if moment == "after":
                            _wait_for_commit(server)
                        return
                    server.sendall(data)
                    before = seen[-5:]


@contextmanager
def _both(one: socket.socket, other: socket.socket) -> Iterator["_Asks"]:
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ)
        selector.register(other, selectors.EVENT_READ)
        yield _Asks(selector)


class _Asks:
    """Says which of two sockets has something."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def __call__(self) -> Iterator[socket.socket]:
        for key, _ in self._selector.select():
            source = key.fileobj
            if isinstance(source, socket.socket):
                yield source


def _wait_for_commit(server: socket.socket) -> None:
    """Read until the server says that it has committed: a CommandComplete that tells COMMIT."""
    server.settimeout(PATIENCE)
    told = b""
    while b"COMMIT\0" not in told:
        data = server.recv(2**16)
        if not data:
            return
        told = told[-6:] + data


if __name__ == "__main__":
    run(main, ROUNDS)

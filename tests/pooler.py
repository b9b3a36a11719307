"""A pooler in transaction mode, as harsh as one can be: no two transactions in one session.

A client speaks with one session of the server until that has no transaction open; what it asks next
goes to the other of two. So whatever a client leaves in a session, it does not find again.
"""

import itertools
import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Self

from sqlalchemy import make_url

_WITHOUT_ENCRYPTION = b"N"
_FIRST = struct.Struct("!II")
_REQUESTS = {80877103, 80877104}  # to speak over TLS or GSSAPI


class Pooler:
    """Stands between clients and a server; `address` is where."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        self._server = (str(url.host), int(url.port or 5432))
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.address = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        self.transactions = 0

    def __enter__(self) -> Self:
        """Take connections."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            hello = _hello(client)
            if not hello:
                return
            one, other = (socket.create_connection(self._server) for _ in range(2))
            with closing(one), closing(other):
                told = []
                for session in (one, other):
                    session.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    session.sendall(hello)
                    told.append(_until_idle(session))
                client.sendall(told[0])
                for session in itertools.cycle((other, one)):
                    if not _transaction(client, session):
                        return
                    self.transactions += 1


def _hello(client: socket.socket) -> bytes:
    """Return the first message of a client that asks for a session, or none."""
    while head := client.recv(_FIRST.size, socket.MSG_WAITALL):
        length, code = _FIRST.unpack(head)
        if code not in _REQUESTS:
            return head + client.recv(length - _FIRST.size, socket.MSG_WAITALL)
        client.sendall(_WITHOUT_ENCRYPTION)
    return b""


def _until_idle(session: socket.socket) -> bytes:
    """Return what a server says until it waits for a transaction."""
    said = b""
    messages = _Messages()
    while data := session.recv(2**16):
        said += data
        if any(messages.idle(data)):
            return said
    return said


def _transaction(client: socket.socket, session: socket.socket) -> bool:
    """Carry one transaction; say whether the client is still there."""
    messages = _Messages()
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ)
        selector.register(session, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                source = client if key.fileobj is client else session
                data = source.recv(2**16)
                if not data:
                    return False
                (session if source is client else client).sendall(data)
                if source is session and any(messages.idle(data)):
                    return True


class _Messages:
    """Reads what a server says, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._rest = b""

    def idle(self, data: bytes) -> Iterator[bool]:
        """For each message: whether it says that no transaction is open."""
        self._rest += data
        while len(self._rest) >= 5:
            length = 1 + int.from_bytes(self._rest[1:5], "big")
            if len(self._rest) < length:
                return
            message, self._rest = self._rest[:length], self._rest[length:]
            yield message[:1] == b"Z" and message[5:6] == b"I"

"""The app on a socket, in one process or several, until it is told to stop."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import threading
from contextlib import ExitStack
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from ledger.errors import BadInput
from ledger.web.app import create_app
from ledger.web.feed import Feed
from ledger.web.settings import Settings

GRACE: Final = 10
"""Seconds in which an answer that is under way may end when the server stops."""
_BACKLOG: Final = 512
_ENDS: Final = (signal.SIGTERM, signal.SIGINT)
_LEAST_LIFE: Final = 1.0


class CannotListen(BadInput):
    """Nothing can be served at an address. `reason` is the system's own word for it."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(f"{host}:{port}: {reason}: choose another --host or --port")


class Server(uvicorn.Server):
    """A server that lets those who follow go before it waits for everybody else."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            lifespan="on",
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more, end the streams, finish what is under way."""
        feed: Feed | None = getattr(self._app.state, "feed", None)
        if feed is not None:
            feed.end()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket at an address; port 0 is any that is free. Raises `CannotListen`."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as failing:
            listening = failing.enter_context(socket.socket(family, kind, protocol))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen(_BACKLOG)
            failing.pop_all()
    except OSError as error:
        raise CannotListen(host, port, error.strerror or str(error)) from error
    return listening


def serve(settings: Settings, listening: socket.socket, *, workers: int = 1) -> None:
    """Serve until SIGTERM or SIGINT; with several workers, each is a process."""
    if workers == 1:
        _work(settings, listening)
        return
    crew = _Crew(settings, listening, workers)
    for number in _ENDS:
        signal.signal(number, crew.stop)
    crew.run()


def _work(settings: Settings, listening: socket.socket) -> None:
    """Serve in this process, and write what there is to tell to standard error."""
    plain = logging.StreamHandler()
    plain.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[plain])
    # uvicorn sends itself the signal that stopped it once more, and would die of it.
    for number in _ENDS:
        signal.signal(number, _let_it_be)
    audit = logging.getLogger("ledger.audit")
    audit.setLevel(logging.INFO)
    audit.propagate = False
    audit.addHandler(logging.StreamHandler())
    Server(create_app(settings)).run(sockets=[listening])


def _let_it_be(_number: int, _frame: object) -> None:
    """Do nothing about a signal: the server has seen it."""


class _Crew:
    """Processes that serve one socket; one that dies is replaced."""

    def __init__(self, settings: Settings, listening: socket.socket, workers: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._task = (settings, listening)
        self._workers = workers
        self._stopping = threading.Event()
        self._crew: list[SpawnProcess] = []

    def run(self) -> None:
        """Keep so many at work until told to stop, then wait for them."""
        while not self._stopping.is_set():
            self._crew = [one for one in self._crew if one.is_alive()]
            while len(self._crew) < self._workers and not self._stopping.is_set():
                one = self._context.Process(target=_work, args=self._task)
                one.start()
                self._crew.append(one)
            if wait([one.sentinel for one in self._crew], timeout=_LEAST_LIFE):
                # One that cannot begin is not to be begun again and again.
                self._stopping.wait(_LEAST_LIFE)
        for one in self._crew:
            one.terminate()
        for one in self._crew:
            one.join()

    def stop(self, *_: Any) -> None:
        """End all of them."""
        self._stopping.set()

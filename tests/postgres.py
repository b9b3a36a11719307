"""A real PostgreSQL server that a test run starts and stops by itself, as root or as anybody.

A test asks for `postgres_url`, an empty database of its own; one that means to restart or to kill
a server starts a `Server`. The fixtures are in `conftest.py`: with `PROCEEDINGS_TEST_POSTGRES_URL`
they take the server that it names.
"""

import ctypes
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.postgres_programs import USER, find_programs, give_away

PATIENCE = 60.0  # seconds until a server that neither starts nor ends is an error
PORTS = range(20000, 32000)  # below those that the system lends to clients
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",  # in the data directory, which goes with the server
}
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Cluster:
    """A running server, on which databases can be made; `address` is the URL of one of them."""

    def __init__(self, address: str) -> None:
        self.address = make_url(address)

    def url(self, dbname: str = "postgres") -> str:
        """The URL of a database, for SQLAlchemy."""
        address = self.address.set(drivername="postgresql+psycopg", database=dbname)
        return address.render_as_string(hide_password=False)

    def connect(self, dbname: str | None = None) -> psycopg.Connection:
        """A plain connection, on which every statement is a transaction."""
        dbname = dbname or self.address.database
        address = self.address.set(drivername="postgresql", database=dbname)
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database, empty or as the template is, and say its URL."""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.connect() as connection:
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self.connect() as connection:
            connection.execute(drop.format(sql.Identifier(name)))


class Server(Cluster):
    """A server of one's own on 127.0.0.1, which lasts as long as the `with`.

    On Linux it dies with the thread that started it, even by `kill -9`. `settings` override its
    configuration; without `durable` it is quicker, and a crash of the machine may cost it data.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, durable: bool = True) -> None:
        super().__init__("postgresql://postgres@127.0.0.1/postgres")
        self.settings = {**({} if durable else CARELESS), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1  # a pipe that ends when the server's last process does

    def __enter__(self) -> Self:
        """Make the data directory, and start."""
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.data, self.log = self.folder / "data", self.folder / "log"
        try:
            give_away(self.folder)
            self.programs = find_programs(self.folder)
            self.make_data()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def make_data(self) -> None:
        """Make the data directory."""
        options = ["--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        self.run("initdb", "-U", "postgres", *options, "-D", str(self.data))

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, as its user."""
        command = [self.programs / program, *arguments]
        with self.log.open("ab") as log:
            done = subprocess.run(
                command, check=False, stdout=log, stderr=log, cwd=self.folder, **USER
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed.\n{self.log.read_text()}")

    def start(self) -> None:
        """Start, and return once it takes connections; its port stays the same from then on."""
        while not self._started(port := self.address.port or _free_port()):
            told = self.log.read_text()
            self.kill()
            if self.address.port or "could not create any TCP/IP sockets" not in told:
                raise RuntimeError(f"The server did not start within {PATIENCE} s.\n{told}")
            self.log.unlink()  # somebody was quicker to take the port
        self.address = self.address.set(port=port)

    def _started(self, port: int) -> bool:
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(port)]
        for name, value in {**SETTINGS, **self.settings}.items():
            command += ["-c", f"{name}={value}"]
        self._lifeline, held = os.pipe()
        with self.log.open("ab") as log:
            self._process = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                pass_fds=[held],
                start_new_session=True,  # Ctrl-C is for the tests, not for their server
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no lock
                **USER,
            )
        os.close(held)
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if self._says_ready(process.pid):
                return True
            time.sleep(0.01)
        return False

    def _says_ready(self, pid: int) -> bool:
        """Whether it takes connections, as pg_ctl asks it: no other server can answer for it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return lines[0] == str(pid) and lines[7:8] == ["ready   "]

    def processes(self) -> list[int]:
        """The ids of the server's processes (on Linux; elsewhere of the first alone)."""
        if self._process is None or self._process.poll() is not None:
            return []
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [pid, *map(int, children.read_text().split() if children.exists() else ())]

    def stop(self) -> None:
        """End sessions, write a checkpoint, and stop."""
        self._stop(signal.SIGINT, self.processes()[:1])

    def kill(self) -> None:
        """Kill all its processes at once (-9); what it had acknowledged is there at `start`."""
        self._stop(signal.SIGKILL, self.processes())

    def restart(self) -> None:
        """Stop, and start again."""
        self.stop()
        self.start()

    def _stop(self, how: signal.Signals, processes: list[int]) -> None:
        if self._process is None:
            return
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        self._process.wait(PATIENCE)
        ended, _, _ = select.select([self._lifeline], [], [], PATIENCE)
        os.close(self._lifeline)
        self._process = None
        if not ended:
            raise RuntimeError(f"A process outlived its server.\n{self.log.read_text()}")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _free_port() -> int:
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port

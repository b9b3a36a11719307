"""A real PostgreSQL server that a test run starts and stops by itself, as root or as anybody.

A test asks for the fixture `postgres_url`, an empty database of its own (with
`PROCEEDINGS_TEST_POSTGRES_URL` on the server that it names), or restarts and kills a `Server`.
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
from typing import LiteralString, Self

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.postgres_programs import find_programs, give_away, user

PATIENCE = 60.0  # seconds until a server that neither starts nor ends is an error
PORTS = range(20000, 32000)  # below those that the system lends to clients
SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
SETTINGS["dynamic_shared_memory_type"] = "mmap"  # in the data directory, with which it goes
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
LIBC = ctypes.CDLL(None)


class Cluster:
    """A running server, on which databases can be made; `address` is the URL of one of them."""

    def __init__(self, address: str) -> None:
        self.address = make_url(address)

    def url(self, dbname: str | None = None, *, drivername: str = "postgresql+psycopg") -> str:
        """The URL of a database, for SQLAlchemy; without a name, of the one to connect to first."""
        address = self.address.set(drivername=drivername, database=dbname or self.address.database)
        return address.render_as_string(hide_password=False)

    def connect(self, dbname: str | None = None) -> psycopg.Connection:
        """A plain connection, on which every statement is a transaction."""
        return psycopg.connect(self.url(dbname, drivername="postgresql"), autocommit=True)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database, empty or as the template is, and say its URL."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class Server(Cluster):
    """A server of one's own on 127.0.0.1, which lasts as long as the `with`.

    On Linux it dies with the thread that started it, even by `kill -9`. Without `durable` it is
    quicker, and a crash of the machine may cost it data. `settings` override its configuration.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, durable: bool = True) -> None:
        super().__init__("postgresql://postgres@127.0.0.1/postgres")
        self.settings = {**({} if durable else CARELESS), **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1  # a pipe that ends when the server's last process does

    def __enter__(self) -> Self:
        """Make the data directory, and start."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"postgres-{os.getpid()}-"))
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
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder)

    def make_data(self) -> None:
        """Make the data directory."""
        options = "--no-sync -U postgres -A trust -E UTF8 --locale=C.UTF-8"
        self.run("initdb", *options.split(), "-D", str(self.data))

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, as its user."""
        command = [str(self.programs / program), *arguments]
        with self.log.open("ab") as log:
            failed = subprocess.call(command, stdout=log, stderr=log, cwd=self.folder, **user())
        if failed:
            raise RuntimeError(f"{program} failed.\n{self.log.read_text()}")

    def start(self) -> None:
        """Start, and return once it takes connections; its port stays the same from then on."""
        while not self._started(port := self.address.port or free_port()):
            self.kill()
            told = self.log.read_text()
            if self.address.port or "could not create any TCP/IP sockets" not in told:
                raise RuntimeError(f"The server did not start.\n{told}")
            self.log.unlink()  # somebody was quicker to take the port
        self.address = self.address.set(port=port)

    def _started(self, port: int) -> bool:
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(port)]
        for name, value in {**SETTINGS, **self.settings}.items():
            command += ["-c", f"{name}={value}"]
        self._lifeline, held = os.pipe()
        with self.log.open("ab") as log, os.fdopen(held, "wb"):
            self._process = process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                pass_fds=[held],
                start_new_session=True,  # Ctrl-C is for the tests alone
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no lock
                **user(),
            )
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if self._says(process.pid, 7) == "ready   ":
                return True
            time.sleep(0.01)
        return False

    def _says(self, pid: int, line: int) -> str:
        """A line of what it writes for pg_ctl to read; no other server can answer in its place."""
        with suppress(FileNotFoundError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().split("\n")
            return lines[line] if lines[0] == str(pid) else ""
        return ""

    def processes(self) -> list[int]:
        """The ids of the server's processes (on Linux; elsewhere of the first alone)."""
        if self._process is None or self._process.poll() is not None:
            return []
        children = Path("/proc/{0}/task/{0}/children".format(pid := self._process.pid))
        return [pid, *map(int, children.read_text().split() if children.exists() else ())]

    def stop(self) -> None:
        """End sessions, write a checkpoint, and stop."""
        self._stop(signal.SIGINT, self.processes()[:1])

    def kill(self) -> None:
        """Kill all its processes at once (-9); what it had acknowledged is there at `start`."""
        processes = self.processes()
        self._stop(signal.SIGKILL, processes)
        for shared_memory in self._says(processes[0], 6).split()[1:] if processes else ():
            LIBC.shmctl(int(shared_memory), 0, None)  # IPC_RMID, which it can no longer do

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
        LIBC.prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def free_port() -> int:
    port = secrets.choice(PORTS)
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return port
    return free_port()

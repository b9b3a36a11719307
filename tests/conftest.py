"""What every test can ask for: a clock, an empty log on each kind of database, PostgreSQL."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ledger.log import Database, Log
from tests.clocks import SetClock
from tests.postgres import Cluster, Server

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("full", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def clock() -> SetClock:
    """A clock that the test sets."""
    return SetClock()


@pytest.fixture(params=["memory", "file", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger is or may come to be, on each kind of database."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_ledger")
        return url
    return str(tmp_path / "proceedings.db") if request.param == "file" else "sqlite://"


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """An empty ledger's database, of each kind."""
    opened = Database.open(address, create=True)
    yield opened
    opened.close()


@pytest.fixture
def log(database: Database, clock: SetClock) -> Log:
    """An empty log, its clock set by the test."""
    return Log(database, clock=clock)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A server for all tests of a worker, started when the first of them asks for it."""
    named = os.environ.get("PROCEEDINGS_TEST_POSTGRES_URL")
    if named:
        yield Cluster(named)
        return
    with Server(durable=False) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The URL of an empty database, which is dropped when the test ends."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> Iterator[str]:
    """A database with an empty ledger, of which copies are quick to make."""
    name = f"template_{uuid.uuid4().hex}"
    Database.open(postgres.create_database(name), create=True).close()
    yield name
    postgres.drop_database(name)


@pytest.fixture
def postgres_ledger(postgres: Cluster, postgres_template: str) -> Iterator[str]:
    """The URL of a database with an empty ledger, which is dropped when the test ends."""
    name = f"test_{uuid.uuid4().hex}"
    yield postgres.create_database(name, template=postgres_template)
    postgres.drop_database(name)

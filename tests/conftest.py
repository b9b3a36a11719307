"""What every test can ask for: a clock, and an empty log on each kind of database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ledger.log import Database, Log
from tests.clocks import SetClock

settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile("full", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def clock() -> SetClock:
    """A clock that the test sets."""
    return SetClock()


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty ledger's database, in memory and in a file."""
    address = tmp_path / "proceedings.db" if request.param == "file" else "sqlite://"
    opened = Database.open(address, create=True)
    yield opened
    opened.close()


@pytest.fixture
def log(database: Database, clock: SetClock) -> Log:
    """An empty log, its clock set by the test."""
    return Log(database, clock=clock)

"""The back end, asked in this process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger.api import Ledger
from ledger.records import read, record
from ledger.samples import SAMPLES, sample
from ledger.web.app import create_app
from ledger.web.settings import Settings


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a ledger of the two bundled reports, to be copied."""
    file = tmp_path_factory.mktemp("recorded") / "proceedings.db"
    with Ledger.open(file) as opened:
        for name in SAMPLES:
            record(opened, read(sample(name), name))
        opened.project()
    return file


@pytest.fixture
def ledger(recorded: Path, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of the two bundled reports."""
    with Ledger.open(shutil.copy(recorded, tmp_path)) as opened:
        yield opened


@pytest.fixture
def client(ledger: Ledger) -> Iterator[TestClient]:
    """A client of the back end over that ledger."""
    with TestClient(create_app(Settings("unused", trusting=True), ledger)) as opened:
        yield opened

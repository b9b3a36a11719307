"""Every engine keeps the contract of a log that the library ships for others."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.log import Database
from ledger.testing.contract import LogContract


class TestSQLiteInMemory(LogContract):
    """A ledger in memory."""

    @pytest.fixture
    def database(self) -> Iterator[Database]:
        """An empty ledger."""
        with closing(Database.open("sqlite://", create=True)) as database:
            yield database


class TestSQLiteFile(LogContract):
    """A ledger in a file."""

    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Database]:
        """An empty ledger."""
        with closing(Database.open(tmp_path / "proceedings.db", create=True)) as database:
            yield database


class TestPostgreSQL(LogContract):
    """A ledger on a server."""

    @pytest.fixture
    def database(self, postgres_ledger: str) -> Iterator[Database]:
        """An empty ledger."""
        with closing(Database.open(postgres_ledger, create=False)) as database:
            yield database

"""The bench on which the laws are tried."""

from collections.abc import Iterator

import pytest

from tests.properties.benches import InMemory, using


@pytest.fixture(scope="module")
def in_memory() -> Iterator[None]:
    """Try the laws on SQLite in memory, and give it back in the end."""
    used = InMemory()
    with using(used):
        yield
    used.close()

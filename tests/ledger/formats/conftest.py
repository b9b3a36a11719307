"""What the tests of a format start from."""

import pytest

from ledger import Ledger
from tests.ledger.formats.lines import exported
from tests.ledger.log.moving import fill


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """The lines of a log with a bit of everything."""
    with Ledger.open("sqlite://", actor="desk-1") as ledger:
        fill(ledger, events=4)
        return exported(ledger).splitlines(keepends=True)

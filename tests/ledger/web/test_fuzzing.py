"""Whatever is asked, the API keeps to its own document, and never fails."""

from ledger.api import Ledger
from tests.ledger.web.fuzzing import fuzz

TRIED = frozenset({"/api/events", "/api/events/{name}", "/api/views/attendance", "/readyz"})


def test_no_request_makes_it_fail(ledger: Ledger) -> None:
    """Requests made from the document, and against it, are answered as the document says."""
    assert fuzz(ledger, 60, TRIED) > 30
    assert ledger.verify().intact

"""A ledger's log as lines, out and in."""

import io

from ledger import Ledger
from ledger.formats.log_lines import read, write


def exported(ledger: Ledger) -> bytes:
    """Return a ledger's log as lines."""
    out = io.BytesIO()
    with ledger.snapshot() as log:
        head = write(log, out)
    assert head == ledger.state
    return out.getvalue()


def imported(ledger: Ledger, lines: bytes) -> int:
    """Put lines into a ledger; return how many events are new."""
    placed = read(ledger, io.BytesIO(lines), "log.jsonl")
    assert placed.head == ledger.state
    return placed.new

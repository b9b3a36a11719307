"""For tests: events of every kind to draw, and the contract of a log.

    from ledger.testing import events                   # Hypothesis strategies
    from ledger.testing.contract import LogContract     # for whoever writes another engine

Both need Hypothesis, and the second needs pytest.
"""

from ledger.testing.strategies import dates, days, events

__all__ = ["dates", "days", "events"]

"""For tests: events of every kind to draw, long histories, and the contract of a log.

    from ledger.testing import events                   # Hypothesis strategies
    from ledger.testing.contract import LogContract     # for whoever writes another engine
    from ledger.testing.histories import history        # realistic, as long as you like

All need Hypothesis, and the contract needs pytest.
"""

from ledger.testing.strategies import dates, days, events

__all__ = ["dates", "days", "events"]

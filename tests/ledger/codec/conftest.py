"""What tests of the codec share."""

import pytest

from ledger.codec import declare as registry


@pytest.fixture
def toy_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test declare types of its own; none of them is left when it ends."""
    for name in ("_declared", "_by_model"):
        monkeypatch.setattr(registry, name, dict(vars(registry)[name]))

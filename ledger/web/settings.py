"""What an operator decides about the back end."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How the back end is to behave: plain values, so that each worker process is given them."""

    address: str
    """The ledger."""
    actor: str = "http"
    """Who records what comes without a token."""
    max_body: int = 8 * MIB
    """The most bytes that a request may have."""
    patience: float = 30.0
    """For how many seconds a reader may take nothing of what it is sent."""
    heartbeat: float = 15.0
    """Seconds between two signs of life in a stream in which nothing happens."""
    max_streams: int = 1_000
    """How many readers may follow at a time."""

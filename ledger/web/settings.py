"""What an operator decides about the back end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names under which a machine knows itself."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the back end is to behave: plain values, so that each worker process is given them."""

    address: str
    """The ledger."""
    tokens: Path = Path("proceedings.tokens")
    """The file of tokens."""
    trusting: bool = False
    """Whether anybody may do anything as long as there is no token: on one's own machine alone."""
    hosts: frozenset[str] = frozenset()
    """The names by which the server may be asked; empty: any."""
    origins: tuple[str, ...] = ()
    """The origins whose pages may ask, exactly as browsers say them."""
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
    rate: float = 100.0
    """How many requests a second somebody may make in the long run."""
    burst: float = 500.0
    """How many at once."""
    most_behind: int = 10_000
    """From how many events behind on a view keeps the server from being ready."""

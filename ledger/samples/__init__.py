"""Real facts, bundled: the first meeting of the OIC contact group, as two versions report it.

Each file carries what one language version of the report says, for itself: facts, and summaries in
our own words, never the report's sentences.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

REPORT_EN: Final = "oic-cg-azerbaijan-1.en.yaml"
REPORT_AR: Final = "oic-cg-azerbaijan-1.ar.yaml"
SAMPLES: Final = (REPORT_EN, REPORT_AR)
"""In the order in which the demonstration records them."""
NAMES: Final = "names.yaml"
"""What the parties of the meeting call themselves, over time; the demonstration goes without."""


def sample(name: str) -> bytes:
    """Return the bytes of a bundled record file."""
    return (files("ledger.samples") / name).read_bytes()

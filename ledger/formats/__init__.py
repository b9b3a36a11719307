"""Formats: the record out of a ledger and into one, one file a format.

`FORMATS` names them; the command line finds them there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FORMATS: Final[Mapping[str, str]] = {
    "log": "the whole log as JSON Lines, from which the same log can be made again",
}
"""The name of a format, and what it is."""

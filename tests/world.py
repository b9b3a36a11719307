"""A small world to speak of: its names, its days, its sources and its words.

It is so small that facts meet: under one key, on one day, in one version.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from ledger.events import Person, Source

_NAMESPACE: Final = uuid.UUID("6f1c2c0e-9a43-5b0e-8f59-3f2f0a7d5e11")


def event_id(name: object) -> str:
    """Return an event id that follows from a name, and whose order says nothing of time."""
    return str(uuid.uuid5(_NAMESPACE, str(name)))


@dataclass(frozen=True, slots=True)
class World:
    """How much there is to speak of; what two worlds of different prefix speak of is disjoint."""

    prefix: str = ""
    groups: int = 2
    parties: int = 3
    meetings: int = 2
    expressions: int = 3
    instruments: int = 2

    def some(self, kind: str, count: int) -> st.SearchStrategy[str]:
        """Draw one of the few identifiers of a kind."""
        return st.sampled_from([f"{self.prefix}{kind}-{n}" for n in range(1, count + 1)])

    def name(self, number: object) -> str:
        """Return the event id of a place in this world's history."""
        return event_id(f"{self.prefix}{number}")


SMALL: Final = World()
ONE_KEY: Final = World(groups=1, parties=1, meetings=1, expressions=1, instruments=1)
"""A world in which all facts of a kind bear on the same keys."""


# --------------------------------------------------------------------------------------- facts

DAYS_ALONE: Final = (None, "2016-04-10", "2016-04-20", "2016-05-01", "2017-01-01", "2018-03-01")
WINDOWS: Final = ("2016", "2016-04", "2017", "[2016-04-15..2016-05-01]", "[..2016-06]", "[2017..]")
SPELLS: Final = ("2016-04-10/2016-04-20", "2016/..")


def dates() -> st.SearchStrategy[str | None]:
    """Draw a date for a beginning or an end, perhaps imprecise, perhaps none."""
    return st.sampled_from((*DAYS_ALONE, *WINDOWS))


def times() -> st.SearchStrategy[str | None]:
    """Draw a date for what may have lasted."""
    return st.sampled_from((*DAYS_ALONE, *WINDOWS, *SPELLS))


def sources() -> st.SearchStrategy[Source | None]:
    """Draw a place in one of two documents, each in two languages; or nobody's word."""
    return st.none() | st.builds(
        Source,
        document=st.sampled_from(["report", "note"]),
        language=st.sampled_from(["en", "ar"]),
        paragraph=st.sampled_from(["¶1", "¶2"]),
        quote=st.sampled_from([None, None, "as it stands there"]),
    )


def people() -> st.SearchStrategy[Person | None]:
    """Draw somebody with a name, or nobody."""
    return st.none() | st.builds(Person, name=st.sampled_from(["Ann", "Bob"]))


def texts() -> st.SearchStrategy[dict[str, str]]:
    """Draw a few words in a language or two."""
    return st.sampled_from([{}, {"en": "Peace."}, {"en": "Calm."}, {"en": "Peace.", "ar": "سلام"}])

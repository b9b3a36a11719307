"""The contract of a projection: what its rows are about, and how facts become rows.

A projection knows no database, clock or network. It is tried with plain values:

    Membership().fold(("lakes", "ke"), facts)
"""

from ledger.projection.beside import Beside, Joined
from ledger.projection.claims import Claim, Episode, agree, attested_by, episodes
from ledger.projection.comparing import by_key, key_of, may_coincide, may_hold, surely_before
from ledger.projection.contract import (
    Fact,
    Key,
    Place,
    Projection,
    Row,
    because,
    columns,
    in_order,
    place,
    stated,
)
from ledger.projection.queries import Query
from ledger.projection.standing import Weighed, weigh
from ledger.projection.wordings import Wording, Words, spoken, words

__all__ = [
    "Beside",
    "Claim",
    "Episode",
    "Fact",
    "Joined",
    "Key",
    "Place",
    "Projection",
    "Query",
    "Row",
    "Weighed",
    "Wording",
    "Words",
    "agree",
    "attested_by",
    "because",
    "by_key",
    "columns",
    "episodes",
    "in_order",
    "key_of",
    "may_coincide",
    "may_hold",
    "place",
    "spoken",
    "stated",
    "surely_before",
    "weigh",
    "words",
]

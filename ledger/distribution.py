"""Who may read which documents, and so which events are there for whom.

A document is general, limited or restricted, as its registration says, corrections counted in;
where registrations differ, the strictest holds. An event that speaks of a document which somebody
may not read is not there for them: it is in no list, no count, no view and no stream, as if it had
not been recorded. What is believed now decides, also about what was known before.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from ledger.codec.declare import declaration_of
from ledger.events import Directive, Distribution, DocumentRegistered
from ledger.log import Log, RecordedEvent
from ledger.log.directives import DIRECTIVES
from ledger.replay.beliefs import Belief

RANKS: Final[Mapping[Distribution, int]] = {"general": 0, "limited": 1, "restricted": 2}
"""Who may read what has a rank may read what has a lower one."""
_TYPES: Final = frozenset({declaration_of(DocumentRegistered).name}) | DIRECTIVES


class Distributions:
    """What is believed of the distribution of each document, as the log grows."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._read_up_to = 0
        self._beliefs: dict[str, Belief] = {}
        """Registration → what is believed of it."""
        self._roots: dict[str, str] = {}
        """Directive → the registration that it is about in the end."""

    def hidden_from(self, reader: Distribution) -> frozenset[str]:
        """Return the subjects of the documents that a reader of this distribution may not read."""
        allowed = RANKS[reader]
        if allowed == max(RANKS.values()):
            return frozenset()
        with self._lock:
            self._read_on()
            facts = [belief.fact for belief in self._beliefs.values()]
        return frozenset(
            f"document:{fact.event.document}"
            for fact in facts
            if fact is not None and RANKS[fact.event.distribution] > allowed
        )

    def _read_on(self) -> None:
        head = self._log.head().size
        for recorded in self._log.read(after=self._read_up_to, until=head, types=_TYPES):
            self._count_in(recorded)
        self._read_up_to = head

    def _count_in(self, recorded: RecordedEvent) -> None:
        event = recorded.event
        if not isinstance(event, Directive):
            self._beliefs[recorded.event_id] = Belief(recorded)
            return
        root = self._roots.get(event.target, event.target)
        if root in self._beliefs:
            self._roots[recorded.event_id] = root
            self._beliefs[root].add(recorded)

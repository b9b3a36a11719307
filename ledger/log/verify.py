"""Verify: a whole log compared with what its own hashes say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy import func, or_, select

from ledger.checkpoints import Checkpoint
from ledger.integrity import Node, leaf_hash
from ledger.log.audit import Audit, header_of, targets
from ledger.log.database import Database
from ledger.log.proofs import departure
from ledger.log.recorded import Head
from ledger.log.stored import Snapshot, StoredEvent, Watch, snapshot, uncounted
from ledger.mismatch import AlteredLog, Mismatch
from ledger.schema.tables import log_events, log_head, log_nodes, log_private, log_subjects

MANY: Final = 100
"""After how many mismatches looking on would tell nothing more."""

_e: Final = log_events.c
_n: Final = log_nodes.c


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a whole log found."""

    head: Head
    """Where the log says that it ends; if it is intact, the root is that of all events."""
    mismatches: tuple[Mismatch, ...]
    """What is not as it was recorded, in order; some `MANY` at most."""
    documents: int = 0
    """At how many files of documents that are kept beside the log it looked too."""

    @property
    def intact(self) -> bool:
        """Whether all is as it was recorded."""
        return not self.mismatches


def verify(
    database: Database, watch: Watch = uncounted, *, checkpoints: Iterable[Checkpoint] = ()
) -> Verdict:
    """Look at all of one state of a log, in bounded memory, and say what is not as it was recorded.

    Hashes and the tree over them, places and times, subjects, private parts that are gone without
    an erasure or there in spite of one, nodes, the head. Whoever rewrites all of it consistently is
    noticed by checkpoints alone, of what the log was, that were kept elsewhere.
    """
    with snapshot(database) as log:
        verdict = examine(log, watch)
        departures = (_departure(log, checkpoint) for checkpoint in checkpoints)
        more = tuple(found for found in departures if found is not None)
        return Verdict(verdict.head, verdict.mismatches + more)


def _departure(log: Snapshot, checkpoint: Checkpoint) -> Mismatch | None:
    try:
        return departure(log, checkpoint)
    except AlteredLog as error:
        return error.mismatches[0]


def expect_intact(log: Snapshot, watch: Watch = uncounted) -> None:
    """Raise `AlteredLog` if a log is not as it was recorded."""
    verdict = examine(log, watch)
    if not verdict.intact:
        raise AlteredLog(log.address, verdict.mismatches)


def examine(log: Snapshot, watch: Watch = uncounted) -> Verdict:
    """Look at all of a log that somebody else opened, as `verify` does."""
    audit = Audit()
    found: list[Mismatch] = []
    nodes = subjects = private = events = 0
    for page in log.pages():
        found.extend(audit.look(page, log.said))
        found.extend(_versions(log, page))
        found.extend(_nodes(log, audit.completed))
        found.extend(_lingering(log, targets(page)))
        events += len(page)
        nodes += len(audit.completed)
        subjects += sum(len(event.subjects) for event in page)
        private += sum(event.private is not None for event in page)
        watch(page[-1].position, log.head.size)
        if len(found) >= MANY:
            return Verdict(log.head, tuple(_places(audit.misfits, found)))
    found.extend(audit.finish())
    found.extend(_head(log, audit))
    counted = {log_events: events, log_private: private, log_subjects: subjects, log_nodes: nodes}
    for table, expected in counted.items():
        count = log.connection.scalar(select(func.count()).select_from(table))
        if count != expected:
            found.append(Mismatch(None, table.name, f"{expected} rows", f"{count}"))
    return Verdict(log.head, tuple(_places(audit.misfits, found)))


def _places(misfits: Sequence[StoredEvent], found: Iterable[Mismatch]) -> Iterator[Mismatch]:
    """Say of events whose leaf is that of another place that they were moved."""
    places = {near.position + by for near in misfits[:MANY] for by in (-1, 0, 1)}
    moved = {
        event.position: place
        for event in misfits[:MANY]
        for place in places
        if leaf_hash(header_of(event, position=place)) == event.leaf_hash
    }
    for one in found:
        place = moved.get(one.position or 0) if one.field == "leaf_hash" else None
        yield (
            one
            if place is None
            else Mismatch(one.position, "place", f"position {place}", f"position {one.position}")
        )


def past_the_head(database: Database) -> dict[str, int]:
    """Count the rows, by table, that stand past the end of a log: somebody put them there by hand.

    They are in the way of the events that are to come, or would pass for parts of them.
    """
    tables = [log_events, log_subjects, *([log_private] if database.sees_private else [])]
    found: dict[str, int] = {}
    with snapshot(database) as log:
        for table in tables:
            query = select(func.count()).where(table.c.position > log.head.size)
            if count := log.connection.scalar(query):
                found[table.name] = count
    return found


def _head(log: Snapshot, audit: Audit) -> Iterator[Mismatch]:
    head = log.connection.execute(select(log_head)).one()
    tree = audit.frontier
    if tree.size != head.size:
        yield Mismatch(None, "size", str(tree.size), str(head.size))
    if tree.root != head.root:
        yield Mismatch(None, "root", tree.root.hex(), head.root.hex())
    if tree.to_bytes() != head.frontier:
        yield Mismatch(None, "frontier", tree.to_bytes().hex(), head.frontier.hex())
    if audit.recorded_at != head.last_recorded_at:
        expected, stored = str(audit.recorded_at), str(head.last_recorded_at)
        yield Mismatch(None, "last_recorded_at", expected, stored)


def _versions(log: Snapshot, page: Sequence[StoredEvent]) -> Iterator[Mismatch]:
    """Look for events that do not follow, in their stream, on the version before."""
    earlier = log_events.alias()
    # One look into the index an event; a join might look through the table for each page.
    before = (
        select(earlier.c.position)
        .where(earlier.c.stream == _e.stream, earlier.c.version == _e.version - 1)
        .scalar_subquery()
    )
    query = select(_e.position, _e.version).where(
        _e.position.between(page[0].position, page[-1].position),
        _e.version != 1,
        or_(_e.version < 1, func.coalesce(before, _e.position) >= _e.position),
    )
    for position, version in log.connection.execute(query):
        yield Mismatch(position, "version", f"{version - 1} earlier in its stream", "none there")


def _nodes(log: Snapshot, completed: Sequence[Node]) -> Iterator[Mismatch]:
    """Compare the stored roots of full subtrees with those computed."""
    for level, group in groupby(completed, key=lambda node: node.level):
        computed = {node.number: node.hash for node in group}
        numbers = _n.number.between(min(computed), max(computed))
        query = select(_n.number, _n.hash).where(_n.level == level, numbers)
        stored: dict[int, bytes] = dict(log.connection.execute(query).all())
        for number, value in computed.items():
            if stored.get(number) != value:
                found = stored[number].hex() if number in stored else "none"
                yield Mismatch(None, f"node {number} at level {level}", value.hex(), found)


def _lingering(log: Snapshot, erased: Sequence[str]) -> Iterator[Mismatch]:
    """Look for private parts that are there although an event erased them."""
    if not erased:
        return
    p = log_private.c
    query = select(p.position).join(log_events, _e.position == p.position)
    for position in log.connection.scalars(query.where(log.among(_e.event_id, erased))):
        yield Mismatch(position, "private", "nothing, for it was erased", "a private part")

"""The whole of a log, looked at as a stranger would: plain SQL, and the mathematics of its pages.

`docs/log.md` says what must hold; nothing here asks the program that wrote it, but for the tree.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from ledger.integrity import Frontier, Node, leaf_hash, salted_hash
from ledger.log import Database
from tests.faults.support import Batch, Outcome


class Audit:
    """A log that is looked at again and again: each look reads what came since the last."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        """Event id → position."""
        self.doubled = 0
        self.wrong: list[str] = []
        self._tree = Frontier.empty()
        self._nodes: list[Node] = []
        self._streams: dict[str, int] = {}
        self._batch: tuple[Batch, int] | None = None
        self._first, self._recorded_at = 0, ""

    @property
    def size(self) -> int:
        """How far it has read."""
        return self._tree.size

    def look(self, database: Database) -> None:
        """Read on to the head, in one state of the database."""
        with database.reading() as connection:
            self._look(connection)

    def settle(self, outcome: Outcome, acknowledged: Iterable[Batch]) -> None:
        """Say what was found, and which of the acknowledged batches are not there."""
        for batch in acknowledged:
            ids = [batch.event_id(index) for index in range(batch.size)]
            outcome.lost += sum(event_id not in self.places for event_id in ids)
        outcome.doubled += self.doubled
        outcome.wrong += self.wrong
        self.doubled, self.wrong = 0, []

    def _look(self, connection: Connection) -> None:
        def ask(query: str) -> list[Mapping[str, Any]]:
            return [dict(row) for row in connection.exec_driver_sql(query).mappings()]

        after = self.size
        (head,) = ask("SELECT * FROM log_head")
        private = {
            row["position"]: row
            for row in ask(f"SELECT * FROM log_private WHERE position > {after}")  # noqa: S608
        }
        spoken_of = {
            row["position"]
            for row in ask(f"SELECT position FROM log_subjects WHERE position > {after}")  # noqa: S608
        }
        events = ask(f"SELECT * FROM log_events WHERE position > {after} ORDER BY position")  # noqa: S608
        leaves = [self._event(event, private.pop(event["position"], None)) for event in events]
        if self._batch is not None and self._batch[1] + 1 != self._batch[0].size:
            self.wrong.append(f"half a batch stands at the end: {self._batch}")
        if private:
            self.wrong.append(f"private parts of no event: {sorted(private)}")
        if spoken_of != {event["position"] for event in events}:
            self.wrong.append("subjects are missing, or of no event")
        self._tree, nodes = self._tree.extend(leaves)
        self._nodes += nodes
        stored = [Node(*row.values()) for row in ask("SELECT level, number, hash FROM log_nodes")]
        found = {node: bytes(node.hash) for node in stored}
        if sorted(node._replace(hash=hash_) for node, hash_ in found.items()) != sorted(
            self._nodes
        ):
            self.wrong.append("the nodes are not those of the leaves")
        says = (head["size"], bytes(head["root"]), bytes(head["frontier"]))
        if says != (self._tree.size, self._tree.root, self._tree.to_bytes()):
            self.wrong.append(f"the head of {head['size']} is not that of {self.size} leaves")
        if (head["last_recorded_at"] or "") != self._recorded_at:
            self.wrong.append("the head does not tell when the newest batch was recorded")

    def _event(self, row: Mapping[str, Any], private: Mapping[str, Any] | None) -> bytes:
        """Look at an event, and return its leaf as it follows from the columns."""
        position, event_id = row["position"], row["event_id"]
        if position != len(self.places) + self.doubled + 1:
            self.wrong.append(f"position {position} follows {len(self.places) + self.doubled}")
        if event_id in self.places:
            self.doubled += 1
        self.places[event_id] = position
        if row["version"] != self._streams.get(row["stream"], 0) + 1:
            self.wrong.append(f"version {row['version']} of {row['stream']} is out of turn")
        self._streams[row["stream"]] = row["version"]
        self._in_its_batch(row)
        body_salt, body_hash = bytes(row["body_salt"]), bytes(row["body_hash"])
        hashes = {"body_hash": body_hash.hex(), "private_hash": None}
        whole = salted_hash(body_salt, row["body"].encode()) == body_hash
        if row["private_hash"] is not None:
            private_hash = bytes(row["private_hash"])
            hashes["private_hash"] = private_hash.hex()
            whole = whole and private is not None
            if private is not None:
                salt, text = bytes(private["salt"]), private["body"].encode()
                whole = whole and salted_hash(salt, text) == private_hash
        header = {name: row[name] for name in _HEADER} | hashes | {"format": "proceedings/1"}
        spelled = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        leaf = leaf_hash(spelled.encode())
        if not whole or leaf != bytes(row["leaf_hash"]):
            self.wrong.append(f"event {position} is not what it hashes to")
        return leaf

    def _in_its_batch(self, row: Mapping[str, Any]) -> None:
        """A batch stands together, whole, recorded at one time, never earlier than the last."""
        position, recorded_at = row["position"], row["recorded_at"]
        batch, index = Batch.of(row["event_id"])
        if index == 0:
            before = self._batch
            if before is not None and before[1] + 1 != before[0].size:
                self.wrong.append(f"half a batch stands before position {position}: {before}")
            if recorded_at < self._recorded_at:
                self.wrong.append(f"position {position} was recorded before the last")
            self._first, self._recorded_at = position, recorded_at
        elif self._batch != (batch, index - 1) or recorded_at != self._recorded_at:
            self.wrong.append(f"position {position} is not where its batch is: {batch}, {index}")
        if row["batch"] != self._first:
            self.wrong.append(f"position {position} tells another batch than it came with")
        self._batch = batch, index


_HEADER = (
    *("position", "batch", "event_id", "stream", "version", "type", "schema_version"),
    *("recorded_at", "valid", "actor", "causation"),
)


def settle(outcome: Outcome, database: Database, acknowledged: Iterable[Batch]) -> Audit:
    """Read a whole log, and say what was found."""
    audit = Audit()
    audit.look(database)
    audit.settle(outcome, acknowledged)
    return audit

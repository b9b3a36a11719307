"""The library `eventsourcing` with the same events: its log, a shared fold, its own runner."""

import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import Aggregate
from eventsourcing.system import ProcessApplication
from psycopg.conninfo import conninfo_to_dict

from ledger.codec.stored import encode
from ledger.log import NewEvent

PAGE = 1_000


@dataclass(frozen=True)
class Recorded(Aggregate.Event):
    """An event as `eventsourcing` has it."""

    type: str
    content: dict[str, Any]


def environment(address: str) -> dict[str, str]:
    """Return what tells the library where its database is."""
    if not address.startswith("postgresql"):
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": address}
    url = conninfo_to_dict(address.replace("+psycopg", ""))
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(url["dbname"]),
        "POSTGRES_HOST": str(url["host"]),
        "POSTGRES_PORT": str(url["port"]),
        "POSTGRES_USER": str(url["user"]),
        "POSTGRES_PASSWORD": "",
    }


def write(address: str, events: Iterable[NewEvent]) -> int:
    """Append events in batches, under the streams in which we keep them; return how many."""
    app = Application[uuid.UUID](env={**environment(address), "APPLICATION_NAME": "Proceedings"})
    made, count = _made(events), 0
    while batch := list(islice(made, PAGE)):
        app.events.put(batch)
        count += len(batch)
    app.close()
    return count


def _made(events: Iterable[NewEvent]) -> Iterator[Recorded]:
    streams: dict[str, uuid.UUID] = {}
    versions: dict[str, int] = {}
    for new in events:
        encoded = encode(new.event)
        stream = encoded.stream or new.event_id
        versions[stream] = versions.get(stream, 0) + 1
        yield Recorded(
            originator_id=streams.setdefault(stream, uuid.uuid5(uuid.NAMESPACE_OID, stream)),
            originator_version=versions[stream],
            timestamp=Recorded.create_timestamp(),
            type=encoded.type,
            content=new.event.model_dump(mode="json", exclude_defaults=True),
        )


class Folded:
    """One fold for everything: aggregates in memory, each with the last that was said of what."""

    def __init__(self) -> None:
        self.aggregates: dict[uuid.UUID, dict[tuple[str, str | None], tuple[Any, ...]]] = {}

    def take(self, event: Recorded) -> None:
        """Fold an event in."""
        say = event.content.get
        about = say("party") or say("statement") or say("position") or say("document")
        aggregate = self.aggregates.setdefault(event.originator_id, {})
        aggregate[event.type, about] = (say("valid"), say("level"), say("verb"))


def fold(address: str, checkpoint: str) -> tuple[float, int]:
    """Read the whole log in pages into a dict; write after each page how far that is."""
    app = Application[uuid.UUID](env={**environment(address), "APPLICATION_NAME": "Proceedings"})
    progress = sqlite3.connect(checkpoint, isolation_level=None)
    progress.execute("CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, position)")
    began = time.perf_counter()
    folded, after, count = Folded(), 1, 0
    while page := app.recorder.select_notifications(after, PAGE):
        for notification in page:
            event: Any = app.mapper.to_domain_event(notification)
            folded.take(event)
        count += len(page)
        after = page[-1].id + 1
        progress.execute("INSERT OR REPLACE INTO progress VALUES ('all', ?)", (after,))
    seconds = time.perf_counter() - began
    app.close()
    progress.close()
    return seconds, count


class Views(ProcessApplication[uuid.UUID]):
    """Its exactly-once runner: a tracking record, and a commit, for each event."""

    def __init__(self, env: dict[str, str]) -> None:
        super().__init__(env)
        self.folded = Folded()

    def policy(self, domain_event: Any, _processing_event: ProcessingEvent[uuid.UUID]) -> None:
        """Fold an event in; the runner records that it was."""
        self.folded.take(domain_event)


def run(address: str, tracking: str) -> tuple[float, int]:
    """Have the library's own follower process the whole log."""
    app = Application[uuid.UUID](env={**environment(address), "APPLICATION_NAME": "Proceedings"})
    views = Views(env=environment(tracking))
    views.follow("Proceedings", app.notification_log)
    views.pull_section_size = PAGE
    began = time.perf_counter()
    views.pull_and_process("Proceedings")
    seconds = time.perf_counter() - began
    count = views.recorder.max_tracking_id("Proceedings") or 0
    views.close()
    app.close()
    return seconds, count

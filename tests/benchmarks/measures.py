"""What `tests.benchmarks.views` measures, each in a process of its own: `measures NAME JSON`.

A process that did nothing else before has a peak of memory that means something.
"""

import json
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.codec.declare import declaration_of
from ledger.codec.stored import encode
from ledger.events import (
    Directive,
    Event,
    EventCorrected,
    EventRetracted,
    Source,
    StatementDelivered,
)
from ledger.log import RecordedEvent
from ledger.projection import Fact, Key, Projection, Row, in_order
from ledger.times import Span

BATCH = 1_000
WARM = 100


def peak() -> float:
    """Return the most memory that this process ever had, in MiB."""
    # Not `getrusage`: there, a process begins with the peak of the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


# ------------------------------------------------------------------------------------ the ledger


def write(address: str, events: int, first: int, last: int) -> dict[str, Any]:
    """Append a part of a history of so many events."""
    from ledger.testing.histories import batches, history  # noqa: PLC0415 - others need no Hypothesis

    began = time.perf_counter()
    with Ledger.open(address, actor="bench") as ledger:
        for batch in batches(islice(history(events), first, last), BATCH):
            ledger.append(batch)
    return {"count": last - first, "seconds": time.perf_counter() - began}


def project(address: str) -> dict[str, Any]:
    """Bring every view up to the log."""
    with Ledger.open(address, create=False) as ledger:
        return {"stopped": [one.view for one in ledger.project() if one.stopped]}


def look(address: str) -> dict[str, Any]:
    """Open a ledger, and do nothing: what the others' memory begins with."""
    began = time.perf_counter()
    with Ledger.open(address, create=False) as ledger:
        return {"count": ledger.head, "seconds": time.perf_counter() - began}


def rebuild(address: str, views: Sequence[str]) -> dict[str, Any]:
    """Build views from the whole log."""
    with Ledger.open(address, create=False) as ledger:
        head = ledger.head
        began = time.perf_counter()
        ledger.rebuild(*views)
        return {"count": head, "seconds": time.perf_counter() - began}


def catch_up(address: str, views: Sequence[str], behind: int) -> dict[str, Any]:
    """Apply to views that stand at a position what the log has after it."""
    with Ledger.open(address, create=False) as ledger:
        for name in views:
            progress = ledger.view(name).progress
            if not progress.built or progress.position != behind:
                raise SystemExit(f"{address}: {name} is not at {behind}; delete the file")
        began = time.perf_counter()
        ledger.project(*views)
        return {"count": ledger.head - behind, "seconds": time.perf_counter() - began}


# ------------------------------------------------------------------------------------- questions


def ask(address: str, view: str, by: Sequence[str], number: int, replays: int) -> dict[str, Any]:
    """Ask random questions of a view by some columns, and some of them of the log itself."""
    with Ledger.open(address, create=False) as ledger:
        chance = random.Random(1)  # noqa: S311 - no secret
        questions = [_question(ledger, view, by, chance) for _ in range(number)]
        for question in questions[:WARM]:
            ledger.view(view).rows(**question)
        answered = [_timed(lambda q=q: ledger.view(view).rows(**q)) for q in questions]
        replayed = [_timed(lambda q=q: replay(ledger, view, q)) for q in questions[:replays]]
        differ = sum(
            set(rows) != set(told)
            for (_, rows), (_, told) in zip(answered[:replays], replayed, strict=True)
        )
        slowest = statistics.quantiles([seconds for seconds, _ in answered], n=100)
        return {
            "p50": 1000 * slowest[49],
            "p99": 1000 * slowest[98],
            "replay": 1000 * statistics.median(seconds for seconds, _ in replayed),
            "rows": statistics.mean(len(rows) for _, rows in answered),
            "differ": differ,
        }


def _timed(act: Callable[[], list[Any]]) -> tuple[float, list[Any]]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def _question(
    ledger: Ledger, view: str, by: Sequence[str], chance: random.Random
) -> dict[str, Any]:
    """Ask of what some event is about, on some day, as known at some position."""
    handled = tuple(ledger.views[view].handles)
    while True:
        after = chance.randrange(ledger.head)
        types = [declaration_of(kind).name for kind in handled]
        event = next((r.event for r in ledger.read(after=after, types=types)), None)
        if event is not None:
            return {
                "as_of": date(1995, 1, 1) + timedelta(days=chance.randrange(30 * 365)),
                "known_at": chance.randrange(ledger.head) + 1,
                **{name: getattr(event, name) for name in by},
            }


def replay(ledger: Ledger, view: str, question: dict[str, Any]) -> list[Any]:
    """Answer from the log alone: read what it has, fold it, take what holds on the day."""
    projection = ledger.views[view]
    by = {name: question[name] for name in question if name not in ("as_of", "known_at")}
    about = "meeting" if "meeting" in by else "group"
    kinds = (*projection.handles, EventCorrected, EventRetracted)
    events = ledger.read(
        until=question["known_at"],
        subject=f"{about}:{by[about]}",
        types=[declaration_of(kind).name for kind in kinds],
    )
    keys: dict[Key, list[Fact[Any]]] = defaultdict(list)
    for fact in believed(list(events)):
        for key in projection.key(fact.event) if isinstance(fact.event, projection.handles) else ():
            keys[key].append(fact)
    day: date = question["as_of"]
    return [
        row
        for key, facts in keys.items()
        if all(by.get(name, part) == part for name, part in _named(projection, key))
        for row in projection.fold(key, in_order(projection, facts))
        if all(getattr(row, name) == value for name, value in by.items()) and row.span.certain(day)
    ]


def _named(projection: Projection[Any, Any], key: Key) -> Iterator[tuple[str, str]]:
    return zip(projection.row.key, key, strict=True)


def believed(events: Sequence[RecordedEvent]) -> Iterator[Fact[Any]]:
    """Yield what is believed of the facts among some events, which come in order."""
    ended: set[str] = set()
    corrected: dict[str, tuple[str, Event]] = {}
    for recorded in reversed(events):
        event = recorded.event
        if recorded.event_id in ended:
            continue
        if isinstance(event, EventRetracted):
            ended.add(event.target)
        elif isinstance(event, EventCorrected):
            corrected.setdefault(event.target, (recorded.event_id, event.replacement))
        elif not isinstance(event, Directive):
            root, right = recorded.event_id, corrected.get(recorded.event_id)
            if right is None:
                yield Fact(root, event, (root,), recorded.body.encode())
            else:
                correction, content = right
                yield Fact(root, content, (root, correction), encode(content).body)


# --------------------------------------------------------------------------------------- one key


class SpokenRow(Row, key=("party",)):
    """A statement of a party."""

    party: str
    """The party."""
    statement: str
    """The statement."""
    verb: str | None
    """What it does."""


class Spoken(Projection[SpokenRow, StatementDelivered]):
    """What a party ever said: a key that grows and grows."""

    name = "bench_spoken"
    version = 1
    row = SpokenRow
    handles = (StatementDelivered,)
    steps = True

    def key(self, event: StatementDelivered) -> Iterator[Key]:
        """A row is about a party."""
        if event.speaker is not None:
            yield (event.speaker,)

    def fold(self, key: Key, facts: Sequence[Fact[StatementDelivered]]) -> Iterator[SpokenRow]:
        """Give each statement a row."""
        return (_spoken(key, fact) for fact in facts)

    def step(
        self, key: Key, state: None, fact: Fact[StatementDelivered]
    ) -> tuple[None, tuple[SpokenRow]]:
        """A statement's row is finished with it."""
        return state, (_spoken(key, fact),)

    def tail(self, key: Key, state: None) -> tuple[SpokenRow, ...]:
        """No later statement changes a row."""
        del key, state
        return ()


def _spoken(key: Key, fact: Fact[StatementDelivered]) -> SpokenRow:
    return SpokenRow(
        party=key[0],
        statement=fact.event.statement,
        verb=fact.event.verb,
        span=Span.happened(fact.event.when.window),
        because=fact.because,
    )


def speak(address: str, facts: int, keys: int) -> dict[str, Any]:
    """Record so many statements, of so many parties in turn."""
    said = (
        StatementDelivered(
            group="lakes",
            meeting=f"lakes-{number // 40}",
            statement=f"lakes.s{number}",
            speaker=f"party-{number % keys}",
            verb="urges",
            valid=(date(1995, 1, 1) + timedelta(days=number // 2)).isoformat(),
            source=Source(document=f"lakes-{number // 40}-report", language="en"),
        )
        for number in range(facts)
    )
    with Ledger.open(address, actor="bench") as ledger:
        while batch := list(islice(said, BATCH)):
            ledger.append(batch)
    return {"count": facts}


def listen(address: str) -> dict[str, Any]:
    """Build the view of what was said by party."""
    with Ledger.open(address, create=False) as ledger:
        view = ledger.view(Spoken)
        began = time.perf_counter()
        view.rows(party="nobody")  # brings the view up to the log
        return {"count": ledger.head, "seconds": time.perf_counter() - began}


# -------------------------------------------------------------------------------------- the peer


def peer_write(address: str, events: int, last: int) -> dict[str, Any]:
    """Have the peer append the same history."""
    from ledger.testing.histories import history  # noqa: PLC0415 - as above
    from tests.benchmarks import peer  # noqa: PLC0415 - it need not be installed

    began = time.perf_counter()
    count = peer.write(address, islice(history(events), last))
    return {"count": count, "seconds": time.perf_counter() - began}


def peer_fold(address: str, other: str) -> dict[str, Any]:
    """Have the peer read its log into a dict."""
    from tests.benchmarks import peer  # noqa: PLC0415 - it need not be installed

    seconds, count = peer.fold(address, other)
    return {"count": count, "seconds": seconds}


def peer_run(address: str, other: str) -> dict[str, Any]:
    """Have the peer's own follower process its log."""
    from tests.benchmarks import peer  # noqa: PLC0415 - it need not be installed

    seconds, count = peer.run(address, other)
    return {"count": count, "seconds": seconds}


MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    each.__name__: each
    for each in (
        write,
        project,
        look,
        rebuild,
        catch_up,
        ask,
        speak,
        listen,
        peer_write,
        peer_fold,
        peer_run,
    )
}


if __name__ == "__main__":
    measured = MEASURES[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps({**measured, "peak": peak()}))

"""A reader of the stream gets each event once, in order, whoever else reads or does not."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import pytest

from ledger.api import Ledger
from ledger.events import AttendanceRecorded, MembershipEnded
from ledger.records.envelope import as_json
from ledger.web.settings import Settings
from tests.ledger.web.serving import serving

ENDED = MembershipEnded(group="oic-cg-azerbaijan", party="tr", valid="2020-01-01")


class Message(NamedTuple):
    """A server-sent event: its id, and its data, if it has any."""

    id: int
    data: Any


@pytest.fixture
def base(ledger: Ledger) -> Iterator[str]:
    """Where the ledger is served; it gives a sign of life at once, and has room for two."""
    with serving(
        ledger, Settings("unused", trusting=True, heartbeat=0.05, max_streams=2)
    ) as address:
        yield address


def messages(lines: Iterator[str]) -> Iterator[Message]:
    """Read a stream as the standard says."""
    position, data = -1, ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            position = int(value)
        elif name == "data":
            data += value
        elif not line:
            yield Message(position, json.loads(data) if data else None)
            data = ""


def follow(base: str, stack: ExitStack, **headers: str) -> Iterator[Message]:
    """Begin to follow; the first message is the sign of life with which every stream begins."""
    path = headers.pop("path", "/api/events/stream")
    opened = httpx2.stream("GET", f"{base}{path}", headers=headers, timeout=10)
    answer = stack.enter_context(opened)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return messages(answer.iter_lines())


def knock(base: str, stack: ExitStack) -> httpx2.Response:
    """Ask to follow, and see whether there is room."""
    return stack.enter_context(httpx2.stream("GET", f"{base}/api/events/stream"))


def told(stream: Iterator[Message], count: int) -> list[Message]:
    """Return so many messages that have data."""
    return list(islice((message for message in stream if message.data), count))


def test_what_is_recorded_comes_at_once(base: str, ledger: Ledger) -> None:
    """A reader begins with what is new; it gets it as the log has it, whoever recorded it."""
    with ExitStack() as stack:
        stream = follow(base, stack)
        assert next(stream) == Message(ledger.head, None)
        receipt = ledger.record(ENDED)
        (message,) = told(stream, 1)
        assert message == Message(receipt.position, as_json(ledger.event(receipt.position)))


def test_a_reader_comes_back_where_it_was(base: str, ledger: Ledger) -> None:
    """With the last id that it saw, it gets what follows: nothing is missed or comes twice."""
    found: list[Message] = []
    for size in (30, 50, 8):
        with ExitStack() as stack:
            last = str(found[-1].id) if found else "0"
            found += told(follow(base, stack, **{"Last-Event-ID": last}), size)
    assert [message.data for message in found] == [as_json(event) for event in ledger.read()]


def test_a_sign_of_life_tells_how_far_the_log_was_looked_through(base: str, ledger: Ledger) -> None:
    """A reader of few events need not look through the log again when it comes back."""
    with ExitStack() as stack:
        stream = follow(base, stack, path="/api/events/stream?after=0&type=membership-ended")
        assert next(stream) == Message(0, None)
        assert next(stream) == Message(ledger.head, None)
        receipt = ledger.record(ENDED)
        assert told(stream, 1)[0].id == receipt.position


def test_there_is_room_for_so_many(base: str) -> None:
    """One reader too many is told when to come back; a place that is left is free again."""
    with ExitStack() as stack:
        held = [follow(base, stack), follow(base, stack)]
        assert all(next(stream) for stream in held)
        refused = knock(base, stack)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
    with ExitStack() as stack:
        assert any(knock(base, stack).status_code == 200 for _ in range(1_000))


def test_a_server_that_stops_lets_its_readers_go(ledger: Ledger) -> None:
    """A stream ends with the server, and the server does not wait for it."""
    ended = threading.Event()
    with ExitStack() as stack:
        with serving(ledger, Settings("unused", trusting=True)) as address:
            stream = follow(address, stack)
            next(stream)

            def read() -> None:
                assert list(stream) == []
                ended.set()

            reader = threading.Thread(target=read)
            reader.start()
        reader.join()
    assert ended.is_set()


def test_a_reader_that_takes_nothing_is_let_go(ledger: Ledger) -> None:
    """It keeps neither an append nor another reader waiting, and its place is free again."""
    settings = Settings("unused", trusting=True, patience=0.3, max_streams=2)
    events = [
        AttendanceRecorded(meeting="m", party=f"p{number}", as_written="x" * 10_000)
        for number in range(1_500)
    ]
    with serving(ledger, settings) as base, ExitStack() as stack:
        place = urlsplit(base)
        stalled = stack.enter_context(socket.create_connection((place.hostname, place.port)))
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.sendall(b"GET /api/events/stream?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
        stream = follow(base, stack)
        next(stream)
        receipts = ledger.append(events)
        assert [m.id for m in told(stream, len(events))] == [r.position for r in receipts]
        assert any(knock(base, stack).status_code == 200 for _ in range(1_000))

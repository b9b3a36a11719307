"""The HTTP server under readers that take nothing, and killed under load.

`stalled`: many readers of the stream take nothing. Appends go on, the server's memory stays flat,
and each reader that comes back gets what it had not dealt with, once and in order.
`killed`: the server is ended by `kill -9` while writers post. Each sends an event again until it
has a receipt: what was acknowledged is there, once.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from ledger.events import AttendanceRecorded
from ledger.log import Database, Log
from tests.faults.support import PATIENCE, SQLITE, Outcome, ledger_on, outcome, run

READERS = 200
WRITERS = 4
BATCHES = 300
TEXT = "x" * 2_000


def main(readers: int) -> list[Outcome]:
    """Let so many readers stall, and kill the server a tenth as often."""
    return [stalled(readers), killed(max(readers // 10, 2))]


@contextmanager
def served(address: str, port: int = 0) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Serve a ledger, and say at which port."""
    command = [sys.executable, "-m", "ledger", "--db", address, "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            found = re.search(r"127\.0\.0\.1:(\d+)", running.stderr.readline())
            assert found is not None
            # Its log is read, or it would wait for somebody to do so.
            threading.Thread(target=running.stderr.read, daemon=True).start()
            yield int(found[1]), running
        finally:
            running.kill()


def stalled(readers: int) -> Outcome:
    """Compare appends without and with readers that take nothing, and let these come back."""
    with (
        outcome("stalled readers", SQLITE, readers) as found,
        ledger_on(SQLITE) as address,
        closing(Database.open(address, create=False)) as database,
        served(address) as (port, running),
        ExitStack() as stack,
    ):
        log = Log(database)
        alone = _append(log)
        first = _follow(stack, port, log.head().size)
        before = _memory(running.pid)
        held = [first, *(_follow(stack, port, log.head().size) for _ in range(readers - 1))]
        opened = _memory(running.pid)
        start = log.head().size
        beside = _append(log)
        after = _memory(running.pid)
        end = log.head().size
        for reader in held[:: max(1, readers // 20)]:
            positions = _ids(stack, port, reader, start, end)
            found.lost += (end - start) - len(set(positions))
            found.doubled += len(positions) - len(set(positions))
            found.expect(positions == sorted(positions), "events came out of order")
        found.expect(after < opened + (64 << 10), f"memory grew from {opened} to {after} KiB")
        found.note = (
            f"{BATCHES / alone:.0f} batches/s alone, {BATCHES / beside:.0f} beside {readers} "
            f"readers; {before >> 10} MiB, {opened >> 10} with them, {after >> 10} after"
        )
    return found


def _append(log: Log) -> float:
    began = time.monotonic()
    for _ in range(BATCHES):
        log.append([AttendanceRecorded(meeting="m", party="p", as_written=TEXT)], actor="desk")
    return time.monotonic() - began


def _follow(stack: ExitStack, port: int, after: int) -> socket.socket:
    reader = socket.socket()
    stack.enter_context(closing(reader))
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    reader.settimeout(PATIENCE)
    reader.connect(("127.0.0.1", port))
    path = f"/api/events/stream?after={after}"
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return reader


def _ids(stack: ExitStack, port: int, reader: socket.socket, start: int, end: int) -> list[int]:
    """Read a stream up to a position, again if it was let go; return what events came."""
    found: list[int] = []
    data = b""
    while not found or found[-1] < end:
        more = reader.recv(1 << 16)
        data += more
        *whole, rest = data.split(b"\n\n")
        # Before the first message of a chunk stands the chunk's size.
        heads = (re.search(rb"(?m)^id: (\d+)\ndata", one) for one in whole)
        found += [int(head[1]) for head in heads if head is not None]
        data = rest
        if not more:
            reader, data = _follow(stack, port, found[-1] if found else start), b""
    return found


def _memory(pid: int) -> int:
    """Return how many KiB a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


def killed(kills: int) -> Outcome:
    """Kill the server under writers, start it again, and count what they had receipts for."""
    with outcome("server killed", SQLITE, kills) as found, ledger_on(SQLITE) as address:
        with served(address) as (port, _):
            pass
        done = threading.Event()
        receipts: list[dict[str, Any]] = []
        writers = [
            threading.Thread(target=_write, args=(port, number, done, receipts))
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        for _ in range(kills):
            with served(address, port) as (_, running):
                so_far = len(receipts)
                deadline = time.monotonic() + PATIENCE
                while len(receipts) < so_far + 5 and time.monotonic() < deadline:
                    time.sleep(0.01)
                found.expect(len(receipts) > so_far, "no writer got on after a restart")
                os.kill(running.pid, signal.SIGKILL)
        done.set()
        with served(address, port):
            for writer in writers:
                writer.join()
        with closing(Database.open(address, create=False)) as database:
            log = Log(database)
            there = {event.position: event.event_id for event in log.read()}
        found.lost = sum(there.get(r["position"]) != r["event_id"] for r in receipts)
        found.doubled = len(there) - len(set(there.values()))
        found.note = f"{len(receipts):,} acknowledged, {len(there):,} there"
    return found


def _write(port: int, writer: int, done: threading.Event, receipts: list[dict[str, Any]]) -> None:
    """Post events, each until it has a receipt."""
    number = 0
    while not done.is_set():
        number += 1
        event = {
            "type": "attendance-recorded",
            "event_id": f"00000000-0000-4000-8{writer:03x}-{number:012x}",
            "event": {"meeting": f"m{writer}", "party": f"p{number}"},
        }
        receipts += _posted(port, json.dumps(event).encode())


def _posted(port: int, body: bytes) -> list[dict[str, Any]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/events", body, {"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - our own
                given: list[dict[str, Any]] = json.loads(answer.read())["receipts"]
                return given
        except (OSError, ValueError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


if __name__ == "__main__":
    run(main, READERS)

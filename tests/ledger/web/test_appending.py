"""Appending over HTTP keeps the promises of the log: once, whole, and only where expected."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger.api import Ledger
from ledger.web.appending import EXAMPLE

Sent = dict[str, Any]


def convened(meeting: str, **said: Any) -> Sent:
    """An envelope of a meeting."""
    return {"type": "meeting-convened", "event": {"meeting": meeting}, **said}


def test_an_event_is_recorded_once(client: TestClient, ledger: Ledger) -> None:
    """Sent twice under one id, it is appended once, and the first receipt comes again."""
    first = client.post("/api/events", json=EXAMPLE)
    again = client.post("/api/events", json=EXAMPLE)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["location"] == f"/api/events/{ledger.head}"
    (receipt,) = first.json()["receipts"]
    assert receipt["appended"] is True
    assert again.json()["receipts"] == [{**receipt, "appended": False}]
    read = client.get(first.headers["location"]).json()
    assert (read["event_id"], read["event"]) == (EXAMPLE["event_id"], EXAMPLE["event"])


def test_another_content_under_an_id_is_a_conflict(client: TestClient, ledger: Ledger) -> None:
    """What is recorded is never changed: 409, and the id and its place are told."""
    client.post("/api/events", json=EXAMPLE)
    before = ledger.head
    refused = client.post("/api/events", json=convened("lakes-1", event_id=EXAMPLE["event_id"]))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith(":event-id-taken")
    assert refused.json()["event_id"] == EXAMPLE["event_id"]
    assert refused.json()["position"] == before
    assert ledger.head == before


@pytest.mark.parametrize("said", ['"{}"', 'W/"{}"', "{}"])
def test_a_version_that_is_not_there_is_not_written_to(client: TestClient, said: str) -> None:
    """`If-Match` names the stream's version: another one is 412, the right one is taken."""
    for expected, status in ((1, 412), (0, 201), (0, 412), (1, 201)):
        sent = {"If-Match": said.format(expected)}
        assert client.post("/api/events", json=convened("m"), headers=sent).status_code == status


def test_a_batch_is_whole_or_not_there(client: TestClient, ledger: Ledger) -> None:
    """One mistake in a batch and nothing is appended; every mistake is told, with its place."""
    before = ledger.head
    batch: list[Any] = [convened("m1"), {"type": "meeting-convend", "event": {}}, convened(""), 7]
    refused = client.post("/api/events", json=batch)
    assert refused.status_code == 400
    assert [wrong["name"] for wrong in refused.json()["problems"]] == ["/1", "/2", "/3"]
    assert "did you mean 'meeting-convened'?" in refused.text
    assert ledger.head == before
    taken = client.post("/api/events", json=[convened("m1"), convened("m2")])
    assert [r["position"] for r in taken.json()["receipts"]] == [before + 1, before + 2]


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b'{"type": "meeting-convened", "event": {"meeting": "m"}}', "text/plain", 415),
        (b'{"type": "meeting-convened", "event": {"meeting": "m"}}', None, 415),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"type": 1.5}', "application/json", 400),
        (b'{"type": "a", "type": "b", "event": {}}', "application/json", 400),
        (b'"\xff"', "application/json", 400),
        (b" " * 9_000_000, "application/json", 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_event_is_refused_in_a_sentence(
    client: TestClient, ledger: Ledger, body: bytes, media_type: str | None, status: int
) -> None:
    """Whatever is sent, the answer is a problem document, and the log is as it was."""
    before = ledger.head
    headers = {} if media_type is None else {"Content-Type": media_type}
    refused = client.post("/api/events", content=body, headers=headers)
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"]
    assert ledger.head == before

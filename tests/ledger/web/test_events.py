"""Events over HTTP are those of the log: in order, once, as they are."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger.api import Ledger
from ledger.events import PersonalDataErased
from ledger.records.envelope import as_json


def test_pages_are_the_log(client: TestClient, ledger: Ledger) -> None:
    """Page after page, by `next`, gives each event once, in order."""
    found: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = client.get("/api/events", params={"after": after, "limit": 30}).json()
        found += page["events"]
        after = page["next"]
        assert page["head"] == ledger.head
    assert found == [as_json(event) for event in ledger.read()]


def test_lines_are_the_log(client: TestClient, ledger: Ledger) -> None:
    """As JSON Lines all of it comes, as `log --jsonl` prints it."""
    answer = client.get("/api/events", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [as_json(event) for event in ledger.read()]


@pytest.mark.parametrize(
    "wanted",
    [
        {"after": 80},
        {"until": 3},
        {"type": ["attendance-recorded", "membership-began"]},
        {"subject": "party:pk"},
        {"stream": "meeting-oic-cg-azerbaijan-1", "limit": 2},
    ],
    ids=str,
)
def test_the_same_is_chosen_as_by_the_library(
    client: TestClient, ledger: Ledger, wanted: dict[str, Any]
) -> None:
    """What is asked for by parameters is what `Ledger.read` gives."""
    found = client.get("/api/events", params=wanted).json()["events"]
    terms = {("types" if name == "type" else name): value for name, value in wanted.items()}
    assert [event["position"] for event in found] == [e.position for e in ledger.read(**terms)]
    assert found


def test_an_event_is_found_by_position_and_by_id(client: TestClient, ledger: Ledger) -> None:
    """Both names give the same event."""
    event = ledger.event(49)
    for name in (49, event.event_id):
        assert client.get(f"/api/events/{name}").json() == as_json(event)


def test_what_has_not_changed_is_not_sent_again(client: TestClient, ledger: Ledger) -> None:
    """An entity tag holds until the log grows; that of one event, until it is erased."""
    event = next(e for e in ledger.read() if e.private is not None)
    for path, lasts in (("/api/events?limit=1", False), (f"/api/events/{event.position}", True)):
        held = {"If-None-Match": client.get(path).headers["etag"]}
        assert client.get(path, headers=held).status_code == 304
        ledger.append([ledger.event(1).event])
        assert client.get(path, headers=held).status_code == (304 if lasts else 200)
    ledger.record(PersonalDataErased(target=event.event_id))
    assert client.get(path, headers=held).status_code == 200


def test_long_answers_are_compressed_on_request(client: TestClient) -> None:
    """Whoever takes gzip gets it; the JSON is the same."""
    plain = client.get("/api/events", headers={"Accept-Encoding": "identity"})
    packed = client.get("/api/events", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.json() == plain.json()

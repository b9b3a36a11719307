"""Every error is a problem document: each kind of it has a status of its own or of its base."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger import errors
from ledger.errors import LedgerError
from ledger.web.problems import status_of


def kinds(base: type[LedgerError]) -> list[type[LedgerError]]:
    """Return every kind of error that the library and the edges know."""
    found = [base]
    for kind in base.__subclasses__():
        found += kinds(kind)
    return found


def test_every_kind_of_error_has_a_status() -> None:
    """Bad input is the client's, a conflict another writer's, a database the server's own."""
    branches: dict[type[LedgerError], range] = {
        errors.BadInput: range(400, 430),
        errors.Conflict: range(409, 413),
        errors.DatabaseProblem: range(403, 504),
    }
    for base, statuses in branches.items():
        for kind in kinds(base):
            assert status_of(kind.__new__(kind)) in statuses, kind


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/api/events/4711", 404, "unknown-event"),
        ("GET", "/api/events/x", 400, "invalid-request"),
        ("GET", "/api/events/99999999999999999999", 400, "invalid-request"),
        ("GET", "/api/events?limit=0", 400, "invalid-request"),
        ("GET", "/api/events?after=-1", 400, "invalid-request"),
        ("GET", "/api/events?limt=1", 400, "invalid-request"),
        ("GET", "/api/events?type=meeting", 400, "unknown-event-type"),
        ("GET", "/api/events?format=csv", 400, "invalid-request"),
        ("GET", "/nothing/here", 404, "not-found"),
        ("DELETE", "/api/events/1", 405, "method-not-allowed"),
    ],
)
def test_a_refusal_says_what_is_the_matter(
    client: TestClient, method: str, path: str, status: int, kind: str
) -> None:
    """The document names its kind, repeats its status and has a sentence."""
    answer = client.request(method, path)
    document: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, document["status"]) == (status, status)
    assert document["type"] == f"urn:contact-group-ledger:problem:{kind}"
    assert document["detail"]
    assert document["title"]


def test_what_cannot_be_given_is_said_with_what_can(client: TestClient) -> None:
    """An `Accept` that nothing meets is 406, with the media types that there are."""
    answer = client.get("/api/events", headers={"Accept": "image/png, text/html;q=0.5"})
    assert answer.status_code == 406
    assert answer.json()["available"] == ["application/json", "application/x-ndjson"]


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", "application/json"),
        ("application/x-ndjson;q=0.1, application/json", "application/json"),
        ("text/html, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("application/*", "application/json"),
        ("application/json;q=0, application/jsonl", "application/x-ndjson"),
        ("application/jsonl;q=much", "application/x-ndjson"),
    ],
)
def test_the_best_that_is_accepted_is_given(client: TestClient, accept: str, given: str) -> None:
    """The order of the header does not matter, the weights do."""
    answer = client.get("/api/events", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == given

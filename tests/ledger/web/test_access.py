"""Whoever asks gets what its token allows, and nothing else is allowed."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from ledger.access import Scope, Tokens
from ledger.api import Ledger
from ledger.web.app import create_app
from ledger.web.appending import EXAMPLE
from ledger.web.settings import LOOPBACK, Settings
from tests.golden.openapi import kept

OPEN = {"/healthz", "/readyz", "/api/openapi.json"}
ASKED = {
    Scope.READ: [("GET", "/api/events"), ("GET", "/api/views"), ("GET", "/api/views/groups")],
    Scope.APPEND: [("POST", "/api/events")],
    Scope.ADMIN: [("GET", "/metrics")],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A server on this machine, whose file of tokens is empty as yet."""
    return Settings("unused", tokens=tmp_path / "p.tokens", trusting=True)


@pytest.fixture
def client(ledger: Ledger, settings: Settings) -> Iterator[TestClient]:
    """A client of it."""
    with TestClient(create_app(settings, ledger)) as opened:
        yield opened


def bearer(settings: Settings, *scopes: Scope) -> dict[str, str]:
    """Make a token, and return the header that shows it."""
    made = Tokens(settings.tokens).new(actor="desk-7", scopes=scopes, lasts=timedelta(days=1))
    return {"Authorization": f"Bearer {made[1]}"}


def test_what_is_no_token_is_let_in_nowhere(client: TestClient, settings: Settings) -> None:
    """Every route but those of health refuses whoever shows no token, or one that opens nothing."""
    bearer(settings, Scope.READ)
    paths = set(kept()["paths"]) | {"/api/openapi.json"}
    app: Any = client.app
    paths |= {route.path for route in app.routes if isinstance(route, APIRoute)}
    assert paths >= OPEN
    for path in sorted(paths - OPEN):
        asked = path.replace("{name}", "1")
        for headers in ({}, {"Authorization": "Bearer cgl_x"}, {"Authorization": "Basic eDp4"}):
            answer = client.get(asked, headers=headers)
            assert answer.status_code in (401, 429), path
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_what_is_its_own(
    client: TestClient, settings: Settings, scope: Scope
) -> None:
    """No scope opens what belongs to another, not even admin."""
    headers = bearer(settings, scope)
    for needed, requests in ASKED.items():
        for method, path in requests:
            body = EXAMPLE if method == "POST" else None
            status = client.request(method, path, headers=headers, json=body).status_code
            assert (status < 300) == (needed is scope), (scope, method, path)
            assert status in (200, 201, 403)


def test_without_tokens_only_this_machine_is_trusted(ledger: Ledger, settings: Settings) -> None:
    """Where others may reach the server, no token is no way in; nor is it once there is one."""
    with TestClient(create_app(settings, ledger)) as trusting:
        assert trusting.get("/api/views").status_code == 200
        bearer(settings, Scope.ADMIN)
        assert trusting.get("/api/views").status_code == 401
    public = Settings("unused", tokens=settings.tokens.with_name("none"))
    with TestClient(create_app(public, ledger)) as reached:
        assert reached.get("/api/views").status_code == 401


def test_a_token_is_never_taken_from_an_address(client: TestClient, settings: Settings) -> None:
    """Addresses are kept in histories and logs."""
    secret = bearer(settings, Scope.READ)["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "authorization"):
        assert client.get(f"/api/events?{name}={secret}").status_code in (400, 401)


def test_what_is_appended_bears_the_name_of_the_token(
    client: TestClient, settings: Settings, ledger: Ledger
) -> None:
    """The actor of an event is the token's; nobody can say another."""
    headers = bearer(settings, Scope.APPEND)
    client.post("/api/events", json={**EXAMPLE, "actor": "somebody"}, headers=headers)
    assert ledger.event(ledger.head).actor == "desk-7"


def test_who_did_what_is_written_down(
    client: TestClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Appends, admin actions and refusals leave a line: ids and places, nothing that was sent."""
    caplog.set_level(logging.INFO, "ledger.audit")
    appends, admin = bearer(settings, Scope.APPEND), bearer(settings, Scope.ADMIN)
    named = {**EXAMPLE, "event": {**EXAMPLE["event"], "head": {"name": "A. N. Other"}}}  # type: ignore[dict-item]
    answer = client.post("/api/events", json=named, headers=appends)
    client.get("/metrics", headers=admin)
    client.get("/api/views", headers=admin)
    client.get("/api/events/1")
    lines = [json.loads(record.message) for record in caplog.records]
    found = [(line["method"], line["path"], line["status"]) for line in lines]
    assert found == [
        ("POST", "/api/events", 201),
        ("GET", "/metrics", 200),
        ("GET", "/api/views", 403),
        ("GET", "/api/events/1", 401),
    ]
    assert lines[0]["positions"] == [89]
    assert lines[0]["request"] == answer.headers["x-request-id"]
    assert lines[0]["who"] == Tokens(settings.tokens).all()[0].id
    assert "Other" not in caplog.text
    assert "cgl_" not in caplog.text


def test_another_name_of_this_machine_leads_nowhere(ledger: Ledger, settings: Settings) -> None:
    """A page that made its own name lead to this machine cannot ask through the browser."""
    at_home = Settings("unused", tokens=settings.tokens, trusting=True, hosts=LOOPBACK)
    with TestClient(create_app(at_home, ledger)) as client:
        for host, status in (("localhost:8000", 200), ("[::1]:8000", 200), ("127.0.0.1", 200)):
            assert client.get("/healthz", headers={"Host": host}).status_code == status
        for host in ("evil.example", "localhost.evil.example", "evil.example:8000", ""):
            assert client.get("/healthz", headers={"Host": host}).status_code == 421


def test_pages_of_other_origins_ask_only_if_they_are_named(
    ledger: Ledger, settings: Settings
) -> None:
    """No origin is let in by default; a named one is, exactly, and no other."""
    asks = {"Origin": "https://desk.example"}
    named = Settings("unused", tokens=settings.tokens, trusting=True, origins=(asks["Origin"],))
    for configured, expected in ((settings, None), (named, asks["Origin"])):
        with TestClient(create_app(configured, ledger)) as client:
            answer = client.get("/healthz", headers=asks)
            assert answer.headers.get("access-control-allow-origin") == expected
            other = client.get("/healthz", headers={"Origin": "https://desk.example.evil"})
            assert "access-control-allow-origin" not in other.headers


def test_every_answer_has_the_headers_that_keep_it_safe(client: TestClient) -> None:
    """Answers and refusals alike: a policy, no sniffing, no referrer, a name for the request."""
    names = set()
    for path in ("/healthz", "/api/views", "/api/events/x", "/nowhere", "/api/views/groups"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        names.add(headers["x-request-id"])
    assert len(names) == 5


def test_whoever_asks_too_often_is_told_to_wait(ledger: Ledger, settings: Settings) -> None:
    """After so many requests at once comes 429, with when to try again; others are not kept out."""
    busy = Settings("unused", tokens=settings.tokens, rate=0.001, burst=3)
    eager, calm = bearer(settings, Scope.READ), bearer(settings, Scope.READ)
    with TestClient(create_app(busy, ledger)) as client:
        statuses = [client.get("/api/views", headers=eager).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        refused = client.get("/api/views", headers=eager)
        assert int(refused.headers["retry-after"]) > 1
        assert client.get("/api/views", headers=calm).status_code == 200


def test_what_nobody_foresaw_is_told_in_a_sentence(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program is 500 with the request's id, and no trace of it goes out."""

    def broken(_name: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(ledger, "event", broken)
    answer = client.get("/api/events/1")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


def test_what_the_database_says_stays_here(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client is told that the record cannot be read; not where it stands."""
    from ledger.errors import Interrupted  # noqa: PLC0415

    def away(_name: object) -> None:
        raise Interrupted("postgresql://host.example/secret", "connection refused")

    monkeypatch.setattr(ledger, "event", away)
    answer = client.get("/api/events/1")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "host.example" not in answer.text

"""An operator sees whether the server is there, is ready, and how it does."""

import re

import pytest
from starlette.testclient import TestClient

from ledger.api import Ledger
from ledger.errors import SchemaMismatch
from ledger.events import MembershipEnded
from ledger.web.app import create_app
from ledger.web.settings import Settings


def test_a_ledger_that_is_well_is_ready(client: TestClient) -> None:
    """Nothing is the matter with a ledger whose views are up to it."""
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


def test_a_view_that_lags_is_told(ledger: Ledger) -> None:
    """Where a question would have to wait long, the server is not ready."""
    settings = Settings("unused", trusting=True, most_behind=0)
    with TestClient(create_app(settings, ledger)) as client:
        ledger.append([MembershipEnded(group="oic-cg-azerbaijan", party="tr", valid="2020-01-01")])
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "view membership is 1 events behind" in answer.json()["reasons"]
        ledger.project()
        assert client.get("/readyz").status_code == 200


def test_a_database_of_another_time_is_told(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a migration the server is not ready until it is the newer program."""

    def moved() -> None:
        raise SchemaMismatch("p.db", expected="0001", found="0002")

    monkeypatch.setattr(ledger, "expect_schema", moved)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "migration" in answer.text
    assert "p.db" not in answer.text


def test_what_is_counted_is_told_as_prometheus_reads_it(client: TestClient) -> None:
    """Answers by route and status, seconds, the log, the lag of each view, readers."""
    for path in ("/api/events/1", "/api/events/2", "/api/events/4711", "/api/views/groups"):
        client.get(path)
    text = client.get("/metrics").text
    line = re.compile(r'(# (HELP|TYPE) .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+)')
    assert all(line.fullmatch(one) for one in text.splitlines())
    route = 'method="GET",route="/api/events/{name}"'
    assert f'proceedings_http_requests_total{{{route},status="200"}} 2' in text
    assert f'proceedings_http_requests_total{{{route},status="404"}} 1' in text
    assert f'proceedings_http_request_seconds_bucket{{{route},le="+Inf"}} 3' in text
    assert f"proceedings_http_request_seconds_count{{{route}}} 3" in text
    assert "proceedings_log_events 88" in text
    assert 'proceedings_view_lag_events{view="attendance"} 0' in text
    assert "proceedings_stream_readers 0" in text

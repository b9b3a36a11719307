"""The API says what it is, and what it has promised stays."""

import copy
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger.codec.declare import declarations
from ledger.installed import installed_projections
from tests.golden.openapi import broken, described, kept, present


@pytest.fixture(scope="module")
def contract() -> Any:
    """The contract as it is now."""
    return present()


def test_nothing_that_was_promised_is_gone(contract: Any) -> None:
    """No path, parameter, field or type of the kept contract is missing or another."""
    assert broken(kept(), contract) == []


def test_the_contract_that_is_kept_is_whole(contract: Any) -> None:
    """Whoever adds something is asked to keep it too: until then it could be taken back."""
    assert kept() == contract, "the API has grown: `python -m tests.golden.openapi` keeps it"


_TAKEN_AWAY = {
    "path": ("paths", "/api/views/attendance"),
    "method": ("paths", "/api/events", "post"),
    "parameter": ("paths", "/api/views/attendance", "get", "parameters", 0),
    "response": ("paths", "/api/events", "get", "responses", "200"),
    "form": ("paths", "/api/views/attendance", "get", "responses", "200", "content", "text/csv"),
    "field": ("components", "schemas", "AttendanceRow", "properties", "party"),
    "type": ("components", "schemas", "AttendanceRow", "properties", "party", "type"),
    "event": ("components", "schemas", "NewAttendanceRecorded"),
}


@pytest.mark.parametrize("path", _TAKEN_AWAY.values(), ids=_TAKEN_AWAY)
def test_what_is_taken_away_is_noticed(contract: Any, path: tuple[str | int, ...]) -> None:
    """The check would find a promise broken, whatever part of it is gone."""
    less = copy.deepcopy(contract)
    place = less
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    assert broken(contract, less)
    assert broken(less, contract) == [] or path[-1] == "type"


def test_everything_is_described() -> None:
    """The document has each view and each event, with words for each parameter and field."""
    document = described()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for declared in declarations():
        assert f"New{declared.model.__name__}" in schemas
        assert schemas[declared.model.__name__]["description"]
    for name in installed_projections():
        assert f"/api/views/{name}" in document["paths"]
    undescribed = [
        (path, parameter["name"])
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    undescribed += [
        (name, field)
        for name, schema in schemas.items()
        for field, inner in schema.get("properties", {}).items()
        if not inner.get("description") and "$ref" not in inner and "receipts" != field != "views"
    ]
    assert undescribed == []


def test_the_document_is_served(client: TestClient) -> None:
    """Programs find at `/api/openapi.json` what is kept here."""
    served = client.get("/api/openapi.json").json()
    assert served["paths"].keys() == described()["paths"].keys()

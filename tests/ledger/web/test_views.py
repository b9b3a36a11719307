"""Views over HTTP answer what the library answers, in whatever form, page by page."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from ledger import installed
from ledger.api import Ledger
from ledger.events import MembershipEnded
from ledger.formats.rows import as_json, column_names
from ledger.projection import Words, columns
from ledger.web import views
from ledger.web.app import create_app
from ledger.web.settings import Settings
from projections.attendance import Attendance

VIEWS = sorted(installed.installed_projections())
GROUP = "oic-cg-azerbaijan"


def told(ledger: Ledger, view: str, **terms: Any) -> list[dict[str, Any]]:
    """Return what the library answers, as JSON."""
    return [as_json(known) for known in ledger.view(view).answer(**terms).known]


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_answers_as_the_library_does(
    client: TestClient, ledger: Ledger, view: str
) -> None:
    """Every installed view has a route, and its rows are those of the library."""
    answer = client.get(f"/api/views/{view}").json()
    assert answer["rows"] == told(ledger, view)
    assert (answer["view"], answer["known_at"], answer["asked"]) == (view, 88, 88)


@pytest.mark.parametrize("view", VIEWS)
def test_each_column_can_be_asked_for(client: TestClient, ledger: Ledger, view: str) -> None:
    """A value that a row has in a column finds just the rows that the library finds by it."""
    for known in ledger.view(view).answer().known[:5]:
        for column in columns(type(known.row)):
            value = getattr(known.row, column.name)
            value = value[0] if isinstance(value, tuple) and value else value
            if value in (None, ()) or isinstance(value, Words):
                continue
            sent = str(value).lower() if isinstance(value, bool) else str(value)
            found = client.get(f"/api/views/{view}", params={column.name: sent}).json()
            assert found["rows"] == told(ledger, view, **{column.name: value}), column.name
            assert as_json(known) in found["rows"]


@pytest.mark.parametrize(
    "terms",
    [
        {"as_of": "2016-09-19"},
        {"as_of": "2016-06-01"},
        {"as_of": "2016-06-01", "possible": True},
        {"known_at": "49"},
        {"known_at": "0"},
        {"known_at": "2999-01-01T00:00:00Z"},
        {"known_at": "60", "as_of": "2016-09-19", "group": GROUP},
    ],
    ids=str,
)
def test_both_times_are_asked_as_in_the_library(
    client: TestClient, ledger: Ledger, terms: dict[str, Any]
) -> None:
    """`as_of`, `known_at` and `possible` mean what they mean there."""
    given = client.get("/api/views/membership", params=terms).json()
    answer = ledger.view("membership").answer(**terms)
    assert given["rows"] == [as_json(known) for known in answer.known]
    assert (given["known_at"], given["possible"]) == (answer.known_at, answer.possible)


@pytest.mark.parametrize("order", ["party", "-party", "-last_attested,party", "divergent,-party"])
def test_pages_are_the_whole(client: TestClient, ledger: Ledger, order: str) -> None:
    """`next`, and the link of the header, lead through all rows once, in the order asked for."""
    whole = told(ledger, "membership", order_by=tuple(order.split(",")))
    found: list[Any] = []
    path: str | None = f"/api/views/membership?limit=2&sort={order}"
    while path is not None:
        answer = client.get(path)
        found += answer.json()["rows"]
        path = answer.links["next"]["url"] if "next" in answer.links else None
        assert (answer.json()["next"] is None) == (path is None)
    assert found == whole


def test_a_walk_answers_as_known_where_it_began(client: TestClient, ledger: Ledger) -> None:
    """What is recorded between two pages is in none of them."""
    first = client.get("/api/views/membership?limit=3")
    ledger.append([MembershipEnded(group=GROUP, party="tr", valid="2020-01-01")])
    rest = client.get(first.links["next"]["url"].replace("limit=3", "limit=1000")).json()
    assert len(first.json()["rows"] + rest["rows"]) == 7
    assert rest["known_at"] == 88
    assert rest["rows"] == told(ledger, "membership", known_at=88)[3:]


@pytest.fixture(params=[2, 1_000])
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows are fetched at a time."""
    monkeypatch.setattr(views, "MOST", request.param)
    size: int = request.param
    return size


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("view", VIEWS)
def test_files_have_the_same_rows(client: TestClient, ledger: Ledger, view: str) -> None:
    """JSON Lines, CSV and Parquet have all rows, whatever the page by which they are fetched."""
    whole = told(ledger, view)
    names = column_names(ledger.views[view].row)

    lines = client.get(f"/api/views/{view}?format=jsonl")
    assert [json.loads(line) for line in lines.text.splitlines()] == whole

    comma = client.get(f"/api/views/{view}", headers={"Accept": "text/csv"})
    header, *rows = csv.reader(io.StringIO(comma.text))
    assert header == names
    assert [_cells(row, names) for row in whole] == rows

    file = client.get(f"/api/views/{view}?format=parquet").content
    table = pq.read_table(io.BytesIO(file))
    assert table.column_names == names
    words = {c.name for c in columns(ledger.views[view].row) if _is_words(ledger, view, c.name)}
    assert [_plain(row, words) for row in table.to_pylist()] == [
        {name: row.get(name) for name in names} for row in whole
    ]


def _cells(row: dict[str, Any], names: list[str]) -> list[str]:
    values = (row.get(name) for name in names)
    return [
        ""
        if value is None
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if isinstance(value, dict | list | bool)
        else str(value)
        for value in values
    ]


def _is_words(ledger: Ledger, view: str, name: str) -> bool:
    return any(isinstance(getattr(row, name), Words) for row in ledger.view(view).rows())


def _plain(row: dict[str, Any], words: set[str]) -> dict[str, Any]:
    return {
        name: json.loads(value)
        if name in words
        else (value.isoformat() if hasattr(value, "isoformat") else value)
        for name, value in row.items()
    }


def test_a_server_without_parquet_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library is not installed, 406 says what is missing, and other forms are given."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = client.get("/api/views/groups?format=parquet")
    assert answer.status_code == 406
    assert "contact-group-ledger[parquet]" in answer.json()["detail"]
    assert client.get("/api/views/groups?format=csv").status_code == 200


def test_an_answer_is_held_until_its_view_moves(client: TestClient, ledger: Ledger) -> None:
    """The same question is 304 until something is recorded; another question never is."""
    held = {"If-None-Match": client.get("/api/views/membership").headers["etag"]}
    assert client.get("/api/views/membership", headers=held).status_code == 304
    for other in ("/api/views/membership?party=pk", "/api/views/groups"):
        assert client.get(other, headers=held).status_code == 200
    as_text = {**held, "Accept": "text/csv"}
    assert client.get("/api/views/membership", headers=as_text).status_code == 200
    ledger.append([MembershipEnded(group=GROUP, party="tr", valid="2020-01-01")])
    fresh = client.get("/api/views/membership", headers=held)
    assert fresh.status_code == 200
    assert fresh.json()["rows"] == told(ledger, "membership")


@pytest.mark.parametrize(
    ("path", "status", "kind", "hint"),
    [
        ("attendence", 404, "unknown-view", "did you mean 'attendance'?"),
        ("attendance?partei=pk", 400, "invalid-request", "there is no such parameter"),
        ("attendance?as_of=2016", 400, "invalid-date", "2016-09-19"),
        ("attendance?known_at=yesterday", 400, "invalid-moment", "a position"),
        ("attendance?divergent=perhaps", 400, "unusable-filter", "yes or no"),
        ("attendance?possible=true", 400, "invalid-request", "give as_of too"),
        ("attendance?sort=partei", 400, "unknown-column", "did you mean 'party'?"),
        ("attendance?sort=attested_by", 400, "unusable-order", "one value"),
        ("attendance?cursor=x", 400, "unusable-cursor", "begin again"),
        ("attendance?limit=1001", 400, "invalid-request", "1000"),
        ("membership?kind=guest", 400, "invalid-request", "'membership' or 'suspension'"),
    ],
)
def test_a_question_that_makes_no_sense_is_told(
    client: TestClient, path: str, status: int, kind: str, hint: str
) -> None:
    """The refusal names what is wrong, and what may have been meant."""
    answer = client.get(f"/api/views/{path}")
    assert answer.status_code == status
    assert answer.json()["type"].endswith(f":{kind}")
    assert hint in answer.json()["detail"]


def test_the_list_says_what_there_is(client: TestClient, ledger: Ledger) -> None:
    """Each installed view is listed with its columns and how far it has read."""
    listed = {view["view"]: view for view in client.get("/api/views").json()["views"]}
    assert list(listed) == VIEWS
    attendance = listed["attendance"]
    assert attendance["key"] == ["meeting", "party"]
    assert [column["name"] for column in attendance["columns"]][:2] == ["meeting", "party"]
    assert attendance["position"] == attendance["head"] == ledger.head


class Doors(Attendance):
    """Who came through which door."""

    name = "doors"


class _Entry:
    def load(self) -> type[Doors]:
        return Doors


@pytest.fixture
def another() -> Iterator[None]:
    """One view more, as another package would bring it."""
    whole = entry_points(group="ledger.projections")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installed, "entry_points", lambda group: [*whole, _Entry()])  # noqa: ARG005
        installed.installed_projections.cache_clear()
        yield
    installed.installed_projections.cache_clear()


@pytest.mark.usefixtures("another")
def test_a_new_view_appears_by_itself(ledger: Ledger) -> None:
    """A view of another package has its route, and is listed, with no line here."""
    with TestClient(create_app(Settings("unused", trusting=True), ledger)) as client:
        rows = client.get("/api/views/doors?party=pk").json()["rows"]
        assert rows == told(ledger, "attendance", party="pk")
        assert "doors" in [view["view"] for view in client.get("/api/views").json()["views"]]

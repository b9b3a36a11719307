"""Views over HTTP: a route a view, derived from what its projection declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ledger.api import Ledger
from ledger.codec.docstrings import field_docstrings
from ledger.codec.schema import summary
from ledger.formats.rows import as_json
from ledger.installed import AnyProjection, installed_projections, projection_called
from ledger.projection import columns
from ledger.replay.query import Answer, Known
from ledger.web import caching, tables
from ledger.web.asking import Readable
from ledger.web.events import MOST
from ledger.web.negotiation import MEDIA_TYPES, Format, chosen
from ledger.web.problems import InvalidRequest, Wrong
from ledger.web.rows import Asked, answer_model, query_model

_PREFIX: Final = "/api/views"
_HERE: Final[dict[str, Any]] = {"tags": ["views"], "response_class": Response}


class ColumnListed(BaseModel):
    """A column of a view."""

    name: str = Field(description="Its name, as a parameter, in a row and in SQL.")
    says: str = Field(description="What it says.")


class ViewListed(BaseModel):
    """A view, and how far it has read."""

    view: str = Field(description="Its name.")
    says: str = Field(description="What one row is.")
    version: int = Field(description="Raised whenever the rows are made in another way.")
    key: list[str] = Field(description="The columns that say what a row is about.")
    columns: list[ColumnListed] = Field(description="The columns of its own.")
    position: int = Field(description="The last position that it has applied.")
    head: int = Field(description="The last position of the log.")
    stopped: str | None = Field(description="The event that keeps it from reading on, and why.")


class Views(BaseModel):
    """The installed views."""

    views: list[ViewListed]


def router() -> APIRouter:
    """Return the routes of the views that are installed."""
    made = APIRouter(prefix=_PREFIX)
    made.add_api_route("", list_views, responses={200: {"model": Views}}, **_HERE)
    for projection in installed_projections().values():
        path = f"/{projection.name}"
        made.add_api_route(
            path,
            _rows_of(projection),
            responses=_answers(projection),
            description=inspect.getdoc(type(projection)),
            summary=summary(type(projection)),
            operation_id=f"read_{projection.name}",
            **_HERE,
        )
    made.add_api_route("/{name}", _no_such_view, include_in_schema=False)
    return made


def list_views(ledger: Readable) -> Response:
    """The installed views: what each says, its columns, how far it has read."""
    listed = [_listed(ledger, projection) for projection in ledger.views.values()]
    return Response(orjson.dumps({"views": listed}), media_type=MEDIA_TYPES[Format.JSON])


def _listed(ledger: Ledger, projection: AnyProjection) -> dict[str, Any]:
    said = field_docstrings(projection.row)
    progress = ledger.view(projection.name).progress
    return {
        "view": projection.name,
        "says": summary(type(projection)),
        "version": projection.version,
        "key": list(projection.row.key),
        "columns": [
            {"name": column.name, "says": said.get(column.name, "")}
            for column in columns(projection.row)
        ],
        "position": progress.position,
        "head": progress.head,
        "stopped": progress.stopped,
    }


def _no_such_view(name: str, _ledger: Readable) -> None:
    """Say which views there are."""
    projection_called(name)


def _answers(projection: AnyProjection) -> dict[int | str, dict[str, Any]]:
    """Return what a route of a view may answer, in all its forms."""
    files: dict[str, Any] = {
        MEDIA_TYPES[form]: {"schema": {"type": "string", "description": said}}
        for form, said in _FILES.items()
    }
    headers = {
        name: {"description": said, "schema": {"type": "integer"}} for name, said in _SAID.items()
    }
    return {
        200: {"model": answer_model(projection), "content": files, "headers": headers},
        304: {"description": "Unchanged"},
    }


_FILES: Final = {
    Format.JSONL: "A row as JSON in each line.",
    Format.CSV: "A heading, and a row in each line; lists and words by language as JSON.",
    Format.PARQUET: "A Parquet file, with typed columns.",
}
_SAID: Final = {
    "Ledger-Known-At": "The position whose knowledge this is.",
    "Ledger-Possible": "How many more rows are possible on the day asked about.",
}


def _rows_of(projection: AnyProjection) -> Callable[..., Response]:
    """Return the route of a view, with a parameter for each of its columns."""

    def rows(request: Request, ledger: Ledger, wanted: Asked) -> Response:
        return _answered(request, ledger, projection, wanted)

    parameters = {
        "request": Request,
        "ledger": Readable,
        "wanted": Annotated[query_model(projection), Query()],
    }
    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = inspect.Signature(
        [inspect.Parameter(name, keyword, annotation=kind) for name, kind in parameters.items()]
    )
    rows.__signature__ = signature  # type: ignore[attr-defined]
    return rows


def _answered(
    request: Request, ledger: Ledger, projection: AnyProjection, wanted: Asked
) -> Response:
    form = chosen(request, Format(wanted.format) if wanted.format else None, *Format)
    if wanted.possible and wanted.as_of is None:
        raise InvalidRequest([Wrong("query", "possible", "it asks about a day: give as_of too")])
    terms = _terms(wanted)
    view = ledger.view(projection.name)
    before = view.progress

    def tag(applied: int) -> str:
        said = wanted.model_dump(exclude_unset=True)
        made = (projection.name, projection.version, sorted(ledger.hidden), applied, before.stopped)
        return caching.tag(*made, said, form)

    if before.built and before.position == before.head:
        same = caching.unchanged(request, tag(before.position))
        if same is not None:
            return same
    write = None if form is Format.JSON else tables.writer(form, projection)
    first: Answer[Any] = view.answer(**terms, limit=wanted.limit or MOST, cursor=wanted.cursor)
    headers = {
        **caching.HEADERS,
        "ETag": tag(max(before.position, first.known_at)),
        "Ledger-Known-At": str(first.known_at),
        "Ledger-Possible": str(first.possible),
    }
    if first.cursor is not None and (write is None or wanted.limit is not None):
        following = request.url.include_query_params(cursor=first.cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    if write is None:
        return Response(orjson.dumps(_page(first)), headers=headers, media_type=MEDIA_TYPES[form])

    def pages() -> Iterator[list[Known[Any]]]:
        answer = first
        yield answer.known
        while answer.cursor is not None and wanted.limit is None:
            answer = view.answer(**terms, limit=MOST, cursor=answer.cursor)
            yield answer.known

    headers["Content-Disposition"] = f'attachment; filename="{projection.name}.{form}"'
    return StreamingResponse(write(pages()), headers=headers, media_type=MEDIA_TYPES[form])


def _terms(wanted: Asked) -> dict[str, Any]:
    """Return what `View.answer` is asked, but for the page."""
    fields = wanted.model_dump(exclude=set(Asked.model_fields), exclude_none=True)
    order = () if wanted.sort is None else tuple(wanted.sort.split(","))
    times = {"as_of": wanted.as_of, "known_at": wanted.known_at, "possible": wanted.possible}
    return {**fields, **times, "order_by": order}


def _page(answer: Answer[Any]) -> dict[str, Any]:
    return {
        "view": answer.view,
        "as_of": answer.as_of,
        "known_at": answer.known_at,
        "asked": answer.asked,
        "stopped": answer.stopped,
        "possible": answer.possible,
        "next": answer.cursor,
        "rows": [as_json(known) for known in answer.known],
    }

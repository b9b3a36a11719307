"""Events over HTTP: many of them, as a page or as lines, or one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import GenericAlias
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ledger.codec.declare import declaration
from ledger.events.base import is_event_id
from ledger.records import envelope
from ledger.web import caching
from ledger.web.asking import Readable
from ledger.web.negotiation import MEDIA_TYPES, Format, chosen
from ledger.web.vocabulary import recorded_event

router: Final = APIRouter(prefix="/api/events", tags=["events"])

LARGEST: Final = 2**53 - 1
"""The largest number that JSON carries everywhere."""
MOST: Final = 1_000
"""The most events, or rows, of a page."""
_AT_ONCE: Final = 200
_NAME: Final = r"^([0-9]{1,16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
_FORMS: Final = (Format.JSON, Format.JSONL)


class Selected(BaseModel):
    """Which events are wanted."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(
        default=0, ge=0, le=LARGEST, description="From the next position on.", examples=[49]
    )
    until: int | None = Field(
        default=None, ge=0, le=LARGEST, description="Up to this position.", examples=[88]
    )
    type: list[str] = Field(
        default=[], description="Of a type; may be repeated.", examples=[["attendance-recorded"]]
    )
    stream: str | None = Field(
        default=None, description="Of one stream.", examples=["meeting-oic-cg-azerbaijan-1"]
    )
    subject: str | None = Field(
        default=None, description="About one subject.", examples=["party:pk"]
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        le=MOST,
        description=f"So many at most. Without: {MOST:,} as JSON, all of them as JSON Lines.",
    )
    format: Literal["json", "jsonl"] | None = Field(
        default=None, description="The form of the answer; it goes before the Accept header."
    )

    def terms(self) -> dict[str, Any]:
        """Return what `Ledger.read` is asked; raises `UnknownEventType`."""
        for name in self.type:
            declaration(name)
        return {
            "after": self.after,
            "until": self.until,
            "types": self.type or None,
            "stream": self.stream,
            "subject": self.subject,
        }


class _Page(BaseModel):
    next: int | None = Field(
        description="Where the next page begins: ask again with it as `after`; null at the end."
    )
    head: int = Field(ge=0, description="The position of the newest event.")


_EVENTS: Final[dict[str, Any]] = {
    "events": (GenericAlias(list, (recorded_event(),)), Field(description="The events."))
}
EventPage: Final = create_model(
    "EventPage", __base__=_Page, __doc__="Events in the order of the record.", **_EVENTS
)


_LINES: Final[dict[str, Any]] = {
    MEDIA_TYPES[Format.JSONL]: {
        "schema": {"type": "string", "description": "An event as JSON in each line."}
    }
}


@router.get(
    "",
    response_class=Response,
    responses={200: {"model": EventPage, "content": _LINES}, 304: {"description": "Unchanged"}},
)
def read_events(
    request: Request, ledger: Readable, wanted: Annotated[Selected, Query()]
) -> Response:
    """The events, oldest first.

    As JSON a page at a time; as JSON Lines, streamed, whole. What is printed as lines can be sent
    to another ledger.
    """
    terms = wanted.terms()
    form = chosen(request, Format(wanted.format) if wanted.format else None, *_FORMS)
    head = ledger.head
    until = head if wanted.until is None else min(head, wanted.until)
    terms["until"] = until
    entity_tag = caching.tag("events", sorted(ledger.hidden), head, wanted.model_dump(), form)
    if (same := caching.unchanged(request, entity_tag)) is not None:
        return same
    headers = {**caching.HEADERS, "ETag": entity_tag}
    if form is Format.JSONL:
        streamed = lines(map(envelope.as_json, ledger.read(**terms, limit=wanted.limit)))
        return StreamingResponse(streamed, headers=headers, media_type=MEDIA_TYPES[form])
    limit = wanted.limit or MOST
    found = list(ledger.read(**terms, limit=limit + 1))
    more = len(found) > limit
    page = {
        "events": [envelope.as_json(event) for event in found[:limit]],
        "next": found[limit - 1].position if more else None,
        "head": head,
    }
    return Response(orjson.dumps(page), headers=headers, media_type=MEDIA_TYPES[form])


def lines(values: Iterable[Any]) -> Iterator[bytes]:
    """Yield values as lines of JSON, some at a time: each chunk costs a turn of the server."""
    some: list[bytes] = []
    for value in values:
        some.append(orjson.dumps(value) + b"\n")
        if len(some) == _AT_ONCE:
            yield b"".join(some)
            some = []
    yield b"".join(some)


@router.get(
    "/{name}",
    response_class=Response,
    responses={
        200: {"model": recorded_event(), "description": "The event"},
        304: {"description": "Unchanged"},
    },
)
def read_event(
    request: Request,
    ledger: Readable,
    name: Annotated[
        str, Path(description="A position, or an event id.", pattern=_NAME, examples=["49"])
    ],
) -> Response:
    """One event, by its position or its id."""
    recorded = ledger.event(name if is_event_id(name) else int(name))
    entity_tag = caching.tag(recorded.event_id, recorded.missing)
    same = caching.unchanged(request, entity_tag)
    return same or Response(
        orjson.dumps(envelope.as_json(recorded)),
        headers={**caching.HEADERS, "ETag": entity_tag},
        media_type=MEDIA_TYPES[Format.JSON],
    )

"""Append over HTTP: one event or a batch, whole or not at all."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, cast

import orjson
from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from ledger.log import ANY_VERSION, ExpectedVersion, NewEvent
from ledger.records import envelope
from ledger.records.envelope import Mistakes
from ledger.web.asking import Appendable, SettingsOf
from ledger.web.problems import BodyTooLarge, InvalidRequest, UnsupportedMediaType, Wrong

router: Final = APIRouter(prefix="/api/events", tags=["events"])

_JSON: Final = "application/json"
_VERSION: Final = r'^(W/)?"?([0-9]{1,16})"?$'


class ReceiptGiven(BaseModel):
    """Where an event stands."""

    position: int = Field(ge=1, description="Its place in the whole log.")
    event_id: str = Field(description="Its id.")
    stream: str = Field(description="The stream that it went to.")
    version: int = Field(ge=1, description="Its place there: what the next `If-Match` expects.")
    recorded_at: str = Field(description="When its batch was recorded: RFC 3339, UTC.")
    appended: bool = Field(description="False where the same event was there before.")


class Receipts(BaseModel):
    """A receipt for each event, in order."""

    receipts: list[ReceiptGiven]


async def _body(request: Request, settings: SettingsOf) -> bytes:
    """Take what is sent, and count it as it comes.

    A form or plain text, which any page can let a browser send here, is not taken.
    """
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found != _JSON:
        raise UnsupportedMediaType(found, _JSON)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > settings.max_body:
            raise BodyTooLarge(settings.max_body)
    return bytes(body)


EXAMPLE: Final = {
    "type": "attendance-recorded",
    "event_id": "6f1e8a52-9d0c-4b7e-8c3a-2f5d7b9e1a40",
    "event": {
        "group": "lakes",
        "meeting": "lakes-1",
        "party": "ke",
        "level": "ministerial",
        "valid": "2026-03-12",
        "source": {"document": "lakes-1-report", "language": "en", "paragraph": "¶1"},
    },
}
NEW_EVENT: Final = "#/components/schemas/NewEvent"
_REQUEST: Final = {
    "requestBody": {
        "required": True,
        "description": "An event, or a list of them: a batch, appended whole or not at all.",
        "content": {
            _JSON: {
                "schema": {
                    "anyOf": [
                        {"$ref": NEW_EVENT},
                        {"type": "array", "items": {"$ref": NEW_EVENT}, "minItems": 1},
                    ]
                },
                "examples": {"attendance": {"summary": "One event", "value": EXAMPLE}},
            }
        },
    }
}


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={
        200: {"model": Receipts, "description": "All of it was there before"},
        201: {
            "model": Receipts,
            "description": "Recorded",
            "headers": {
                "Location": {
                    "description": "Where it can be read, if it is one event.",
                    "schema": {"type": "string"},
                }
            },
        },
    },
    openapi_extra=_REQUEST,
)
def append_events(
    request: Request,
    appender: Appendable,
    body: Annotated[bytes, Depends(_body)],
    if_match: Annotated[
        str | None,
        Header(
            pattern=_VERSION,
            description="The version at which the one stream of the batch is believed to be; 0 "
            "where there is none yet. Where it is at another, nothing is appended.",
            examples=['"7"'],
        ),
    ] = None,
) -> Response:
    """Append events.

    Sending the same event id with the same content again appends nothing and returns the first
    receipt, so a request whose answer was lost is sent once more.
    """
    expected: ExpectedVersion = ANY_VERSION
    if if_match is not None and (said := re.match(_VERSION, if_match)) is not None:
        expected = int(said[2])
    ledger, actor = appender
    receipts = ledger.append(_batch(body), expected_version=expected, actor=actor)
    request.scope["did"] = {"positions": [receipt.position for receipt in receipts]}
    fresh = any(receipt.appended for receipt in receipts)
    headers = {"Location": f"/api/events/{receipts[0].position}"} if len(receipts) == 1 else {}
    given = {"receipts": [receipt._asdict() for receipt in receipts]}
    return Response(orjson.dumps(given), 201 if fresh else 200, headers, media_type=_JSON)


def _batch(body: bytes) -> list[NewEvent]:
    """Read events; `InvalidRequest` says all that is wrong with them, and where."""
    try:
        given = envelope.parsed(body)
    except Mistakes as mistakes:
        raise InvalidRequest(_wrong("", mistakes)) from mistakes
    batch: list[NewEvent] = []
    wrong: list[Wrong] = []
    several = isinstance(given, list)
    for number, one in enumerate(cast(list[Any], given) if several else [given]):
        try:
            event, event_id, causation, _ = envelope.read(one)
        except Mistakes as mistakes:
            wrong += _wrong(f"/{number}" if several else "", mistakes)
            continue
        new = NewEvent(event, causation=causation)
        batch.append(new if event_id is None else NewEvent(event, event_id, causation))
    if not batch and not wrong:
        wrong.append(Wrong("body", "", "there is no event to append"))
    if wrong:
        raise InvalidRequest(wrong)
    return batch


def _wrong(pointer: str, mistakes: Mistakes) -> list[Wrong]:
    return [
        Wrong("body", pointer, f"{name}: {said}" if name else said) for name, said in mistakes.said
    ]

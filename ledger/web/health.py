"""Whether the server is there, and whether it can answer well."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from ledger.api import Ledger
from ledger.errors import DatabaseProblem, SchemaMismatch
from ledger.web.asking import SettingsOf
from ledger.web.settings import Settings

router: Final = APIRouter(tags=["operation"])
_JSON: Final = "application/json"


class Health(BaseModel):
    """That the server is there."""

    status: str = Field(description="`ok`", examples=["ok"])


class Readiness(BaseModel):
    """Whether the server can answer well."""

    ready: bool = Field(description="Whether nothing is the matter.")
    reasons: list[str] = Field(description="What is, if anything.")


@router.get("/healthz", response_class=Response, responses={200: {"model": Health}})
async def healthz() -> Response:
    """Whether the process answers; nothing else is looked at."""
    return Response(orjson.dumps({"status": "ok"}), media_type=_JSON)


@router.get(
    "/readyz",
    response_class=Response,
    responses={200: {"model": Readiness}, 503: {"model": Readiness}},
)
def readyz(request: Request, settings: SettingsOf) -> Response:
    """Whether the record can be read, by this program, and its views are there and go on."""
    reasons = _reasons(request.app.state.ledger, settings)
    said = {"ready": not reasons, "reasons": reasons}
    return Response(orjson.dumps(said), 503 if reasons else 200, media_type=_JSON)


def _reasons(ledger: Ledger, settings: Settings) -> list[str]:
    try:
        ledger.expect_schema()
        progress = [ledger.view(name).progress for name in ledger.views]
    except SchemaMismatch:
        return ["the database stands at another migration than this program expects"]
    except DatabaseProblem:
        return ["the database cannot be read"]
    stopped = [f"view {p.view} is stopped" for p in progress if p.stopped is not None]
    behind = [
        f"view {p.view} is {p.head - p.position:,} events behind"
        for p in progress
        if p.stopped is None and p.head - p.position > settings.most_behind
    ]
    return stopped + behind

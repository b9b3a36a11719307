"""The app: the routes, the errors and the document that describes them, over one ledger."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from ledger.access import Tokens
from ledger.api import Ledger
from ledger.errors import LedgerError
from ledger.web import (
    appending,
    events,
    evidence,
    health,
    metrics,
    openapi,
    problems,
    stream,
    views,
)
from ledger.web.feed import Feed
from ledger.web.guard import Guard
from ledger.web.metrics import Meter
from ledger.web.settings import Settings
from ledger.web.turns import Turns

_SENT: Final = ("Authorization", "If-Match", "If-None-Match", "Last-Event-ID")
_GIVEN: Final = ("ETag", "Ledger-Known-At", "Ledger-Possible", "Link", "Location", "X-Request-ID")


def create_app(settings: Settings, ledger: Ledger | None = None) -> FastAPI:
    """Return the app over the ledger of the settings, or over an open one, which stays open."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        opened = ledger or Ledger.open(settings.address, create=False, actor=settings.actor)
        app.state.ledger, app.state.feed = opened, Feed(opened)
        try:
            yield
        finally:
            await app.state.feed.close()
            if opened is not ledger:
                opened.close()

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.tokens = Tokens(settings.tokens)
    app.state.turns = Turns(settings.rate, settings.burst)
    app.state.meter = Meter()
    app.include_router(views.router())
    app.include_router(stream.router)
    app.include_router(events.router)
    app.include_router(appending.router)
    app.include_router(evidence.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.add_exception_handler(LedgerError, problems.on_ledger_error)
    app.add_exception_handler(RequestValidationError, problems.on_invalid_request)
    app.add_exception_handler(HTTPException, problems.on_http_error)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=("GET", "POST"),
            allow_headers=_SENT,
            expose_headers=_GIVEN,
        )
    app.add_middleware(Guard, settings=settings, meter=app.state.meter)

    described: dict[str, Any] = {}

    def describe() -> dict[str, Any]:
        if not described:
            described.update(openapi.document(app, version("contact-group-ledger")))
        return described

    @app.get("/api/openapi.json", include_in_schema=False)
    def _document() -> dict[str, Any]:
        return describe()

    return app

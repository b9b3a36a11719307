"""What every request passes: its name, the headers that go with every answer, and the audit."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any, Final

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.times import system_clock, timestamp
from ledger.web import problems
from ledger.web.metrics import Meter
from ledger.web.problems import UnknownHost
from ledger.web.settings import Settings

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_REFUSED: Final = frozenset({401, 403, 421, 429})
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_log: Final = logging.getLogger("ledger.web")
_audit: Final = logging.getLogger("ledger.audit")


class Guard:
    """Names a request, answers for what nobody foresaw, and writes down who did what."""

    def __init__(self, app: ASGIApp, *, settings: Settings, meter: Meter) -> None:
        self._app = app
        self._settings = settings
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = uuid.uuid4().hex
        began, status = time.monotonic(), 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = scope["request_id"]
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                self._meter.answered(scope, status, time.monotonic() - began)
            await send(message)

        try:
            if self._is_stranger(scope):
                refused = problems.response(Request(scope), UnknownHost())
                await refused(scope, receive, answered)
            else:
                await self._app(scope, receive, answered)
        except Exception as error:
            if status:
                raise
            _log.exception("%s %s", scope["request_id"], type(error).__name__)
            unforeseen = problems.unforeseen(Request(scope))
            await unforeseen(scope, receive, answered)
        finally:
            if scope["method"] in _CHANGING or status in _REFUSED or "administers" in scope:
                _write_down(scope, status)

    def _is_stranger(self, scope: Scope) -> bool:
        """Whether the name by which the server is asked is not its own, but another page's."""
        if not self._settings.hosts:
            return False
        host = Headers(scope=scope).get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return name.lower() not in self._settings.hosts


def _write_down(scope: Scope, status: int) -> None:
    """Write who did what and what came of it; ids alone, and nothing of what was sent."""
    said: dict[str, Any] = {
        "at": timestamp(system_clock()),
        "request": scope["request_id"],
        "who": scope.get("asker", "nobody known"),
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        **scope.get("did", {}),
    }
    _audit.info("%s", orjson.dumps(said).decode())

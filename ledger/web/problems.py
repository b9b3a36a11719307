"""Errors as problem documents (RFC 9457): each kind has its status here, once, by class."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ledger import errors
from ledger.changes import PrivateTextWithheld
from ledger.errors import BadInput, Conflict, DatabaseProblem, LedgerError
from ledger.mismatch import AlteredLog

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:contact-group-ledger:problem:"
_log: Final = logging.getLogger("ledger.web")


class Wrong(NamedTuple):
    """One thing that is wrong with a request, and where."""

    where: str
    """`query`, `path`, `header` or `body`."""
    name: str
    """The parameter, or the JSON pointer of the field."""
    detail: str


class InvalidRequest(BadInput):
    """A request is not one that this API takes; `problems` has all that is wrong with it."""

    def __init__(self, problems: Sequence[Wrong]) -> None:
        self.problems = tuple(problems)
        said = "; ".join(
            f"{p.where} {p.name}: {p.detail}" if p.name else p.detail for p in problems
        )
        super().__init__(f"{said}. /api/openapi.json says what is taken")


class NotAcceptable(BadInput):
    """There is no such representation. `available` are the media types that there are."""

    def __init__(self, wanted: str, available: Sequence[str], *, hint: str = "") -> None:
        self.wanted = wanted
        self.available = tuple(available)
        super().__init__(f"this cannot be given as {wanted}{hint}: {', '.join(available)} can")


class UnsupportedMediaType(BadInput):
    """What is sent is of a media type that is not taken."""

    def __init__(self, found: str, taken: str) -> None:
        self.found = found
        self.taken = taken
        super().__init__(f"the body is sent as {found or 'nothing known'}: send {taken}")


class Unauthenticated(BadInput):
    """Nobody is known to ask. `reason` says what is missing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}: send `Authorization: Bearer …` (`proceedings token new`)")


class Forbidden(BadInput):
    """A token does not allow what is asked. `scope` is what it would need."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(f"this token has not the scope {scope!r}, which this needs")


class UnknownHost(BadInput):
    """A server is asked by a name that is not its own."""

    def __init__(self) -> None:
        super().__init__("this server is asked by another name: ask it by its own (`--host`)")


class NotFound(BadInput):
    """Nothing stands at an address of this server."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"nothing stands at {path}: /api/openapi.json lists what there is")


class MethodNotAllowed(BadInput):
    """An address does not take a method."""

    def __init__(self, method: str, path: str) -> None:
        self.method = method
        super().__init__(f"{path} does not take {method}: /api/openapi.json says what it takes")


class BodyTooLarge(BadInput):
    """A request has more bytes than are taken. `limit` counts bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"a request of more than {limit:,} bytes: send the events in parts")


class TooManyRequests(BadInput):
    """Somebody asks more often than is answered. `retry_after` counts seconds."""

    def __init__(self, retry_after: int, reason: str) -> None:
        self.retry_after = retry_after
        super().__init__(f"{reason}: try again in {retry_after} s")


STATUS: Final[Mapping[type[LedgerError], int]] = {
    BadInput: 400,
    Conflict: 409,
    DatabaseProblem: 503,
    AlteredLog: 500,
    BodyTooLarge: 413,
    errors.DamagedEvent: 500,
    errors.DamagedView: 500,
    Forbidden: 403,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    NotFound: 404,
    PrivateTextWithheld: 403,
    errors.TooLarge: 413,
    TooManyRequests: 429,
    Unauthenticated: 401,
    errors.UnknownEvent: 404,
    UnknownHost: 421,
    errors.UnknownView: 404,
    UnsupportedMediaType: 415,
    errors.WrongExpectedVersion: 412,
}
"""Kind of error → status; what is not named here has that of its nearest base."""

_PASSING: Final = (errors.Interrupted, errors.ViewGone)
"""What may go well at another time."""
_RETRY_AFTER: Final = 1


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it. Further members are the values of the error."""

    type: str = Field(description="Names the kind of problem.", examples=[f"{_TYPE}unknown-view"])
    title: str = Field(description="What this kind of problem is.")
    status: int = Field(description="The status of the response.", examples=[404])
    detail: str = Field(
        description="What was expected, what was found, and what to do.",
        examples=["no view is called 'attendence'; did you mean 'attendance'?"],
    )
    request_id: str = Field(description="Names the request in the server's log.")
    problems: list[dict[str, Any]] | None = Field(
        default=None, description="Where there are several: each with its place."
    )

    model_config = {"extra": "allow"}


def status_of(error: LedgerError) -> int:
    """Return the status of a kind of error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def response(request: Request, error: LedgerError) -> Response:
    """Return an error as a problem document."""
    status = status_of(error)
    kind = type(error)
    document: dict[str, Any] = {
        "type": _TYPE + re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower(),
        "title": (inspect.getdoc(kind) or kind.__name__)
        .partition("\n")[0]
        .partition(". ")[0]
        .rstrip("."),
        "status": status,
        "detail": str(error),
        "request_id": request_id(request),
    }
    if isinstance(error, DatabaseProblem):
        # It may name a host, a path or what stands in a row: that is for the operator.
        _log.error("%s %s", request_id(request), error)
        document["detail"] = "the record cannot be read or written now; the server's log says why"
    else:
        document = {**_members(error), **document}
    headers: dict[str, str] = {}
    if isinstance(error, _PASSING):
        headers["Retry-After"] = str(_RETRY_AFTER)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(document), status, headers, media_type=MEDIA_TYPE)


def _members(error: LedgerError) -> dict[str, Any]:
    """Return the values of an error that a program can use."""
    return {name: _json(value) for name, value in vars(error).items() if value is not None}


def _json(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, list | tuple):
        return [_json(one) for one in cast(Sequence[Any], value)]
    return value if isinstance(value, bool | int | str) else str(value)


def request_id(request: Request) -> str:
    """Return what names a request in the server's log and in its answer."""
    return str(request.scope.get("request_id", ""))


async def on_ledger_error(request: Request, error: Exception) -> Response:
    """Answer with what the library says."""
    return response(request, cast(LedgerError, error))


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """Answer with all that is wrong with the parameters."""
    details = cast(Sequence[dict[str, Any]], cast(RequestValidationError, error).errors())
    wrong = [
        Wrong(str(where), ".".join(map(str, name)), _SAID.get(detail["type"]) or detail["msg"])
        for detail in details
        for where, *name in [detail["loc"]]
    ]
    return response(request, InvalidRequest(wrong))


_SAID: Final = {"extra_forbidden": "there is no such parameter"}


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer for an address that is not there, or does not take a method."""
    path = request.url.path
    wrong: LedgerError = NotFound(path)
    if cast(HTTPException, error).status_code == STATUS[MethodNotAllowed]:
        wrong = MethodNotAllowed(request.method, path)
    return response(request, wrong)


def unforeseen(request: Request) -> Response:
    """Answer for what should not have happened; the log has the rest."""
    document = {
        "type": f"{_TYPE}unforeseen",
        "title": "This should not have happened",
        "status": 500,
        "detail": "nothing half written is kept; please report it with the request's id",
        "request_id": request_id(request),
    }
    return Response(orjson.dumps(document), 500, media_type=MEDIA_TYPE)

"""Answers that are the same need not be sent again: entity tags, and 304 for who has one."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

HEADERS: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization"}
"""Kept by whoever asked, and asked about again: the record may have grown."""


def tag(*parts: Any) -> str:
    """Return the entity tag of an answer, from all that it depends on.

    It is weak: an answer may be compressed on its way.
    """
    said = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str)
    return f'W/"{sha256(said).hexdigest()[:32]}"'


def unchanged(request: Request, entity_tag: str) -> Response | None:
    """Return the answer for somebody who has this one already; None for anybody else."""
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if "*" in held or entity_tag.removeprefix("W/") in [one.removeprefix("W/") for one in held]:
        return Response(status_code=304, headers={**HEADERS, "ETag": entity_tag})
    return None

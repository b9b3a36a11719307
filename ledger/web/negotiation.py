"""Which representation of an answer is wanted: by `format=`, or by the `Accept` header."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from starlette.requests import Request

from ledger.web.problems import NotAcceptable


class Format(StrEnum):
    """A form in which rows or events can be had."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES: Final[Mapping[Format, str]] = {
    Format.JSON: "application/json",
    Format.JSONL: "application/x-ndjson",
    Format.CSV: "text/csv",
    Format.PARQUET: "application/vnd.apache.parquet",
}
_ALSO: Final[Mapping[str, Format]] = {
    "application/jsonl": Format.JSONL,
    "application/ndjson": Format.JSONL,
}
_OF_TYPE: Final[Mapping[str, Format]] = {
    **{media_type: form for form, media_type in MEDIA_TYPES.items()},
    **_ALSO,
}


def chosen(request: Request, wanted: Format | None, *available: Format) -> Format:
    """Return the form of an answer: the one asked for, else the best that is accepted, else JSON.

    `available` begins with what is given to whoever accepts anything. Raises `NotAcceptable`.
    """
    names = [MEDIA_TYPES[form] for form in available]
    if wanted is not None:
        if wanted not in available:
            raise NotAcceptable(wanted, names)
        return wanted
    accepts = request.headers.get("accept", "*/*")
    ranges = sorted(map(_range, accepts.split(",")), key=lambda one: -one[1])
    for media_range, quality in ranges:
        for form in available:
            if quality > 0 and _covers(media_range, form):
                return form
    raise NotAcceptable(accepts, names)


def _range(text: str) -> tuple[str, float]:
    """Read one range of an `Accept` header, and how much it is wanted; what is no number is 1."""
    media_range, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return media_range, float(value)
            except ValueError:
                break
    return media_range, 1.0


def _covers(media_range: str, form: Format) -> bool:
    kind = MEDIA_TYPES[form].partition("/")[0]
    return media_range in ("*/*", "", f"{kind}/*") or _OF_TYPE.get(media_range) is form

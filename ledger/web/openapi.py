"""The OpenAPI document: what FastAPI gathers from the routes, and what the vocabulary knows."""

from __future__ import annotations

from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from ledger.codec.schema import describe
from ledger.web.appending import NEW_EVENT
from ledger.web.problems import MEDIA_TYPE, Problem
from ledger.web.vocabulary import new_event

_COMPONENT: Final = "#/components/schemas/{model}"
_TITLE: Final = "contact-group-ledger"
_SAYS: Final = """\
A record of contact-group proceedings: who met, who attended, what was said and adopted, according
to which document, and as known when.

Every view answers two questions about time: `as_of` asks about a day in the world, `known_at` about
what the record knew. Errors are problem documents (RFC 9457). Answers carry an `ETag`.
"""


def document(app: FastAPI, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of an app."""
    made = get_openapi(
        title=_TITLE,
        version=version,
        description=_SAYS,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
    adapter: TypeAdapter[Any] = TypeAdapter(new_event())
    new = adapter.json_schema(ref_template=_COMPONENT)
    problem = Problem.model_json_schema(ref_template=_COMPONENT)
    schemas.update(new.pop("$defs"))
    schemas[NEW_EVENT.rpartition("/")[2]] = {"description": "An event to be appended.", **new}
    schemas["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    describe(schemas)
    for operations in made["paths"].values():
        for operation in cast(dict[str, dict[str, Any]], operations).values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _PROBLEM
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _as_sent(parameter["schema"])
    return made


def _as_sent(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, which is there or not and is never null."""
    kinds: list[dict[str, Any]] = schema.get("anyOf", [])
    nothing: dict[str, Any] = {}
    inner = next((kind for kind in kinds if kind != {"type": "null"}), nothing)
    prose = ("anyOf", "title", "description")
    return {name: value for name, value in schema.items() if name not in prose} | inner


_PROBLEM: Final = {
    "description": "What went wrong",
    "content": {MEDIA_TYPE: {"schema": {"$ref": _COMPONENT.format(model="Problem")}}},
}

"""JSON Schema of the vocabulary, with the docstrings as descriptions."""

from __future__ import annotations

import inspect
from typing import Any, Final, cast, get_args

from pydantic import BaseModel

from ledger.codec.declare import Declaration, declaration, declarations
from ledger.codec.docstrings import field_docstrings

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def event_schema(type_name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an event type; `UnknownEventType` if none is."""
    declared = declaration(type_name)
    schema = _described(declared)
    return {
        "$schema": DIALECT,
        "title": declared.name,
        "x-schema-version": declared.version,
        "x-stream": [f"{declared.meaning.identifiers[name]}-…" for name in declared.stream],
        **schema,
    }


def all_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every event type, by stored name."""
    return {declared.name: event_schema(declared.name) for declared in declarations()}


def summary(model: type[Any]) -> str:
    """Return the first line of a class's docstring."""
    return (inspect.getdoc(model) or "").partition("\n")[0]


def _described(declared: Declaration) -> dict[str, Any]:
    model: type[BaseModel] = declared.model
    schema = model.model_json_schema()
    schema.pop("title", None)
    schema["description"] = inspect.cleandoc(model.__doc__ or "")
    _describe(schema, field_docstrings(model))
    _describe_all(schema.get("$defs", {}), _models(model))
    return schema


def describe(definitions: dict[str, dict[str, Any]]) -> None:
    """Put docstrings into the schemas of event classes, and of what they hold, by class name."""
    events: list[type[BaseModel]] = [declared.model for declared in declarations()]
    for model in events:
        if model.__name__ in definitions:
            definitions[model.__name__]["description"] = inspect.cleandoc(model.__doc__ or "")
        _describe_all(definitions, {model} | _models(model))


def _describe_all(definitions: dict[str, dict[str, Any]], models: set[type[BaseModel]]) -> None:
    held = {model.__name__: model for model in models}
    for name in held.keys() & definitions.keys():
        _describe(definitions[name], field_docstrings(held[name]))


def _describe(schema: dict[str, Any], docstrings: dict[str, str]) -> None:
    for name, field in cast(dict[str, dict[str, Any]], schema.get("properties", {})).items():
        field.pop("title", None)
        if name in docstrings:
            field["description"] = docstrings[name]


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Return the models inside a model, however deep."""
    found: set[type[BaseModel]] = set()
    for field in model.model_fields.values():
        for inner in _classes(field.annotation):
            found |= {inner} | _models(inner)
    return found


def _classes(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for argument in get_args(annotation) for found in _classes(argument)}

"""JSON Schema of record files, so that an editor can complete and check them as one writes."""

from __future__ import annotations

from typing import Any, Final

from ledger.codec.declare import Declaration, declarations
from ledger.codec.schema import DIALECT, event_schema
from ledger.events import Directive

_TEXT: Final = {"type": "string"}
_PARAGRAPH: Final = {
    "type": ["string", "integer"],
    "description": "Where the document says it: 3 is ¶3; or OP3, PP2 …",
}
_COMPLETED: Final = "transcription-completed"
_TEXTS: Final = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_TABLE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "file": {**_TEXT, "description": "The table: CSV in UTF-8, beside this file."},
        "comment": {**_TEXT, "description": "What a line begins with that is no row."},
        "key": {**_TEXTS, "description": "The columns that tell one row from another."},
        "names": {
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "Names as the table writes them, and the parties that they mean.",
        },
        "same_names": {
            "type": "object",
            "properties": dict.fromkeys(("file", "name", "means"), _TEXT),
            "required": ["file", "name", "means"],
            "additionalProperties": False,
            "description": "A table of other spellings: its file, and two of its columns.",
        },
        "where": {
            "type": "object",
            "additionalProperties": _TEXTS,
            "description": "The rows that are wanted: a column, and the values that it may have.",
        },
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"event": _TEXT},
                "required": ["event"],
                "description": "An entry; a value may be a rule, or a text with {columns}.",
            },
            "description": "What each row says.",
        },
    },
    "required": ["file", "key", "entries"],
    "additionalProperties": False,
}


def record_file_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record file in YAML or JSON."""
    definitions: dict[str, Any] = {}
    for declared in declarations():
        definitions[declared.name] = _entry(declared, definitions)
    every = {"anyOf": [{"$ref": f"#/$defs/{declared.name}"} for declared in declarations()]}
    completed = definitions[_COMPLETED]
    return {
        "$schema": DIALECT,
        "title": "A record file of contact-group proceedings",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "document": {**_TEXT, "description": "Which document speaks."},
            "language": {**_TEXT, "description": "The language of the version that was read."},
            "edition": {**_TEXT, "description": "What the version says of its own state."},
            "defaults": {
                "type": "object",
                "description": "Fields filled into every entry whose event has them.",
            },
            "register": {
                "type": "array",
                "items": every,
                "description": "What the keepers of the record say themselves.",
            },
            "entries": {
                "type": "array",
                "items": every,
                "description": "What the document says, each with its paragraph.",
            },
            "tables": {
                "type": "array",
                "items": _TABLE,
                "description": "CSV files beside this one, and what each of their rows says.",
            },
            "complete": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        name: field
                        for name, field in completed["properties"].items()
                        if name not in ("event", "paragraph", "quote", "ref")
                    },
                    "required": ["about", "scope"],
                    "additionalProperties": False,
                },
                "description": "Of what everything that this version says has been entered.",
            },
        },
        "$defs": definitions,
    }


def _or_plain(field: dict[str, Any]) -> dict[str, Any]:
    """Let a plain text stand for words in the file's own language."""
    if field.get("type") != "object" or "additionalProperties" not in field:
        return field
    described = field.pop("description", "")
    return {"anyOf": [field, _TEXT], "description": described}


def _entry(declared: Declaration, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one type's entry; what it refers to goes to the definitions."""
    schema = event_schema(declared.name)
    definitions.update(schema.pop("$defs", {}))
    properties = {name: _or_plain(field) for name, field in schema["properties"].items()}
    own: dict[str, Any] = {
        "event": {"const": declared.name},
        "ref": {**_TEXT, "description": "Tells two facts of one source apart."},
        "paragraph": _PARAGRAPH,
        "quote": {**_TEXT, "description": "The words themselves; kept in the erasable part."},
    }
    if "party" in properties:
        own["parties"] = {
            "type": ["array", "object"],
            "description": "Several parties, one event each: a list, or party: name as written.",
        }
    if issubclass(declared.model, Directive):
        own["replacement"] = properties.get("replacement", {})
    return {
        "type": "object",
        "description": schema["description"],
        "properties": {**own, **properties},
        "required": ["event"],
        "additionalProperties": False,
    }

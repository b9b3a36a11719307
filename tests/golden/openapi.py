"""The contract of the HTTP API, kept: its OpenAPI document without its prose.

    python -m tests.golden.openapi

writes it anew. Do so after something was added, and read the difference before you commit it.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ledger.web.app import create_app
from ledger.web.openapi import document
from ledger.web.settings import Settings

FILE = Path(__file__).with_name("openapi.json")
_PROSE = ("description", "summary", "examples", "example", "title", "info")


@cache
def described() -> Any:
    """Return the whole document as it is now; it takes seconds to make."""
    return json.loads(json.dumps(document(create_app(Settings("unused")), "")))


def present() -> Any:
    """Return the contract as it is now."""
    return _bare(described())


def kept() -> Any:
    """Return the contract as it was kept."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def _bare(value: Any, *, named: bool = False) -> Any:
    """Leave out prose; a property or a parameter may bear the name of one."""
    if isinstance(value, list):
        return [_bare(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _bare(inner, named=not named and name in ("properties", "schemas"))
        for name, inner in value.items()
        if named or name not in _PROSE or not isinstance(inner, str | list | dict)
    }


def broken(old: Any, new: Any) -> list[str]:
    """Return what a client of the old contract relies on and the new one no longer keeps."""
    found: list[str] = []
    for path, operations in old["paths"].items():
        for method, before in operations.items():
            place = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            found += [place] if now is None else _operation(place, before, now)
    for name, before in old["components"]["schemas"].items():
        now = new["components"]["schemas"].get(name)
        found += [name] if now is None else _schema(name, before, now)
    return found


def _operation(place: str, old: Any, new: Any) -> Iterator[str]:
    parameters = {one["name"]: one for one in new.get("parameters", ())}
    for before in old.get("parameters", ()):
        name = before["name"]
        if name not in parameters:
            yield f"{place}: parameter {name}"
        else:
            yield from _schema(f"{place}: {name}", before["schema"], parameters[name]["schema"])
    had = {one["name"] for one in old.get("parameters", ())}
    for name, now in parameters.items():
        if now.get("required") and name not in had:
            yield f"{place}: parameter {name} is required"
    for status, before in old["responses"].items():
        now = new["responses"].get(status)
        if now is None:
            yield f"{place}: response {status}"
            continue
        for media_type, content in before.get("content", {}).items():
            there = now.get("content", {}).get(media_type)
            if there is None:
                yield f"{place}: {media_type}"
            else:
                yield from _schema(f"{place}: {status}", content["schema"], there["schema"])


def _schema(place: str, old: Any, new: Any) -> Iterator[str]:
    for name in ("type", "$ref", "const", "format", "additionalProperties"):
        if old.get(name) != new.get(name):
            yield f"{place}: {name} {old.get(name)} → {new.get(name)}"
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        if place.startswith("New"):
            yield f"{place}.{name} is required"
    for several in ("anyOf", "oneOf", "enum"):
        if gone := [one for one in old.get(several, ()) if one not in new.get(several, ())]:
            yield f"{place}: {gone}"
    for name, (before, now) in _inner(old, new):
        if now is None:
            yield f"{place}.{name}"
        else:
            yield from _schema(f"{place}.{name}", before, now)


def _inner(old: Any, new: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name, before in old.get("properties", {}).items():
        yield name, (before, new.get("properties", {}).get(name))
    if "items" in old:
        yield "items", (old["items"], new.get("items"))


def main() -> None:
    """Write the contract as it is now."""
    text = json.dumps(present(), ensure_ascii=False, indent=1, sort_keys=True)
    FILE.write_text(f"{text}\n", encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")


if __name__ == "__main__":
    main()

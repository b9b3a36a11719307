"""Record files: what a document says, in a form that a person likes to write.

    document: lakes-1-report
    language: en
    defaults: {group: lakes, meeting: lakes-1, valid: 2026-03-12}
    register:           # what the keepers of the record say themselves
      - event: party-registered …
    entries:            # what the document says, with its paragraph
      - event: attendance-recorded
        paragraph: 1
        parties: {ke: Republic of Kenya, ug: Republic of Uganda}
    tables:             # CSV files beside this one, and what each row says
      - file: terms.csv …
    complete:           # of what everything has been entered
      - about: meeting:lakes-1
        scope: [attendance]

Files that end in `.jsonl` hold one event a line, as `proceedings log --jsonl` prints them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from ledger.codec.declare import declaration_of, declarations
from ledger.errors import InvalidRecord, Problem
from ledger.events import Source, TranscriptionCompleted
from ledger.mistakes import explain, meant
from ledger.records import lines
from ledger.records.entries import Context, Entry, entries, expect_known, mapping
from ledger.records.names import Register
from ledger.records.tables import table_entries
from ledger.records.tree import Node, parse

VERSION: Final = ("document", "language", "edition")
SECTIONS: Final = ("register", "entries", "tables", "complete")
KEYS: Final = (*VERSION, "defaults", *SECTIONS)
_COMPLETED: Final = declaration_of(TranscriptionCompleted).name


def read_files(files: Iterable[str | Path], *, register: Register | None = None) -> list[Entry]:
    """Read files to be recorded, in order.

    `register` has the parties that the names in tables are looked up among, besides those that the
    files register, and afterwards the names that were nobody's.

    Raises `InvalidRecord` with every mistake of every file.
    """
    found: list[Entry] = []
    problems: list[Problem] = []
    register = Register() if register is None else register
    for file in files:
        try:
            data = Path(file).read_bytes()
        except OSError as error:
            reason = f"the file cannot be read: {error.strerror}"
            problems.append(Problem(str(file), 1, None, reason))
            continue
        try:
            found.extend(read(data, str(file), register=register))
        except InvalidRecord as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidRecord(problems)
    return found


def read(data: bytes, file: str, *, register: Register | None = None) -> list[Entry]:
    """Read one file's bytes; its name says how, and goes into every message.

    Tables that it names lie beside it.
    """
    if file.endswith((".jsonl", ".ndjson")):
        found, problems = lines.read(data, file)
    else:
        found, problems = _read_record(data, Context(file, register=register or Register()))
    problems += _said_twice(found)
    if problems:
        raise InvalidRecord(sorted(problems, key=lambda p: (p.file != file, p.file, p.line)))
    return found


def _read_record(data: bytes, context: Context) -> tuple[list[Entry], list[Problem]]:
    root = parse(data, context.file)
    top = mapping(context, root, "a record file begins with `document:` or `entries:`")
    found: list[Entry] = []
    if top is not None:
        expect_known(context, top, KEYS, "a record file has no such part")
        context.version = _version(context, top)
        context.defaults = _defaults(context, top)
        for section in SECTIONS:
            for item in _items(context, top, section):
                found.extend(_said(context, section, item))
        if not found and not context.problems:
            context.refuse(root, "there is nothing to record here: give `entries`")
    return found, context.problems


def _said(context: Context, section: str, item: Node) -> Iterator[Entry]:
    match section:
        case "tables":
            return table_entries(context, item)
        case "complete":
            return entries(context, _completed(item), speaks=False)
        case _:
            return entries(context, item, speaks=section == "entries")


def _version(context: Context, top: Mapping[str, Node]) -> dict[str, Node]:
    """Return the version that speaks, once it is known to be a possible one."""
    version = {name: top[name] for name in VERSION if name in top}
    if not version:
        return {}
    if "document" not in version:
        first = next(iter(version.values()))
        context.refuse(first, "which document? give `document` beside it", "document")
        return {}
    try:
        Source.model_validate({name: node.plain() for name, node in version.items()})
    except ValidationError as error:
        for detail in error.errors():
            name = str(detail["loc"][0])
            context.refuse(version.pop(name), explain(detail, Source), name)
    return version


def _defaults(context: Context, top: Mapping[str, Node]) -> dict[str, Node]:
    if "defaults" not in top:
        return {}
    given = mapping(context, top["defaults"], "defaults are a set of fields: group, meeting …")
    known = {name for declared in declarations() for name in declared.model.model_fields}
    for name, node in (given or {}).items():
        if name not in known:
            message = "no event has such a field" + meant(name, known)
            context.refuse(node, message, f"defaults.{name}")
    return {name: node for name, node in (given or {}).items() if name in known}


def _items(context: Context, top: Mapping[str, Node], section: str) -> list[Node]:
    node = top.get(section)
    if node is None or node.value is None:
        return []
    if isinstance(node.value, list):
        return node.value
    context.refuse(node, "this is a list: begin each item with a dash", section)
    return []


def _completed(node: Node) -> Node:
    """Return an item of `complete` as the entry that it is short for."""
    if not isinstance(node.value, dict):
        return node
    return Node({"event": Node(_COMPLETED, node.line), **node.value}, node.line)


def _said_twice(found: Iterable[Entry]) -> list[Problem]:
    """Name entries that are one fact of one source, twice in a file."""
    first: dict[str, Entry] = {}
    problems: list[Problem] = []
    for entry in found:
        earlier = first.setdefault(entry.new.event_id, entry)
        if earlier is not entry:
            reason = (
                f"line {earlier.line} has the same fact of the same source; if they are two, give "
                "each a `ref` that tells them apart"
            )
            problems.append(Problem(entry.file, entry.line, None, reason))
    return problems

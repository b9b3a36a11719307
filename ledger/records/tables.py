"""Tables (CSV) as entries of a record file: what each row says, by a mapping of its columns.

    tables:
      - file: terms.csv                     # beside the record file
        key: [country, start]               # what tells one row from another
        names: {Turkey: tr}                 # names as the table writes them, and whose they are
        entries:                            # what each row says
          - event: membership-began
            party: {party: country}         # the party whose name stands in the column
            as_written: {column: country}
            valid: {first_day: start}
          - event: membership-ended
            where: {seat: [elected]}        # of these rows alone
            party: {party: country}
            valid: {day_after: end}

`ledger.records.rules` says what a value may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from ledger.codec.declare import declaration
from ledger.errors import InvalidRecord, UnknownEventType
from ledger.mistakes import meant
from ledger.records.entries import OWN, Context, Entry, entries, expect_known, mapping
from ledger.records.names import Names
from ledger.records.rows import Row, Table, read_table
from ledger.records.rules import WHERE, WrongCell, chosen, filled, listed, named_columns, pairs
from ledger.records.tree import Node

MOST_MISTAKES: Final = 100
"""After so many, a table is read no further: its mapping is wrong, or its columns are."""

KEYS: Final = ("file", "comment", "key", "names", "same_names", "where", "entries")
_SAME: Final = "same_names"
_FORMS: Final = {
    "names": "write names: {name as written: party}",
    _SAME: "write same_names: {file: …, name: column, means: column}",
    WHERE: "write where: {column: [value, …]}",
}
"""Parts of a table that are pairs, and how to write them."""


def table_entries(context: Context, node: Node) -> Iterator[Entry]:
    """Yield what the rows of one table say; mistakes go to the context, with file and line."""
    told = mapping(context, node, "a table has a `file` and the `entries` that each row makes")
    if told is None or not _complete(context, told, node):
        return
    table = _read(context, told["file"], told)
    if table is None:
        return
    key = _columns(context, told["key"])
    templates = _templates(context, told["entries"])
    chosen_by = Node({name: told[name] for name in told if name == WHERE}, node.line)
    _expect(context, table, (*key, *named_columns(told["entries"]), *named_columns(chosen_by)))
    same = _same_names(context, told)
    if context.problems:
        return
    given = {name: str(party.value) for name, party in pairs(told.get("names")).items()}
    names = Names(given, same, context.register)
    inside = replace(context, file=table.file)
    for row, ref in _identified(inside, table, [str(column.value) for column in key], told):
        for template in templates:
            yield from _entries(inside, template, row, ref, names)
        if len(context.problems) >= MOST_MISTAKES:
            return


def _identified(
    context: Context, table: Table, key: Sequence[str], told: Mapping[str, Node]
) -> Iterator[tuple[Row, str]]:
    """Yield the rows that are wanted, and what tells each from the others."""
    seen: dict[str, int] = {}
    for row in table.rows:
        if chosen(told.get(WHERE), row):
            ref = "/".join(row.cells[name] for name in key)
            if ref in seen:
                said = f"line {seen[ref]} has the same {', '.join(key)}: {ref!r}"
                context.refuse(Node(None, row.line), said)
            else:
                seen[ref] = row.line
                yield row, ref


def _entries(context: Context, template: Node, row: Row, ref: str, names: Names) -> Iterator[Entry]:
    try:
        node = filled(template, row, ref, names)
    except WrongCell as wrong:
        context.refuse(Node(None, row.line), wrong.reason, wrong.column)
        return
    if node is not None:
        yield from entries(context, node, speaks=True)


def _complete(context: Context, told: Mapping[str, Node], node: Node) -> bool:
    """Whether a table says what it has to, in the form that it has to; else say what is wrong."""
    before = len(context.problems)
    expect_known(context, told, KEYS, "a table has no such part")
    for name in ("file", "key", "entries"):
        if name not in told:
            context.refuse(node, "this is missing", f"tables.{name}")
    if "entries" in told and not isinstance(told["entries"].value, list):
        context.refuse(told["entries"], "this is a list: begin each item with a dash", "entries")
    if "file" in told and not isinstance(told["file"].value, str):
        context.refuse(told["file"], "the name of a CSV file is wanted", "file")
    for name, wanted in _FORMS.items():
        if name in told:
            mapping(context, told[name], wanted)
    return len(context.problems) == before


def _templates(context: Context, node: Node) -> list[Node]:
    """Return the entries that a row makes, once their events have the fields that they name."""
    templates = cast(list[Node], node.value)
    for template in templates:
        fields = mapping(context, template, "an entry is a set of fields, beginning with `event:`")
        if fields is None:
            continue
        if WHERE in fields:
            mapping(context, fields[WHERE], _FORMS[WHERE])
        try:
            kind = fields["event"].value if "event" in fields else None
            known = [*declaration(str(kind)).model.model_fields, *OWN, WHERE]
        except UnknownEventType as error:
            context.refuse(fields.get("event", template), str(error), "event")
        else:
            expect_known(context, fields, known, "there is no such field")
    return templates


def _columns(context: Context, node: Node) -> list[Node]:
    columns = [Node(column, node.line) for column in listed(node)]
    if not columns:
        context.refuse(node, "name the columns that tell one row from another", "key")
    return columns


def _expect(context: Context, table: Table, columns: Iterable[Node]) -> None:
    """Refuse columns that a table does not have."""
    for named in columns:
        column = str(named.value)
        if column not in table.columns:
            hint = meant(column, table.columns) or f"; it has: {', '.join(table.columns)}"
            context.refuse(named, f"{table.file} has no column {column!r}{hint}")


def _same_names(context: Context, told: Mapping[str, Node]) -> dict[str, str]:
    """Return other spellings of names, from a table that explains them."""
    if _SAME not in told:
        return {}
    same = pairs(told[_SAME])
    if {"file", "name", "means"} - same.keys():
        context.refuse(told[_SAME], _FORMS[_SAME], _SAME)
        return {}
    table = _read(context, same["file"], told)
    if table is None:
        return {}
    name, means = same["name"], same["means"]
    _expect(context, table, (name, means))
    if context.problems:
        return {}
    return {row.cells[str(name.value)]: row.cells[str(means.value)] for row in table.rows}


def _read(context: Context, file: Node, told: Mapping[str, Node]) -> Table | None:
    """Read a table beside the record file; mistakes go to the context."""
    path = Path(context.file).parent / str(file.value)
    try:
        table = read_table(path, comment=str(told["comment"].value) if "comment" in told else "")
    except OSError as error:
        context.refuse(file, f"{path} cannot be read: {error.strerror}", "file")
        return None
    except InvalidRecord as error:
        context.problems.extend(error.problems)
        return None
    return table

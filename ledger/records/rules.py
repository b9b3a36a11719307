"""What a row's cells make of a template: rules, and columns in braces.

A template is an entry of a record file in which a value may be a rule (`{column: seat}`, `{party:
country}`, `{day_after: end}`) or a text with columns in braces (`unga-{rcid}`). An empty cell is
silence: what it would have filled is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

from ledger.errors import BadInput
from ledger.records.names import Names, identifier
from ledger.records.rows import Row
from ledger.records.tree import Node
from ledger.times import When

WHERE: Final = "where"
"""What chooses rows: `{column: [value, …]}`."""
_VALUES: Final = "values"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


class WrongCell(Exception):
    """A cell that cannot be what a rule makes of it: the column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason
        super().__init__(column, reason)


def filled(template: Node, row: Row, ref: str, names: Names) -> Node | None:
    """Return what a template says of a row; None where it says nothing of it."""
    fields = pairs(template)
    if not chosen(fields.get(WHERE), row):
        return None
    said = {name: node for name, node in fields.items() if name != WHERE}
    whole = _filled(Node(said, template.line), row, names)
    if whole is None:
        return None
    return Node({"ref": Node(ref, row.line), **pairs(whole)}, row.line)


def _filled(node: Node, row: Row, names: Names) -> Node | None:
    """Return a node with the cells of a row in it; None where they are all empty."""
    value = node.value
    if isinstance(value, str):
        columns = _PLACEHOLDER.findall(value)
        if columns and not any(row.cells[column] for column in columns):
            return None
        return Node(_PLACEHOLDER.sub(lambda found: row.cells[found[1]], value), row.line)
    if isinstance(value, list):
        items = [item for one in value if (item := _filled(one, row, names)) is not None]
        return Node(items, row.line) if items else None
    if isinstance(value, dict):
        if (verb := _verb(value)) is not None:
            text = _ruled(verb, value, row, names)
            return None if text is None else Node(text, row.line)
        said = {name: _filled(inner, row, names) for name, inner in value.items()}
        there = {name: inner for name, inner in said.items() if inner is not None}
        return Node(there, row.line) if there else None
    return node


def _ruled(verb: str, rule: Mapping[str, Node], row: Row, names: Names) -> str | None:
    """Return what a rule makes of its column's cell; None where that is empty."""
    column = str(rule[verb].value)
    cell = row.cells[column]
    if not cell:
        return None
    if _VALUES in rule:
        values = pairs(rule[_VALUES])
        if cell not in values:
            raise WrongCell(column, f"{cell!r} is none of the `values`: {', '.join(values)}")
        cell = str(values[cell].value)
    try:
        return _RULES[verb](names, cell)
    except BadInput as error:
        raise WrongCell(column, str(error)) from error


def _first_day(_names: Names, cell: str) -> str:
    day = When.parse(cell).earliest_start
    if day is None:
        raise BadInput(f"{cell!r} has no first day")
    return day.isoformat()


def _day_after(_names: Names, cell: str) -> str:
    day = When.parse(cell).latest_end
    if day is None:
        raise BadInput(f"{cell!r} has no last day")
    return day.isoformat()


_RULES: Final[Mapping[str, Callable[[Names, str], str]]] = {
    "column": lambda _names, cell: cell,
    "party": lambda names, cell: names.party(cell),
    "identifier": lambda _names, cell: identifier(cell),
    "first_day": _first_day,
    "day_after": _day_after,
}
"""What a rule makes of a cell: the text, whose name it is, an identifier, a day."""


def _verb(value: Mapping[str, Node]) -> str | None:
    """Return what a rule does; None for pairs that are no rule."""
    verbs = [name for name in value if name in _RULES]
    if len(verbs) != 1 or value.keys() - {*verbs, _VALUES}:
        return None
    whole = _VALUES not in value or isinstance(value[_VALUES].value, dict)
    return verbs[0] if whole and isinstance(value[verbs[0]].value, str) else None


def chosen(where: Node | None, row: Row) -> bool:
    """Whether a row has one of the values that are asked for, in each column."""
    asked = pairs(where)
    return all(row.cells[column] in listed(values) for column, values in asked.items())


def named_columns(node: Node) -> Iterator[Node]:
    """Yield the columns that a template names, each with the line where it does."""
    value = node.value
    if isinstance(value, str):
        yield from (Node(column, node.line) for column in _PLACEHOLDER.findall(value))
    elif isinstance(value, list):
        for item in value:
            yield from named_columns(item)
    elif isinstance(value, dict):
        if (verb := _verb(value)) is not None:
            yield value[verb]
            return
        for name, inner in value.items():
            if name == WHERE:
                yield from (Node(column, inner.line) for column in pairs(inner))
            else:
                yield from named_columns(inner)


def pairs(node: Node | None) -> Mapping[str, Node]:
    """Return the pairs of a node that was found to have some; none where there is no node."""
    return cast(dict[str, Node], node.value) if node is not None else {}


def listed(node: Node) -> list[str]:
    """Return the texts of a list, or the one text that stands in its place."""
    if isinstance(node.value, list):
        return [str(item.value) for item in node.value]
    return [str(node.value)] if isinstance(node.value, str) else []

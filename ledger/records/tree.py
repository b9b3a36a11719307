"""YAML and JSON text as a tree that remembers lines.

Every scalar stays the text that was written, so that dates and `no` mean what they say; the event
classes give types. Aliases, tags and several documents in a file are refused, and size and depth
bounded, so that no file can become larger than it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import yaml

from ledger.errors import InvalidRecord, Problem

MAX_BYTES: Final = 4 << 20
MAX_DEPTH: Final = 20

_NOTHING: Final = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line on which it begins."""

    value: Value
    line: int

    def plain(self) -> Any:
        """Return the value without its lines."""
        match self.value:
            case dict():
                return {name: node.plain() for name, node in self.value.items()}
            case list():
                return [node.plain() for node in self.value]
            case _:
                return self.value


Value: TypeAlias = "str | list[Node] | dict[str, Node] | None"


def parse(data: bytes, file: str) -> Node:
    """Read a file into a tree; `InvalidRecord` names the line that cannot be read."""
    if len(data) > MAX_BYTES:
        reason = f"{len(data):,} bytes, and {MAX_BYTES:,} are the most: split the file"
        raise InvalidRecord([Problem(file, 1, None, reason)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidRecord([Problem(file, line, None, "this is not UTF-8 text")]) from error
    try:
        return _Reader(file, text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = error.problem or error.context or "this cannot be read"
        raise InvalidRecord([Problem(file, line, None, f"this is not YAML: {said}")]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        reason = f"the character U+{ord(text[error.position]):04X} cannot stand in a record file"
        raise InvalidRecord([Problem(file, line, None, reason)]) from error


class _Reader:
    """Turns the parser's events into nodes; its own depth is bounded before Python's is."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._events: Iterator[Any] = cast(Iterator[Any], yaml.parse(text, Loader=yaml.BaseLoader))
        self._problems: list[Problem] = []

    def document(self) -> Node:
        root = Node(None, 1)
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a file holds one document: remove the `---`")
                    break
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 0)
        if self._problems:
            raise InvalidRecord(self._problems)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        line: int = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"aliases are not read: write the value of *{event.anchor} out")
            return Node(None, line)
        if event.anchor is not None:
            self._refuse(event, f"anchors are not read: remove &{event.anchor}")
        if event.tag is not None:
            self._refuse(event, f"tags are not read: remove {event.tag}")
        if isinstance(event, yaml.ScalarEvent):
            nothing = event.style is None and event.value in _NOTHING
            return Node(None if nothing else self._paired(event), line)
        if depth == MAX_DEPTH:
            self._refuse(event, f"this is nested more than {MAX_DEPTH} deep")
            raise InvalidRecord(self._problems)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(list(self._items(depth)), line)
        return Node(self._pairs(depth), line)

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> dict[str, Node]:
        pairs: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(name.value, str):
                self._refuse(event, "a name is wanted before the colon")
            elif name.value in pairs:
                earlier = pairs[name.value].line
                self._refuse(event, f"{name.value!r} was said before, on line {earlier}")
            else:
                pairs[name.value] = Node(value.value, name.line)
        return pairs

    def _refuse(self, event: Any, reason: str) -> None:
        self._problems.append(Problem(self._file, event.start_mark.line + 1, None, reason))

    def _paired(self, event: Any) -> str:
        """Join the surrogate pairs of JSON's escapes, which YAML reads as two characters."""
        text: str = event.value
        if not any("\ud800" <= character <= "\udfff" for character in text):
            return text
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._refuse(event, "half of a character (a lone surrogate) stands here")
            return ""

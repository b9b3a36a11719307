"""The whole log as JSON Lines, lossless: the same log, with the same root, can be made of it again.

The first line says what follows and how many events there are. Then each event has a line: the
columns of its row, salts and hashes in hexadecimal, its subjects, its body and its private part as
the JSON that was hashed. The last line has size and root again; without it, a file was cut off.

    {"format":"proceedings-log/1","header":"proceedings/1","size":88}
    {"position":1,"batch":1,…,"body":{…},"private":null}
    {"size":88,"root":"…"}

There is one spelling of a log, so two exports of it are the same bytes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, NoReturn, cast

import orjson

from ledger.api import Ledger
from ledger.codec.canonical import canonical
from ledger.codec.stored import FORMAT, MAX_BODY
from ledger.errors import InvalidExport, OutsideDomain, Problem
from ledger.integrity import HASH_SIZE, Frontier
from ledger.log import Head, Placed, Snapshot, StoredEvent, Watch, uncounted
from ledger.mismatch import MisplacedEvent

LAYOUT: Final = "proceedings-log/1"
"""Names the layout of the lines."""

MAX_LINE: Final = 4 * MAX_BODY
"""The most bytes that a line may have."""

_HEXADECIMAL: Final = ("body_salt", "body_hash", "private_salt", "private_hash", "leaf_hash")
_JSON: Final = ("body", "private")
_FIELDS: Final = (*(name for name in StoredEvent._fields if name not in _JSON), *_JSON)
_NUMBERS: Final = ("position", "batch", "version", "schema_version")
_LARGEST: Final = 2**31 - 1
"""The largest number that every database takes in each of them."""

_KINDS: Final[Mapping[str, tuple[type, str]]] = {
    **dict.fromkeys(_FIELDS, (str, "a text is wanted")),
    **dict.fromkeys(_NUMBERS, (int, "a whole number is wanted")),
    **dict.fromkeys(_HEXADECIMAL, (str, f"{HASH_SIZE} bytes in hexadecimal are wanted")),
    **dict.fromkeys(_JSON, (dict, "a JSON object is wanted")),
    "subjects": (list, "a list of texts is wanted"),
}
"""Field → the type that its value has in JSON, and how to say so."""
_NULLABLE: Final = frozenset({"valid", "causation", "private_salt", "private_hash", "private"})
_AT_ONCE: Final = 1_000


def write(log: Snapshot, out: BinaryIO, watch: Watch = uncounted) -> Head:
    """Write all of a log, and return where it ends."""
    first = {"format": LAYOUT, "header": FORMAT, "size": log.head.size}
    out.write(orjson.dumps(first) + b"\n")
    for page in log.pages():
        out.write(b"".join([line(event) for event in page]))
        watch(page[-1].position, log.head.size)
    out.write(_last_line(log.head.size, log.head.root))
    return log.head


def read(ledger: Ledger, lines: BinaryIO, name: str, watch: Watch = uncounted) -> Placed:
    """Put the log that was written to a file into a ledger: what is not there yet, or nothing.

    Events that the ledger has must be the same. Memory is bounded, whatever the file is. Raises
    `InvalidExport` with the line that is wrong, `OtherLog` where the ledger is another log's.
    """
    reader = _Reader(lines, name, watch)
    try:
        return ledger.place(reader.events(), check=reader.expect_end)
    except MisplacedEvent as error:
        position, field, expected, found = error.mismatch
        message = f"expected {expected}, found {found}"
        raise InvalidExport(Problem(name, 1 + (position or 0), field, message)) from error


def line(event: StoredEvent) -> bytes:
    """Return an event as its line."""
    values: dict[str, Any] = event._asdict()
    del values["body"], values["private"]
    for field in _HEXADECIMAL:
        if (value := values[field]) is not None:
            values[field] = value.hex()
    private = b"null" if event.private is None else event.private.encode()
    start = orjson.dumps(values)[:-1]
    return b'%b,"body":%b,"private":%b}\n' % (start, event.body.encode(), private)


def _last_line(size: int, root: bytes) -> bytes:
    return orjson.dumps({"size": size, "root": root.hex()}) + b"\n"


class _Wrong(Exception):
    """What is wrong with a line: field and message."""

    def __init__(self, field: str | None, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(field, message)


class _Reader:
    """Reads the lines of a file, which may be anybody's."""

    def __init__(self, lines: BinaryIO, name: str, watch: Watch) -> None:
        self._lines = lines
        self._name = name
        self._watch = watch
        self._number = 0
        self._tree = Frontier.empty()

    def events(self) -> Iterator[StoredEvent]:
        """Yield the events, as many as the first line promises."""
        with self._named():
            size = self._first()
            leaves: list[bytes] = []
            for position in range(1, size + 1):
                event = _event(self._next())
                if event.position != position:
                    raise _Wrong("position", f"expected {position}, found {event.position}")
                leaves.append(event.leaf_hash)
                if len(leaves) == _AT_ONCE or position == size:
                    self._tree, _ = self._tree.extend(leaves)
                    leaves = []
                    self._watch(position, size)
                yield event

    def expect_end(self, _placed: Snapshot) -> None:
        """Compare the last line with the events; it comes after each of them was found right."""
        with self._named():
            self._end(self._tree)

    @contextmanager
    def _named(self) -> Generator[None]:
        try:
            yield
        except _Wrong as error:
            problem = Problem(self._name, self._number, error.field, error.message)
            raise InvalidExport(problem) from error

    def _first(self) -> int:
        value = _parsed(self._next())
        if value.get("format") != LAYOUT or value.get("header") != FORMAT:
            raise _Wrong("format", f"this is no log as `export log` writes it ({LAYOUT}, {FORMAT})")
        size = value.get("size")
        if type(size) is not int or size < 0 or len(value) > len(("format", "header", "size")):
            raise _Wrong("size", "a format, a header and a size are wanted")
        return size

    def _end(self, tree: Frontier) -> None:
        found = self._next()
        value = _parsed(found)
        expected = _last_line(tree.size, tree.root)
        if found != expected:
            stated = value.get("root")
            if stated != tree.root.hex():
                raise _Wrong("root", f"expected {tree.root.hex()}, found {str(stated)[:64]}")
            raise _Wrong(None, f"the last line is to be {expected.decode().strip()}")
        if self._lines.read(1):
            self._number += 1
            raise _Wrong(None, "nothing may follow the last line")

    def _next(self) -> bytes:
        self._number += 1
        found = self._lines.readline(MAX_LINE + 1)
        if len(found) > MAX_LINE:
            raise _Wrong(None, f"a line has at most {MAX_LINE:,} bytes")
        if not found:
            raise _Wrong(None, "the file ends too soon: it was cut off")
        if not found.endswith(b"\n"):
            raise _Wrong(None, "the file ends in the middle of a line: it was cut off")
        return found


def _event(given: bytes) -> StoredEvent:
    """Read a line, which has one spelling: so no field can be missing, unknown or there twice."""
    value = _parsed(given)
    _expect_fields(value)
    try:
        canonical(value)
    except OutsideDomain as error:
        raise _Wrong(error.path[1:100] or None, error.reason) from error
    for field in _HEXADECIMAL:
        if value[field] is not None:
            value[field] = _bytes(field, value[field])
    for field in _JSON:
        if value[field] is not None:
            value[field] = _part(field, value[field])
    value["subjects"] = tuple(value["subjects"])
    event = StoredEvent._make([value[field] for field in StoredEvent._fields])
    if (event.private is None) != (event.private_salt is None):
        raise _Wrong("private_salt", "a private part and its salt stand together")
    if line(event) != given:
        raise _Wrong(
            None,
            "this is not spelled as `export log` spells it: the same fields in the same order, "
            "each once, keys of `body` and `private` sorted, no spaces",
        )
    return event


def _parsed(given: bytes) -> dict[str, Any]:
    try:
        value: Any = orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise _Wrong(None, f"not JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(value, dict):
        raise _Wrong(None, "a JSON object is wanted")
    return cast(dict[str, Any], value)


def _expect_fields(value: dict[str, Any]) -> None:
    """Refuse other fields, and values of another type, which no database would take."""
    if value.keys() != _KINDS.keys():
        _refuse_fields(value)
    for field, (kind, wanted) in _KINDS.items():
        found: Any = value[field]
        if type(found) is not kind and not (found is None and field in _NULLABLE):
            raise _Wrong(field, wanted)
    for field in _NUMBERS:
        if not 1 <= value[field] <= _LARGEST:
            raise _Wrong(field, f"a number from 1 to {_LARGEST} is wanted")
    if not all(type(subject) is str for subject in value["subjects"]):
        raise _Wrong("subjects", _KINDS["subjects"][1])


def _refuse_fields(value: dict[str, Any]) -> NoReturn:
    if value.keys() == {"size", "root"}:
        raise _Wrong(None, "the last line stands here, and the first promises more events")
    if unknown := sorted(value.keys() - _KINDS.keys()):
        raise _Wrong(unknown[0][:40], "there is no such field")
    missing = next(name for name in _FIELDS if name not in value)
    raise _Wrong(missing, "this field is missing")


def _bytes(field: str, text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != HASH_SIZE:
        raise _Wrong(field, _KINDS[field][1])
    return value


def _part(field: str, value: Any) -> str:
    """Return a body or a private part, which canonical JSON can carry, as it was hashed."""
    written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if len(written) > MAX_BODY:
        raise _Wrong(field, f"{len(written):,} bytes are over the limit of {MAX_BODY:,}")
    return written.decode()

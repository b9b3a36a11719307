"""One spelling for every value that is hashed: canonical JSON, and reading it back.

RFC 8785 (JSON Canonicalization Scheme, JCS) says how numbers and strings are written (section
3.2.2) and sorts keys by their UTF-16 code units (section 3.2.3). orjson with sorted keys writes the
same, forty times as fast as a JCS library, except for floats, for integers that a double cannot
hold and for the order of keys that are not ASCII. So those are outside the domain, together with
text that two readers could take for two different things. Inside it are

- `dict` with ASCII `str` keys, `list` and `tuple` (both become arrays), at most 64 levels deep;
- `str` in Unicode's normal form NFC, without NUL (PostgreSQL's text cannot hold it) and without
  lone surrogates (UTF-8 cannot). Bidirectional control characters may stand;
- `int` from -(2**53 - 1) to 2**53 - 1 (RFC 7493, section 2.2), `bool` and `None`.

Types are meant exactly: the member of an enum, a named tuple or any other subclass is outside.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias, cast

import orjson

from ledger.errors import OutsideDomain

JsonValue: TypeAlias = (
    "dict[str, JsonValue] | list[JsonValue] | tuple[JsonValue, ...] | str | int | bool | None"
)
"""What canonical JSON is made of. `parse` returns lists, never tuples."""

MAX_DEPTH = 64
"""How many containers may stand one inside the other.

An event needs four or five. The bound keeps short every recursion over a value, here and in readers
written in other languages, whatever an import brings in.
"""

_LARGEST_INTEGER = 2**53 - 1
_CONTAINERS = frozenset({dict, list, tuple})
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BACKSLASH = ord("\\")
_is_nfc = partial(unicodedata.is_normalized, "NFC")
# To pyright, `type` of something that may be anything is itself unknown.
_type_of: Callable[[object], type[object]] = type
# The passthroughs make orjson raise where it would write something of its own devising. Enums,
# UUIDs, floats and orjson's fragments it writes all the same: hence `_is_plain`.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def canonical(value: JsonValue, *, typed: bool = False) -> bytes:
    """Return `value` as canonical JSON (RFC 8785) in UTF-8.

    Raises `OutsideDomain` for the first value, in the order given, that is outside the domain at
    the head of this module, with its JSON pointer (RFC 6901; "" is `value` itself). For a key that
    is outside, the pointer is that of its object.

    Pass `typed` where `is_typed` is known to hold and the depth to be small: texts are then judged
    all at once, and `value` is walked only if something may be wrong.
    """
    try:
        data = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        _refuse_what_is_outside(value, "", 0)
        raise OutsideDomain("", f"orjson refuses it: {error}") from error
    # A single byte is found by memchr; without one the slower search is not needed. It may find a
    # backslash that stands before "u0000" in the text: the walk then finds nothing.
    may_hold_nul = _BACKSLASH in data and b"\\u0000" in data
    # What is cut out of a text in NFC is in NFC too (UAX 15). The reverse does not hold: an accent
    # may join the "n" of an escaped newline before it.
    if typed and not may_hold_nul and (data.isascii() or _is_nfc(data.decode())):
        return data
    if may_hold_nul or not _is_plain((value,), 0, data.isascii()):
        _refuse_what_is_outside(value, "", 0)
    return data


def is_typed(value: Any) -> bool:
    """Whether types and keys are inside the domain; size, depth and texts are not judged."""
    kind = _type_of(value)
    if kind is str or kind is int or kind is bool or value is None:
        return True
    if kind is dict:
        for key in value:
            if _type_of(key) is not str or not key.isascii():
                return False
        value = value.values()
    elif kind is not tuple and kind is not list:
        return False
    for member in value:
        if _type_of(member) is str:  # most are, and a call takes longer than the question
            continue
        if not is_typed(member):
            return False
    return True


def parse(data: bytes) -> JsonValue:
    """Read JSON in UTF-8, spelled in any way, if `canonical` could have written its value.

    Raises `OutsideDomain` as `canonical` does; if `data` is malformed, with the pointer "" and a
    reason that begins with "not JSON: ". An integer beyond 64 bits arrives, and is refused, as a
    float. If a key is given twice, orjson keeps the last and does not tell: where that matters,
    compare `canonical(parse(data))` with `data`.
    """
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise OutsideDomain("", f"not JSON: {error}") from error
    canonical(value)
    return value


def _is_plain(container: Any, depth: int, ascii_only: bool) -> bool:
    """Whether all in `container` is inside the domain, provided that orjson accepted it.

    So keys are of type `str`, integers small, text without lone surrogates, and there are no
    cycles. `depth` counts the containers around; `ascii_only` says that text and keys are ASCII.
    """
    if _type_of(container) is dict:
        if not ascii_only and not "".join(container).isascii():
            return False
        container = container.values()
    for member in container:
        kind = _type_of(member)
        # Comparing is faster than looking up a set of types, and this loop is half of `canonical`.
        if kind is str:
            if ascii_only or member.isascii() or _is_nfc(member):
                continue
            return False
        if kind is int or member is None or kind is bool:
            continue
        if (
            kind not in _CONTAINERS
            or depth == MAX_DEPTH
            or not _is_plain(member, depth + 1, ascii_only)
        ):
            return False
    return True


def _refuse_what_is_outside(value: object, path: str, depth: int) -> None:
    """Walk `value` and raise `OutsideDomain` at the first place that is outside, if there is one.

    `depth` counts the containers around `value`.
    """
    kind = type(value)
    if kind in _CONTAINERS:
        if depth == MAX_DEPTH:
            raise OutsideDomain(path, f"nested deeper than {MAX_DEPTH} levels")
        if kind is dict:
            for key, member in cast("dict[object, object]", value).items():
                name = _checked_key(key, path)
                pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
                _refuse_what_is_outside(member, pointer, depth + 1)
        else:
            members = cast("list[object] | tuple[object, ...]", value)
            for index, member in enumerate(members):
                _refuse_what_is_outside(member, f"{path}/{index}", depth + 1)
        return
    reason = _what_is_wrong_with(value)
    if reason is not None:
        raise OutsideDomain(path, reason)


def _checked_key(key: object, path: str) -> str:
    """Return `key` if it may stand in the object at `path`."""
    if type(key) is not str:
        raise OutsideDomain(path, f"a key is of type {type(key).__name__}, not str")
    if not key.isascii():
        raise OutsideDomain(path, f"the key {key!a} is not ASCII")
    if "\0" in key:
        raise OutsideDomain(path, f"the key {key!a} contains NUL")
    return key


def _what_is_wrong_with(scalar: object) -> str | None:
    """Return why a value that is not a container is outside the domain, None if it is inside."""
    # Values are not repeated: they may be personal, or an integer too long to print.
    kind = type(scalar)
    if kind is str:
        return _what_is_wrong_with_text(cast("str", scalar))
    if kind is int:
        if abs(cast("int", scalar)) <= _LARGEST_INTEGER:
            return None
        return "an integer must lie between -(2**53 - 1) and 2**53 - 1; write it as a string"
    if kind is float:
        return "floats are written in more than one way; use an integer or a decimal string"
    if kind is bool or scalar is None:
        return None
    return f"the type {kind.__name__} is none of dict, list, tuple, str, int, bool and None"


def _what_is_wrong_with_text(text: str) -> str | None:
    if "\0" in text:
        return "the text contains NUL"
    if _LONE_SURROGATE.search(text):
        return "the text contains a lone surrogate, which UTF-8 cannot write"
    if not _is_nfc(text):
        return 'the text is not in Unicode normal form NFC; unicodedata.normalize("NFC", text) is'
    return None

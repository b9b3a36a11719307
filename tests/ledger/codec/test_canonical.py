"""What canonical JSON accepts, how it writes it, and where it says that something is wrong."""

import enum
import json
import unicodedata
import uuid
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.codec.canonical import MAX_DEPTH, JsonValue, canonical, is_typed, parse
from ledger.errors import OutsideDomain
from tests.json_strategies import json_keys, json_scalars, json_values

LARGEST = 2**53 - 1


class Colour(enum.Enum):
    """Written by orjson as its value."""

    RED = "red"


class Level(enum.StrEnum):
    """Equal to its text, yet not plain text."""

    MINISTERIAL = "ministerial"


class Rank(enum.IntEnum):
    """Equal to its number, yet not a plain integer."""

    FIRST = 1


class Word(str):
    """Text with a class of its own."""

    __slots__ = ()


class Pairs(dict[str, int]):
    """A mapping with a class of its own."""


@dataclass
class Card:
    """Written by orjson as an object, if it may."""

    name: str = "x"


Point = namedtuple("Point", "x y")  # noqa: PYI024  the untyped kind is a tuple as well


def as_read_back(value: JsonValue) -> JsonValue:
    """Lists for tuples, and keys in order."""
    if isinstance(value, dict):
        return {key: as_read_back(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [as_read_back(member) for member in value]
    return value


def nested(levels: int, wrap: Callable[[Any], Any]) -> Any:
    """A 1 inside so many containers."""
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


@given(json_values())
def test_is_rfc_8785(value: JsonValue) -> None:
    """Inside the domain the output is what a JCS library writes."""
    assert canonical(value) == rfc8785.dumps(value)


@given(json_values())
def test_reads_back_what_it_wrote(value: JsonValue) -> None:
    """`parse` gives the value back: tuples as lists, but never a 0 for a False."""
    # 0 == False, so the values alone would not tell.
    assert repr(parse(canonical(value))) == repr(as_read_back(value))


@given(json_values())
def test_reads_any_spelling(value: JsonValue) -> None:
    """Spaces and escapes in what is read leave no trace in what is written."""
    spelled_out = json.dumps(value, ensure_ascii=True, indent=1).encode()
    assert canonical(parse(spelled_out)) == canonical(value)


@given(
    st.dictionaries(json_keys(), json_scalars() | st.lists(json_scalars()), max_size=8),
    st.randoms(),
)
def test_order_of_keys_does_not_matter(value: dict[str, JsonValue], random: Any) -> None:
    """The same members in another order are the same bytes."""
    members = list(value.items())
    random.shuffle(members)
    assert canonical(dict(members)) == canonical(value)


OUTSIDE: list[tuple[str, Any, str, str]] = [
    ("a float", {"a": [0, 1.5]}, "/a/1", "float"),
    ("a float that is whole", {"a": 1.0}, "/a", "float"),
    ("minus zero", [-0.0], "/0", "float"),
    ("a large float", [1e300], "/0", "float"),
    ("not a number", {"a": None, "b": float("nan")}, "/b", "float"),
    ("infinity", [float("inf")], "/0", "float"),
    ("a float on top", 1.0, "", "float"),
    ("2**53", {"n": LARGEST + 1}, "/n", "integer"),
    ("-2**53", {"n": -LARGEST - 1}, "/n", "integer"),
    ("an integer too long to print", {"n": 10**5000}, "/n", "integer"),
    ("a decomposed accent", {"who": ["Gene\u0300ve"]}, "/who/0", "NFC"),
    ("a compatibility character", "\u212b", "", "NFC"),
    ("accents in another order", ["q\u0307\u0323"], "/0", "NFC"),
    ("an accent after an accent", ['"\u0344'], "/0", "NFC"),
    ("NUL", {"text": "a\0b"}, "/text", "NUL"),
    ("NUL after a backslash", {"text": "\\\0"}, "/text", "NUL"),
    ("a lone surrogate", {"text": "a\udc80"}, "/text", "surrogate"),
    ("a key that is an integer", {"a": {1: 2}}, "/a", "key is of type int"),
    ("a key that is None", {None: 2}, "", "key is of type NoneType"),
    ("a key that is a member of an enum", {Level.MINISTERIAL: 2}, "", "key is of type Level"),
    ("a key that is not ASCII", [{"caf\u00e9": 1}], "/0", r"'caf\xe9' is not ASCII"),
    ("a key with a lone surrogate", {"\ud800": 1}, "", r"'\ud800' is not ASCII"),
    ("a key with NUL", {"a\0": 1}, "", r"'a\x00' contains NUL"),
    ("a member of an enum", {"c": Colour.RED}, "/c", "type Colour"),
    ("a member of a string enum", {"c": Level.MINISTERIAL}, "/c", "type Level"),
    ("a member of an integer enum", {"c": Rank.FIRST}, "/c", "type Rank"),
    ("a subclass of str", [Word("x")], "/0", "type Word"),
    ("a subclass of dict", [Pairs(a=1)], "/0", "type Pairs"),
    ("a named tuple", [Point(1, 2)], "/0", "type Point"),
    ("a data class", [Card()], "/0", "type Card"),
    ("a UUID", [uuid.UUID(int=1)], "/0", "type UUID"),
    ("a day", [date(2026, 3, 12)], "/0", "type date"),
    ("a moment", [datetime(2026, 3, 12, tzinfo=UTC)], "/0", "type datetime"),
    ("ready-made JSON", [orjson.Fragment(b"1.0")], "/0", "type Fragment"),
    ("bytes", [b"x"], "/0", "type bytes"),
    ("a set", [{1}], "/0", "type set"),
    ("a decimal", [Decimal(1)], "/0", "type Decimal"),
    ("a pointer with both escapes", {"a/b": {"c~d": 1.0}}, "/a~1b/c~0d", "float"),
    ("a second offence", {"b": 1.0, "a": b""}, "/b", "float"),
]


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [row[1:] for row in OUTSIDE],
    ids=[row[0] for row in OUTSIDE],
)
def test_refuses_what_is_outside_and_says_where(value: Any, path: str, reason: str) -> None:
    """A value outside the domain is refused with its pointer and a reason."""
    with pytest.raises(OutsideDomain) as refused:
        canonical(value)
    assert refused.value.path == path
    assert reason in refused.value.reason


def is_inside(value: Any, depth: int = 0) -> bool:
    """The domain once more, as plainly as it can be said."""
    if type(value) is str:
        return (
            "\0" not in value
            and not any(unicodedata.category(character) == "Cs" for character in value)
            and unicodedata.normalize("NFC", value) == value
        )
    if type(value) in {dict, list, tuple}:
        members = value.values() if type(value) is dict else value
        keys = value if type(value) is dict else ()
        return (
            depth < 64
            and all(type(key) is str and key.isascii() and "\0" not in key for key in keys)
            and all(is_inside(member, depth + 1) for member in members)
        )
    return value is None or type(value) is bool or (type(value) is int and abs(value) < 2**53)


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(LARGEST - 2, LARGEST + 2),
        st.floats(),
        st.text(),
        st.text('n\n\\"u0e\0\u0301\u0323\u00e9\u1100\u1161\u11a8\ud800', max_size=8),
        st.sampled_from([Colour.RED, Level.MINISTERIAL, Rank.FIRST, uuid.UUID(int=1)]),
    ),
    lambda members: st.one_of(
        st.lists(members, max_size=4),
        st.tuples(members, members),
        st.dictionaries(st.text("ab\0\u00e9", max_size=2) | st.integers(0, 1), members, max_size=3),
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_accepts_the_domain_and_nothing_else(value: Any) -> None:
    """Whatever arrives, the quick way and the domain as written down agree on it."""
    try:
        data = canonical(value)
    except OutsideDomain:
        assert not is_inside(value)
    else:
        assert is_inside(value)
        assert data == rfc8785.dumps(value)


def outcome(value: Any, *, typed: bool) -> bytes | tuple[str, str]:
    """What was written, or where and why nothing was."""
    try:
        return canonical(value, typed=typed)
    except OutsideDomain as refused:
        return refused.path, refused.reason


@given(ANYTHING)
def test_texts_judged_at_once_are_judged_alike(value: Any) -> None:
    """Of what has the right types, the same is refused, or the same written, without a walk."""
    assume(is_typed(value))
    assert outcome(value, typed=True) == outcome(value, typed=False)


@given(json_values())
def test_all_of_the_domain_is_of_its_types(value: JsonValue) -> None:
    """What canonical JSON can carry has the types that it can carry, and is written alike."""
    assert is_typed(value)
    assert canonical(value, typed=True) == canonical(value)


@pytest.mark.parametrize(
    ("value", "reason"), [row[1::2] for row in OUTSIDE], ids=[row[0] for row in OUTSIDE]
)
def test_types_tell_all_but_sizes_and_texts(value: Any, reason: str) -> None:
    """Only a large integer and a text can be wrong where types are right; then they are found."""
    judged_later = {"integer", "NFC", "NUL", "surrogate", r"'a\x00' contains NUL"}
    assert is_typed(value) == (reason in judged_later)
    assert not isinstance(outcome(value, typed=is_typed(value)), bytes)


@pytest.mark.parametrize("text", ["\n\u0301", '"\u0301', "\\u0000", "\\\\u0000", "\u202b\u2067"])
def test_accepts_text_that_only_looks_wrong_when_escaped(text: str) -> None:
    """A newline before an accent, "u0000" spelled out and bidirectional controls are in order."""
    assert canonical([text]) == canonical([text], typed=True) == rfc8785.dumps([text])


@pytest.mark.parametrize(
    ("wrap", "step"), [(lambda value: [value], "/0"), (lambda value: {"a": value}, "/a")]
)
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 200, 300, 100_000])
def test_bounds_the_depth(wrap: Callable[[Any], Any], step: str, levels: int) -> None:
    """64 levels are accepted; of more, the 65th is named, however many follow."""
    deepest = nested(MAX_DEPTH, wrap)
    assert parse(canonical(deepest)) == deepest
    with pytest.raises(OutsideDomain) as refused:
        canonical(nested(levels, wrap))
    assert refused.value.path == step * MAX_DEPTH
    assert "64 levels" in refused.value.reason


def test_refuses_a_cycle() -> None:
    """A list that contains itself is too deep, even if it does so twice."""
    value: list[JsonValue] = []
    value += [value, value]
    with pytest.raises(OutsideDomain, match="64 levels"):
        canonical(value)


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"", "", "not JSON: "),
        (b"[1,2,]", "", "not JSON: "),
        (b'{"a":1} x', "", "not JSON: "),
        (b"NaN", "", "not JSON: "),
        (b'"\\ud800"', "", "not JSON: "),
        (b'"\xff"', "", "not JSON: "),
        (b"\xef\xbb\xbf1", "", "not JSON: "),
        (b"[" * 5000 + b"]" * 5000, "", "not JSON: "),
        (b"[" * 65 + b"]" * 65, "/0" * 64, "64 levels"),
        (b'{"a":[1.0]}', "/a/0", "float"),
        (b"[1e3]", "/0", "float"),
        (b"[9007199254740992]", "/0", "integer"),
        (b"[18446744073709551616]", "/0", "float"),
        (b'{"a":"\\u0000"}', "/a", "NUL"),
        (b'{"a":"e\\u0301"}', "/a", "NFC"),
        (b'{"\\u00e9":1}', "", "not ASCII"),
    ],
)
def test_reads_nothing_from_outside(data: bytes, path: str, reason: str) -> None:
    """Bytes that are not JSON, or JSON that is not in the domain, are refused with the place."""
    with pytest.raises(OutsideDomain) as refused:
        parse(data)
    assert refused.value.path == path
    assert reason in refused.value.reason


def test_a_repeated_key_shows_when_written_again() -> None:
    """A key given twice is read as the last; comparing with the canonical bytes reveals it."""
    data = b'{"a":1,"a":2}'
    assert parse(data) == {"a": 2}
    assert canonical(parse(data)) != data

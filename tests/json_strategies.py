"""Hypothesis strategies for the JSON that may be hashed."""

import string
import unicodedata

from hypothesis import strategies as st

from ledger.codec.canonical import JsonValue

# What a codec stumbles over: accents on their own and on letters, Hangul in parts, both directions
# and their controls, characters beyond the BMP, everything that JSON escapes, "u0000" as mere text.
_AWKWARD = (
    "e\u0301",
    "\u00e9",
    "\u0301",
    "\n\u0301",
    '"\u0301',
    "\\\u0301",
    "\u1112\u1161\u11ab",
    "\u0627\u0644\u0648\u0641\u062f",
    "\u202b\u2067\u200f",
    "\U0001f1f0\U0001f1ea",
    "\\u0000",
    "\x7f\u2028\ufeff",
    "\t\n\r\b\f\x01/<>&",
    "1.5",
    "null",
)


def json_texts() -> st.SearchStrategy[str]:
    """Text in NFC without NUL or lone surrogates, often of the awkward kind."""
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    pieces = st.one_of(characters, st.sampled_from(_AWKWARD))
    return st.lists(pieces, max_size=12).map(
        lambda some: unicodedata.normalize("NFC", "".join(some))
    )


def json_keys() -> st.SearchStrategy[str]:
    """ASCII text without NUL, often like a field's name."""
    names = st.text(string.ascii_lowercase + "_", min_size=1, max_size=10)
    return names | st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=6)


def json_scalars() -> st.SearchStrategy[str | int | bool | None]:
    """Values without members."""
    largest = 2**53 - 1
    edges = st.sampled_from([0, -1, largest, -largest])
    return st.none() | st.booleans() | st.integers(-largest, largest) | edges | json_texts()


def json_values() -> st.SearchStrategy[JsonValue]:
    """Every kind of value that has a canonical form, tuples included."""
    scalars: st.SearchStrategy[JsonValue] = json_scalars()
    return st.recursive(scalars, _containers_of, max_leaves=25)


def _containers_of(members: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    lists = st.lists(members, max_size=5)
    return st.one_of(lists, lists.map(tuple), st.dictionaries(json_keys(), members, max_size=5))

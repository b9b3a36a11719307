"""Any event that can be recorded, for property tests: read off the fields of its class.

    @given(events())
    def test_it_reads_back(event): ...

Nothing here knows an event type, so a new one needs nothing here. Identifiers are often from a
handful, and dates often near, so that events drawn together speak of the same things. Texts are
often awkward: both writing directions and their controls, marks on their own, emoji.
"""

from __future__ import annotations

import re
import string
import types
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from operator import itemgetter
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic.fields import FieldInfo

from ledger.codec.declare import declaration_of, declarations
from ledger.codec.meaning import HOLDS_EVENT
from ledger.events.base import Date, Event, OneDay

_MORE_CHARACTERS: Final = 20  # than the fewest that a text may have
_MORE_MEMBERS: Final = 3

# Letters with and without their marks, Hangul in parts, Arabic and the controls of direction, what
# JSON escapes, characters beyond the BMP, one that NFC makes three of, spaces that stripping takes.
_AWKWARD: Final = (
    "ae\u0301\u00e9\u1112\u1161\u11ab\u0627\u0644\u0648\u0641\u062f\u064b"
    '\u200e\u200f\u202a\u202e\u2066\u2067\u2069"\\/<&\x01\x7f\u2028\ufeff'
    "\U0001f1f0\U0001f1ea\U0001f468\u200d\ufb2c \t\n\u00a0"
)
_characters = st.sampled_from(_AWKWARD) | st.characters(codec="utf-8", exclude_characters="\0")
_ascii: Final = st.sampled_from(string.ascii_letters + string.digits + " -_./~")
# Where a pattern allows some of these, its texts are often drawn from them.
_NAMES: Final = ("lakes", "lakes-1", "pk", "ke", "note.17", "en", "ar", "fr-CA", "draft", "Rev.1")


def events(*types: type[Event]) -> SearchStrategy[Event]:
    """Events of these types, or of every type that is declared now; each can be recorded.

    The target of a directive is a random id; its replacement is any event that is no directive.
    """
    models = types or tuple(declared.model for declared in declarations())
    return st.one_of([_recordable(model) for model in models])


def days() -> SearchStrategy[str]:
    """Dates in EDTF of what falls on one day: days, months, years, windows; some qualified."""
    return st.one_of(
        st.builds(str.__add__, _precise(), st.sampled_from(("", "?", "~", "%"))),
        _ordered().map(lambda ends: f"[{ends[0]}..{ends[1]}]"),
        _precise().map("[{}..]".format),
        _precise().map("[..{}]".format),
    )


def dates() -> SearchStrategy[str]:
    """Dates in EDTF of every kind: those of `days`, and intervals, closed or open."""
    return st.one_of(
        days(),
        _ordered().map("/".join),
        _precise().map("{}/..".format),
        _precise().map("../{}".format),
        _precise().map("{}/".format),
    )


def _precise() -> SearchStrategy[str]:
    day, month, year = 10, 7, 4  # characters
    return st.one_of([_near_or_far().map(itemgetter(slice(n))) for n in (day, month, year)])


def _ordered() -> SearchStrategy[list[str]]:
    return st.tuples(_near_or_far(), _near_or_far()).map(sorted)


def _near_or_far() -> SearchStrategy[str]:
    return (st.dates(date(2016, 4, 14), date(2016, 5, 2)) | st.dates()).map(date.isoformat)


def _recordable(model: type[Event]) -> SearchStrategy[Event]:
    """Events of one class that have a stream, or need none."""
    gives_stream = declaration_of(model).stream

    def has_stream(event: Event) -> bool:
        return not gives_stream or any(getattr(event, name) is not None for name in gives_stream)

    return _instances(model, has_stream)


def _instances(model: type[Any], suits: Callable[[Any], bool] = bool) -> SearchStrategy[Any]:
    """Instances of a class that its own validators accept, and that suit."""
    required: dict[str, SearchStrategy[Any]] = {}
    optional: dict[str, SearchStrategy[Any]] = {}
    hints = get_type_hints(model, include_extras=True)
    for name, info in cast("dict[str, FieldInfo]", model.model_fields).items():
        kind = required if info.is_required() else optional
        kind[name] = _values(hints[name], info.metadata)
    fields = st.fixed_dictionaries(required, optional=optional)

    @st.composite
    def instances(draw: st.DrawFn) -> Any:
        given = draw(fields)
        # Fields that ask for or exclude one another: one more, or one less, sets most of it right.
        for name in ("", *optional):
            attempt = {key: value for key, value in given.items() if key != name}
            if name in optional and name not in given:
                attempt[name] = draw(optional[name])
            try:
                built = model.model_validate(attempt)
            except ValidationError:
                continue
            if suits(built):
                return built
        return reject()

    return instances()


def _values(
    hint: Any, limits: Sequence[Any] = (), characters: SearchStrategy[str] = _characters
) -> SearchStrategy[Any]:
    """Values of a field's type, within the limits put on it."""
    arguments = get_args(hint)
    least = _limit(limits, "min_length", 0)
    most = min(_limit(limits, "max_length", 2**16), least + _MORE_MEMBERS)
    size = {"min_size": least, "max_size": most}
    values: SearchStrategy[Any]
    match get_origin(hint):
        case kind if kind is Annotated:
            values = _annotated_values(hint, limits, characters)
        case kind if kind is Literal:
            values = st.sampled_from(arguments)
        case kind if kind in (Union, types.UnionType):
            # None is what a field is that is left out; the codec knows no other.
            some = [argument for argument in arguments if argument is not types.NoneType]
            values = st.one_of([_values(argument, limits, characters) for argument in some])
        case kind if kind is dict:
            keys = _values(arguments[0], characters=_ascii)  # as canonical JSON wants them
            values = st.dictionaries(keys, _values(arguments[1]), **size)
        case kind if kind is tuple and arguments[-1] is not Ellipsis:
            values = st.tuples(*(_values(argument) for argument in arguments))
        case kind if kind in (tuple, list):
            values = st.lists(_values(arguments[0]), **size).map(cast("type[Any]", kind))
        case _ if hint is str:
            values = _texts(limits, characters)
        case _ if hint is int:
            above, below = _limit(limits, "gt", -(2**53)), _limit(limits, "lt", 2**53)
            values = st.integers(_limit(limits, "ge", above + 1), _limit(limits, "le", below - 1))
        case _ if isinstance(hint, type) and issubclass(hint, BaseModel):
            values = _instances(hint)
        case _:
            values = st.from_type(cast("type[object]", hint))
    return values


def _annotated_values(
    hint: Any, limits: Sequence[Any], characters: SearchStrategy[str]
) -> SearchStrategy[Any]:
    """Values of an `Annotated` type: what its marks say is a date, an event, or has limits."""
    if hint in (Date, OneDay):
        return days() if hint == OneDay else dates()
    plain, *marks = get_args(hint)
    if HOLDS_EVENT in marks:
        return st.deferred(_facts)
    for mark in marks:
        limits = [*limits, *(mark.metadata if isinstance(mark, FieldInfo) else [mark])]
    return _values(plain, limits, characters)


def _texts(limits: Sequence[Any], characters: SearchStrategy[str]) -> SearchStrategy[str]:
    """Texts of some length, or of some pattern."""
    least, most = _limit(limits, "min_length", 0), _limit(limits, "max_length", 2**16)
    pattern: str | None = _limit(limits, "pattern", None)
    if pattern is None:
        texts = st.text(characters, min_size=least, max_size=min(most, least + _MORE_CHARACTERS))
        long_enough = texts.filter(lambda text: len(text.strip()) >= least)
        if any(isinstance(limit, BeforeValidator) for limit in limits):
            return long_enough
        # Nothing normalises it before it is judged, and what is not normal cannot be recorded.
        return long_enough.filter(lambda text: unicodedata.is_normalized("NFC", text))
    texts = st.from_regex(pattern, fullmatch=True).filter(lambda t: least <= len(t) <= most)
    names = [name for name in _NAMES if re.fullmatch(pattern, name)]
    return st.sampled_from(names) | texts if names else texts


def _facts() -> SearchStrategy[Event]:
    """Events that are no directives."""
    return events(*(declared.model for declared in declarations() if declared.stream))


def _limit(limits: Sequence[Any], name: str, default: Any) -> Any:
    """Return the limit of a name, whichever of the marks on a type sets it."""
    found = (getattr(limit, name, None) for limit in limits)
    return next((value for value in found if value is not None), default)

"""An event taken apart, in one pass: its body, its private texts, its subjects.

This is the largest part of writing an event. So each class gets a function of its own, put down
field by field from its meaning and compiled, as `dataclasses` puts down an `__init__`: that takes a
third of the time of loops over the meaning. For `AttendanceRecorded` it begins

    def take_apart(model, texts, subjects):
        values = model.__dict__
        data = {}
        value = values['source']
        if value is not None:
            data['source'] = take_source(value, texts, subjects)
        value = values['meeting']
        if value is not None:
            if type(value) is not str: refuse(value, '/meeting')
            data['meeting'] = value
            subjects.add('meeting:' + value)

`model_dump` and `subjects_in` say the same in other words, and the tests compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NoReturn, TypeAlias, cast

from pydantic import BaseModel

from ledger.codec.canonical import canonical, is_typed
from ledger.codec.declare import declaration_of
from ledger.codec.meaning import Meaning
from ledger.errors import OutsideDomain

TakeApart: TypeAlias = Callable[[Any, dict[str, Any], set[str]], dict[str, Any]]
"""Return a model's JSON; add its private texts, by JSON pointer, and its subjects to the others'.

The JSON is without defaults, and null stands in it where a private text was. It is typed in the
sense of `ledger.codec.canonical` where the model's `Meaning` says so.
"""


@cache
def taking_apart(model: type[BaseModel], at: str = "") -> TakeApart:
    """Return the function that takes events of a declared class apart, at a JSON pointer."""
    return _compiled(declaration_of(model).meaning, at, model.__name__)


def _compiled(meaning: Meaning, at: str, name: str) -> TakeApart:
    known: dict[str, Any] = {"refuse": _refuse, "is_typed": is_typed, "hold": _hold}
    known["others"] = meaning.others
    known |= {f"default_{field}": default for field, default in meaning.defaults.items()}
    for field, inner in meaning.nested.items():
        known[f"take_{field}"] = _compiled(inner, f"{at}/{field}", f"{name}.{field}")
    source = "\n    ".join(_lines(meaning, at))
    # Nothing from outside the program is in it: only the names that a class gives its fields.
    exec(compile(source, f"<taking {name} apart>", "exec"), known)  # noqa: S102
    return cast(TakeApart, known["take_apart"])


def _lines(meaning: Meaning, at: str) -> Iterator[str]:
    """Yield the lines of the function for a class."""
    yield "def take_apart(model, texts, subjects):"
    yield "values = model.__dict__"
    yield "data = {}"
    for name in meaning.fields:
        if name not in meaning.others:
            yield from _lines_of(name, meaning, f"{at}/{name}")
    if meaning.others:
        yield "data |= model.model_dump(mode='json', exclude_defaults=True, include=others)"
        for name in meaning.others & meaning.identifiers.keys():
            yield f"value = data.get({name!r})"
            yield "if value is not None:"
            yield f"    {_speaking_of(name, meaning)}"
    yield "return data"


def _lines_of(name: str, meaning: Meaning, place: str) -> Iterator[str]:
    """Yield what is done with the value of one field."""
    unless_default = f" and value != default_{name}" if name in meaning.defaults else ""
    yield f"value = values[{name!r}]"
    yield f"if value is not None{unless_default}:"
    if name in meaning.texts:
        yield f"    if type(value) is not str: refuse(value, {place!r})"
    elif name in meaning.plain:
        yield f"    if not is_typed(value): refuse(value, {place!r})"
    if name in meaning.nested:
        written = f"take_{name}(value, texts, subjects)"
    elif name in meaning.events:
        written = f"hold(value, {place!r}, texts, subjects)"
    elif name not in meaning.private:
        written = "value"
    elif name in meaning.texts:
        yield f"    texts[{place!r}] = value"
        written = "None"
    else:
        yield f"    for key, text in value.items(): texts[{place + '/'!r} + key] = text"
        written = "dict.fromkeys(value)"
    yield f"    data[{name!r}] = {written}"
    if name in meaning.identifiers:
        yield f"    {_speaking_of(name, meaning)}"


def _speaking_of(name: str, meaning: Meaning) -> str:
    """Return how the identifiers in a field become subjects."""
    kind = meaning.identifiers[name]
    prefix = "" if kind is None else f"{kind}:"
    if name in meaning.single:
        return f"subjects.add({prefix!r} + value)"
    return f"subjects.update([{prefix!r} + one for one in value])"


def _hold(event: BaseModel, at: str, texts: dict[str, Any], subjects: set[str]) -> dict[str, Any]:
    """Take apart an event that another one holds."""
    declared = declaration_of(type(event))
    data = taking_apart(type(event), f"{at}/event")(event, texts, subjects)
    return {"type": declared.name, "schema_version": declared.version, "event": data}


def _refuse(value: Any, at: str) -> NoReturn:
    """Say what is wrong with a value that is not of its field's type: nothing validated it."""
    try:
        canonical(value)
    except OutsideDomain as outside:
        raise OutsideDomain(at + outside.path, outside.reason) from None
    raise OutsideDomain(at, f"the field was not declared to hold a {type(value).__name__}")

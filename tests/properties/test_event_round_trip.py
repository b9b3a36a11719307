"""Every event that can be recorded is read back as it was; what is private stands apart."""

import inspect
import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from ledger.codec.declare import Declaration, declaration, declaration_of, declarations
from ledger.codec.meaning import HOLDS_EVENT, PRIVATE, Meaning, subjects_in
from ledger.codec.stored import ERASED, Encoded, decode, encode, header
from ledger.events import Event
from ledger.testing import events

OF_TYPE = {declared.name: events(declared.model) for declared in declarations()}
"""A strategy for each type, made once: reading a class's fields takes a while."""
ANY_EVENT = st.one_of(list(OF_TYPE.values()))

per_type = settings(max_examples=settings().max_examples // 3)
thorough = settings(max_examples=settings().max_examples * 2)


def read_back(stored: Encoded, *, erased: bool = False) -> Event:
    """Decode what `encode` wrote, with its private part or after that was erased."""
    private = None if erased else stored.private
    event = decode(
        stored.type, stored.schema_version, stored.body, private, missing=ERASED if erased else None
    )
    assert isinstance(event, Event)
    return event


def parts(hint: Any) -> Iterator[Any]:
    """Give a type, all that it is made of and all its marks."""
    yield hint
    for argument in get_args(hint):
        yield from parts(argument)


def private_places(model: type[BaseModel], data: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    """Give every place of a private text in an event's JSON, as a container and a key.

    Found by walking the types of the fields, not by what the codec knows of them.
    """
    hints = get_type_hints(model, include_extras=True)
    for name, value in data.items():
        inside = list(parts(hints[name]))
        models = [p for p in inside if inspect.isclass(p) and issubclass(p, BaseModel)]
        if value is None:
            continue
        if any(part is PRIVATE for part in inside):
            yield from (
                [(value, key) for key in value] if isinstance(value, dict) else [(data, name)]
            )
        elif any(part is HOLDS_EVENT for part in inside):
            yield from private_places(declaration(value["type"]).model, value["event"])
        elif models:
            for held in value if isinstance(value, list) else [value]:
                yield from private_places(models[0], held)


def with_private_texts(event: Event, wording: str) -> tuple[Event, list[str]]:
    """Put a text of its own, or one and the same, in each private place of an event."""
    data = event.model_dump(mode="json")
    texts = []
    for number, (container, key) in enumerate(private_places(type(event), data)):
        container[key] = wording.format(number)
        texts.append(container[key])
    return type(event).model_validate(data), texts


@pytest.mark.parametrize("declared", declarations(), ids=lambda declared: declared.name)
@per_type
@given(data=st.data())
def test_an_event_reads_back(declared: Declaration, data: st.DataObject) -> None:
    """Encoding an event and decoding it gives an equal event, for every type there is."""
    event = data.draw(OF_TYPE[declared.name])
    stored = encode(event)
    assert (stored.type, stored.schema_version) == (declared.name, declared.version)
    assert read_back(stored) == event


@thorough
@given(ANY_EVENT)
def test_an_event_has_one_spelling(event: Event) -> None:
    """Body and private part are what RFC 8785 makes of them, and stay so when read and written."""
    stored = encode(event)
    assert rfc8785.dumps(json.loads(stored.body)) == stored.body
    if stored.private is not None:
        assert rfc8785.dumps(json.loads(stored.private)) == stored.private
    assert encode(read_back(stored)) == stored


def subjects(data: dict[str, Any], meaning: Meaning) -> set[str]:
    """Give the subjects of a body, and of what it holds, by looking them up one by one."""
    found = set(subjects_in(data, meaning))
    for name in meaning.events & data.keys():
        held = data[name]
        found |= subjects(held["event"], declaration(held["type"]).meaning)
    return found


@thorough
@given(ANY_EVENT)
def test_a_body_is_what_pydantic_and_the_meaning_say(event: Event) -> None:
    """With its private texts put back, a body is the event's dump; its identifiers are subjects."""
    stored = encode(event)
    data = json.loads(stored.body)
    assert stored.subjects == tuple(sorted(subjects(data, declaration_of(type(event)).meaning)))
    for pointer, text in json.loads(stored.private or b"{}").items():
        *path, last = pointer.split("/")[1:]
        place = data
        for step in path:
            place = place[step]
        assert place[last] is None
        place[last] = text
    assert data == json.loads(event.model_dump_json(exclude_defaults=True))


@thorough
@given(ANY_EVENT)
def test_private_texts_stand_in_the_private_part_alone(event: Event) -> None:
    """No private text is in the body, and the private part holds them all and nothing else."""
    marked, texts = with_private_texts(event, "⟦secret {}⟧")
    stored = encode(marked)
    assert "⟦secret" not in stored.body.decode()
    held = json.loads(stored.private) if stored.private is not None else {}
    assert sorted(held.values()) == sorted(texts)


@thorough
@given(ANY_EVENT)
def test_an_erased_event_says_so_in_the_private_places_alone(event: Event) -> None:
    """Without its private part an event is still valid, and `erased` just where that had a text."""
    erased, texts = with_private_texts(event, ERASED)
    stored = encode(event)
    read = read_back(stored, erased=stored.private is not None)
    assert read == erased
    assert (stored.private is not None) == bool(texts)
    assert encode(read).body == stored.body


@given(ANY_EVENT)
def test_an_event_goes_to_the_stream_of_its_own_identifier(event: Event) -> None:
    """A stream is a kind and an identifier that is among the subjects; a directive has none yet."""
    stored = encode(event)
    if not declaration_of(type(event)).stream:
        assert stored.stream is None
    else:
        assert stored.stream is not None
        assert stored.stream.replace("-", ":", 1) in stored.subjects


_hash = st.binary(min_size=32, max_size=32)
_word = st.sampled_from(["", "a", "b", "ab", "\u0627", "1", '"', ","])
_headers = st.fixed_dictionaries(
    {
        "position": st.integers(1, 3),
        "batch": st.integers(1, 3),
        "event_id": _word,
        "stream": _word,
        "version": st.integers(1, 3),
        "type_name": _word,
        "schema_version": st.integers(1, 3),
        "recorded_at": _word,
        "valid": st.none() | _word,
        "actor": _word,
        "causation": st.none() | _word,
        "body_hash": _hash,
        "private_hash": st.none() | _hash,
    }
)


@given(_headers, st.randoms())
def test_a_header_is_its_fields_and_nothing_else(fields: dict[str, Any], random: Any) -> None:
    """The same fields give the same canonical bytes, in whatever order they are named."""
    shuffled = list(fields.items())
    random.shuffle(shuffled)
    written = header(**fields)
    assert header(**dict(shuffled)) == written
    assert rfc8785.dumps(json.loads(written)) == written
    private = fields["private_hash"]
    assert json.loads(written) == {
        "format": "proceedings/1",
        **{name: value for name, value in fields.items() if name != "type_name"},
        "type": fields["type_name"],
        "body_hash": fields["body_hash"].hex(),
        "private_hash": None if private is None else private.hex(),
    }


@given(_headers, st.data())
def test_headers_of_two_events_differ(fields: dict[str, Any], data: st.DataObject) -> None:
    """Change any one field, and the header is another: no two places share a leaf."""
    name = data.draw(st.sampled_from(sorted(fields)))
    other = {**fields, name: data.draw(_headers)[name]}
    assert (header(**other) == header(**fields)) == (other == fields)

"""An event is taken apart as pydantic and its meaning say, whatever kinds of field it has."""

import enum
import json
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, PlainSerializer

from ledger.codec.declare import declare
from ledger.codec.stored import Encoded, decode, encode
from ledger.errors import OutsideDomain
from ledger.events import (
    AttendanceRecorded,
    Event,
    EventCorrected,
    EventRetracted,
    MeetingConvened,
    PartyRegistered,
    Person,
    PositionAdopted,
    Source,
    StatementDelivered,
)
from ledger.events.base import Model, PartyId, PrivateText, PrivateTexts, Text

TARGET = "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10"


class Chair(Model):
    """A model without marks."""

    number: int = 1
    upholstered: bool = True


class Table(Event):
    """An event with every kind of field, most with a default that is not None."""

    party: PartyId
    shape: Literal["round", "square"] = "round"
    seats: int = 12
    laid: bool = True
    guests: tuple[PartyId, ...] = ("ke",)
    names: dict[str, Text] = {"en": "table"}  # noqa: RUF012 - pydantic copies a default
    chair: Chair = Chair()
    chairs: tuple[Chair, ...] = ()
    dinner: date | None = None
    shouted: Annotated[str, PlainSerializer(str.upper)] = "no"
    either: Chair | Literal["stool"] = "stool"
    hosts: Annotated[tuple[PartyId, ...], PlainSerializer(list)] = ()
    menu: PrivateText = "soup"
    toasts: PrivateTexts = Field(default_factory=dict)
    head: Person | None = None


@pytest.fixture(autouse=True)
def table(toy_types: None) -> None:  # noqa: ARG001 - only so that it comes first
    """Declare `table-laid`."""
    declare("table-laid", stream="party")(Table)


def body(event: BaseModel) -> Any:
    """Give the body of an event as plain JSON."""
    return json.loads(encode(event).body)


def read_back(stored: Encoded) -> Any:
    """Decode what was encoded."""
    return decode(stored.type, stored.schema_version, stored.body, stored.private)


def test_what_equals_its_default_is_left_out() -> None:
    """A value need not be the default's own object to be no news."""
    as_ever = Table(
        party="ke",
        seats=12,
        guests=("k" + "e",),
        names={"en": "table"},
        chair=Chair(number=1),
        menu="soup",
    )
    assert body(as_ever) == {"party": "ke"}
    assert encode(as_ever) == encode(Table(party="ke"))


def test_every_kind_of_field_is_written() -> None:
    """Numbers, nothing, False, lists, mappings, models in models, and what only pydantic writes."""
    event = Table(
        party="ke",
        shape="square",
        seats=0,
        laid=False,
        guests=(),
        names={},
        chair=Chair(number=2),
        chairs=(Chair(), Chair(upholstered=False)),
        dinner=date(2026, 3, 12),
        shouted="yes",
        either=Chair(number=3),
        hosts=("dj", "ug"),
        menu="fish",
        toasts={"en": "To peace."},
        head=Person(name="A. N. Other"),
    )
    stored = encode(event)
    assert json.loads(stored.body) == {
        "party": "ke",
        "shape": "square",
        "seats": 0,
        "laid": False,
        "guests": [],
        "names": {},
        "chair": {"number": 2},
        "chairs": [{}, {"upholstered": False}],
        "dinner": "2026-03-12",
        "shouted": "YES",
        "either": {"number": 3},
        "hosts": ["dj", "ug"],
        "menu": None,
        "toasts": {"en": None},
        "head": {"name": None},
    }
    assert stored.private is not None
    assert json.loads(stored.private) == {
        "/menu": "fish",
        "/toasts/en": "To peace.",
        "/head/name": "A. N. Other",
    }
    assert stored.subjects == ("party:dj", "party:ke", "party:ug")
    assert read_back(stored) == event.model_copy(update={"shouted": "YES"})


def test_what_an_event_holds_in_memory_stays_as_it_is() -> None:
    """Taking apart changes neither the event nor the lists and mappings in it."""
    event = Table(party="ke", toasts={"en": "To peace."}, names={"fr": "table"})
    before = event.model_copy(deep=True)
    assert encode(event) == encode(event)
    assert event == before


def test_replacements_are_taken_apart_where_they_stand() -> None:
    """An event in an event in an event has its subjects, and its private texts at their places."""
    inner = StatementDelivered(
        meeting="lakes-1",
        statement="s",
        speaker="ke",
        summaries={"en": "Hear, hear."},
        source=Source(document="note-17", quote="hear"),
    )
    outer = EventCorrected(
        target=TARGET, replacement=EventCorrected(target=TARGET, replacement=inner)
    )
    stored = encode(outer)
    assert stored.subjects == (
        "document:note-17",
        f"event:{TARGET}",
        "meeting:lakes-1",
        "party:ke",
        "statement:s",
    )
    assert stored.private is not None
    assert set(json.loads(stored.private)) == {
        "/replacement/event/replacement/event/source/quote",
        "/replacement/event/replacement/event/summaries/en",
    }
    assert read_back(stored) == outer


def test_replacements_do_not_nest_beyond_measure() -> None:
    """Corrections of corrections are refused where their JSON is too deep for some reader."""
    event: Event = EventRetracted(target=TARGET)
    for _ in range(40):
        event = EventCorrected(target=TARGET, replacement=event)
    with pytest.raises(OutsideDomain, match="64 levels"):
        encode(event)


# ------------------------------------------------------------- what pydantic did not look at


class Named(enum.StrEnum):
    """Equal to a text."""

    KENYA = "ke"
    MEMBER = "member"


class Counted(enum.IntEnum):
    """Equal to a number."""

    FIRST = 1


class Word(str):
    """Text with a class of its own."""

    __slots__ = ()


def test_texts_and_numbers_of_other_classes_are_taken_as_plain_ones() -> None:
    """A member of an enum, or a text with a class of its own, is kept as its equal."""
    plain = AttendanceRecorded(meeting="m", party="ke", capacity="member", as_written="Kenya")
    named = AttendanceRecorded.model_validate(
        {
            "meeting": Word("m"),
            "party": Named.KENYA,
            "capacity": Named.MEMBER,
            "as_written": Word("Kenya"),
        }
    )
    assert encode(named) == encode(plain)
    counted = MeetingConvened(meeting="m", number=Counted.FIRST)
    assert encode(counted) == encode(MeetingConvened(meeting="m", number=1))


@pytest.mark.parametrize(
    ("event", "update", "path", "reason"),
    [
        (MeetingConvened(meeting="m"), {"number": 1.5}, "/number", "float"),
        (MeetingConvened(meeting="m"), {"number": Counted.FIRST}, "/number", "Counted"),
        (MeetingConvened(meeting="m"), {"place": 1.5}, "/place", "float"),
        (MeetingConvened(meeting="m"), {"place": 5}, "/place", "int"),
        (MeetingConvened(meeting="m"), {"meeting": Named.KENYA}, "/meeting", "Named"),
        (MeetingConvened(meeting="m"), {"place": Word("x")}, "/place", "Word"),
        (MeetingConvened(meeting="m"), {"place": "a\0b"}, "/place", "NUL"),
        (MeetingConvened(meeting="m"), {"place": "Gene\u0300ve"}, "/place", "NFC"),
        (MeetingConvened(meeting="m"), {"place": "\ud800"}, "/place", "surrogate"),
        (PositionAdopted(meeting="m", position="p", verb="v"), {"cites": (b"",)}, "/cites/0", "b"),
        (PartyRegistered(party="ke", names={}), {"names": {"\u00e9": "x"}}, "/names", "ASCII"),
        (PartyRegistered(party="ke", names={}), {"names": {"en": 1.5}}, "/names/en", "float"),
        (Table(party="ke"), {"toasts": {"en": 1.5}}, "/toasts/en", "float"),
        (Table(party="ke"), {"menu": b"fish"}, "/menu", "bytes"),
        (Table(party="ke"), {"head": Person.model_construct(name=5)}, "/head/name", "int"),
    ],
)
def test_nothing_else_is_ever_written(
    event: Event, update: dict[str, Any], path: str, reason: str
) -> None:
    """What was put into an event past its validation is refused with its place, held or not."""
    smuggled = event.model_copy(update=update)
    with pytest.raises(OutsideDomain) as refused:
        encode(smuggled)
    assert (refused.value.path, reason in refused.value.reason) == (path, True)
    with pytest.raises(OutsideDomain) as refused:
        encode(EventCorrected(target=TARGET, replacement=smuggled))
    assert refused.value.path == f"/replacement/event{path}"


def test_a_private_value_is_not_told_in_a_reason() -> None:
    """A private text that is refused is not repeated in what is said about it."""
    for wrong, telling in (("secret\0", "secr"), ("secre\u0301t", "secr"), (314159, "314159")):
        event = Table(party="ke").model_copy(update={"menu": wrong})
        with pytest.raises(OutsideDomain, match="menu") as refused:
            encode(event)
        assert telling not in str(refused.value)

"""The vocabulary explains itself, refuses what it does not know, and cannot be changed."""

import inspect
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

import ledger.events
from ledger.codec.declare import Declaration, declarations
from ledger.codec.docstrings import field_docstrings
from ledger.codec.schema import summary
from ledger.events import (
    Directive,
    Event,
    MeetingConvened,
    MembershipBegan,
    Person,
    Source,
    StatementDelivered,
)

VOCABULARY = Path(__file__).parents[3] / "docs" / "vocabulary.md"
DECLARED = declarations()
MODELS = [Event, Directive, Source, Person, *(declared.model for declared in DECLARED)]

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
each_type = pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.name)


def example(declared: Declaration) -> dict[str, Any]:
    """Read the record file entry in the docstring of an event; all its values are text."""
    _, _, entry = (declared.model.__doc__ or "").partition("In a record file:\n")
    # As a record file does, dates and numbers arrive as they are written.
    read = yaml.load(textwrap.dedent(entry), Loader=yaml.BaseLoader)  # noqa: S506 - builds no objects
    assert isinstance(read, dict), f"{declared.name} has no example"
    return read


@each_type
def test_every_type_can_be_imported_from_the_vocabulary(declared: Declaration) -> None:
    """`ledger.events` has every event type under the name of its class."""
    assert getattr(ledger.events, declared.model.__name__) is declared.model
    assert declared.model.__name__ in ledger.events.__all__


@each_type
def test_every_type_is_on_the_page_of_the_vocabulary(declared: Declaration) -> None:
    """`docs/vocabulary.md` has each type, what it says, what tells two apart, and its stream."""
    told_apart = ", ".join(f"`{name}`" for name in declared.identity)
    stream = " or ".join(declared.stream) or "its target's"
    row = f"| `{declared.name}` | {summary(declared.model)} | {told_apart} | {stream} |"
    assert row in VOCABULARY.read_text(encoding="utf-8").splitlines()


@each_type
def test_a_stored_name_is_kebab_case(declared: Declaration) -> None:
    """Stored names are lower-case words joined by dashes."""
    assert all(word.isascii() and word.islower() for word in declared.name.split("-"))


@each_model
def test_every_class_says_what_it_is(model: type[BaseModel]) -> None:
    """Every class has a docstring of its own, whose first line is a sentence."""
    own = vars(model).get("__doc__")
    assert own
    assert inspect.cleandoc(own).split("\n\n")[0].endswith(".")


@each_model
def test_every_field_says_what_it_is_for(model: type[BaseModel]) -> None:
    """Every field has a docstring, its own or one that it inherits."""
    missing = model.model_fields.keys() - field_docstrings(model).keys()
    assert not missing


@each_type
def test_every_type_shows_itself_in_a_record_file(declared: Declaration) -> None:
    """The docstring has an entry of a record file that names the type and is such an event."""
    entry = example(declared)
    assert entry.pop("event") == declared.name
    source = {"document": "note-17", "paragraph": entry.pop("paragraph", None)}
    read = declared.model.model_validate({**entry, "source": source})
    assert all(getattr(read, name) is not None for name in entry)


@each_type
def test_a_field_that_is_not_its_own_is_refused(declared: Declaration) -> None:
    """A misspelt field never passes unseen, in an event or inside it."""
    entry = {k: v for k, v in example(declared).items() if k not in ("event", "paragraph")}
    for extra in ({"colour": "red"}, {"source": {"document": "note-17", "page": "3"}}):
        with pytest.raises(ValidationError) as error:
            declared.model.model_validate({**entry, **extra})
        assert [problem["type"] for problem in error.value.errors()] == ["extra_forbidden"]


@each_type
def test_a_schema_names_every_field(declared: Declaration) -> None:
    """JSON Schema has each type's fields, asks for those that it requires and forbids others."""
    fields: dict[str, Any] = declared.model.model_fields
    schema = declared.model.model_json_schema()
    assert schema["properties"].keys() == fields.keys()
    assert set(schema.get("required", ())) == {n for n, f in fields.items() if f.is_required()}
    assert schema["additionalProperties"] is False


def test_an_event_cannot_be_changed() -> None:
    """What was asserted stays so: neither an event nor a source can be given another value."""
    event = MeetingConvened(meeting="lakes-1", source=Source(document="note-17"))
    assert event.source is not None
    with pytest.raises(ValidationError, match="frozen"):
        event.meeting = "lakes-2"
    with pytest.raises(ValidationError, match="frozen"):
        event.source.document = "note-18"


def test_events_of_two_types_are_never_equal() -> None:
    """The same fields under another type are another event."""
    fields = {"group": "lakes", "party": "ke"}
    began: Event = MembershipBegan.model_validate(fields)
    assert began != ledger.events.MembershipEnded.model_validate(fields)


@pytest.mark.parametrize("given", [{}, {"speaker": "ke", "collective": "members"}])
def test_a_statement_has_one_voice(given: dict[str, str]) -> None:
    """A statement has a speaker or is collective: neither and both are refused."""
    with pytest.raises(ValidationError, match="give one of the two"):
        StatementDelivered.model_validate({"meeting": "lakes-1", "statement": "s", **given})


@pytest.mark.parametrize("given", [{}, {"position": "p", "instrument": "i"}])
@pytest.mark.parametrize(
    "model",
    [
        ledger.events.ReservationEntered,
        ledger.events.DissociationDeclared,
        ledger.events.PositionExplained,
    ],
)
def test_a_stance_concerns_one_thing(model: type[Event], given: dict[str, str]) -> None:
    """Nobody reserves, stands apart or explains in the air, nor on two things in one breath."""
    with pytest.raises(ValidationError, match="give one of the two"):
        model.model_validate({"group": "lakes", "party": "ke", **given})


def test_a_ruling_settles_something() -> None:
    """A ruling that names neither a passage nor an event is refused."""
    with pytest.raises(ValidationError, match="say what is settled"):
        ledger.events.DivergenceSettled(document="d", reason="The list says so.")


@each_type
def test_a_directive_alone_acts_on_an_event(declared: Declaration) -> None:
    """`event:…` finds the directives about an event: a ruling, and its correction, are none."""
    acts = "event" in declared.meaning.identifiers.values()
    assert acts == issubclass(declared.model, Directive)


@pytest.mark.parametrize("votes", [-1, "many"])
def test_a_total_is_a_count(votes: object) -> None:
    """A ballot's totals are whole numbers from nought up, or are not stated."""
    with pytest.raises(ValidationError):
        ledger.events.BallotHeld.model_validate({"ballot": "b", "in_favour": votes})


@pytest.mark.parametrize(
    "replacement",
    [
        None,
        "meeting-convened",
        {"type": "meeting-convened"},
        {"type": "meeting-convened", "event": []},
        {"type": "meeting-convened", "event": {"meeting": "lakes-1"}, "colour": "red"},
        {"type": "meeting-convened", "schema_version": 2, "event": {"meeting": "lakes-1"}},
        {"type": "meeting-convened", "schema_version": 0, "event": {"meeting": "lakes-1"}},
        {"type": "meeting-convened", "schema_version": "1", "event": {"meeting": "lakes-1"}},
        {"type": "meeting-convened", "event": {"meeting": "Lakes 1"}},
    ],
)
def test_a_replacement_is_a_whole_event(replacement: object) -> None:
    """A correction takes a whole, valid event with its type, and nothing less or more."""
    target = "5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10"
    with pytest.raises(ValidationError):
        ledger.events.EventCorrected.model_validate({"target": target, "replacement": replacement})

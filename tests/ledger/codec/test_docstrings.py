"""What a field is for is said once, under the field, and read from there."""

from ledger.codec.docstrings import field_docstrings
from ledger.events import MembershipBegan


class Base:
    """A class whose fields are documented, or not."""

    documented: int = 0
    """What it is for, which
    goes on in a second line."""
    bare: int = 0
    overridden: str = ""
    """As the base has it."""
    listed = 1
    """No field: it has no type."""

    def method(self) -> None:
        """Return nothing."""


class Below(Base):
    """A class below, which says one thing anew and adds one."""

    overridden: str = "x"
    """As the class below has it."""
    added: bool = False
    """Added below."""


def test_the_literal_under_a_field_is_its_docstring() -> None:
    """A string under a field is found, on one line; a field without one is left out."""
    assert field_docstrings(Base) == {
        "documented": "What it is for, which goes on in a second line.",
        "overridden": "As the base has it.",
    }


def test_bases_are_included_and_the_nearest_wins() -> None:
    """Inherited fields keep their docstring, unless the class below gives its own."""
    assert field_docstrings(Below) == {
        "documented": "What it is for, which goes on in a second line.",
        "overridden": "As the class below has it.",
        "added": "Added below.",
    }


def test_a_class_without_source_has_none() -> None:
    """Where Python has no source at hand, there is nothing, and no error."""
    assert field_docstrings(type("Made", (), {"__annotations__": {"x": int}})) == {}


def test_a_declared_event_has_them() -> None:
    """Decorators do not hide a class's source, nor its bases'."""
    found = field_docstrings(MembershipBegan)
    assert found["role"] == "What the party is in the group from then on."
    assert found["party"] == "The party that belongs, or no longer belongs, to it."
    assert found["valid"] == "The first day on which it is so."

"""States are called what the CLDR calls them, in whatever language, and nothing loads it before."""

import subprocess
import sys

import pytest

from ledger.errors import UnknownState
from ledger.events import PartyRegistered
from ledger.records import read
from ledger.samples import SAMPLES, sample
from ledger.states import registration, usual_name


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("PK", "ar", "باكستان"),
        ("pk", "en", "Pakistan"),
        ("SA", "fr", "Arabie saoudite"),
        ("TR", "en-GB", "Türkiye"),
        ("GM", "fr-CA", "Gambie"),
        ("XY", "en", None),
        ("GM", "und", None),
        ("GM", "tlh", None),
    ],
)
def test_a_state_has_a_name_by_code_and_language(
    code: str, language: str, name: str | None
) -> None:
    """A regional language falls back on its own; what the CLDR has not is None."""
    assert usual_name(code, language) == name


def test_the_bundled_parties_are_called_as_the_cldr_calls_them() -> None:
    """The samples' registrations of states are those that their codes give."""
    registered = [
        entry.new.event
        for name in SAMPLES
        for entry in read(sample(name), name)
        if isinstance(entry.new.event, PartyRegistered) and entry.new.event.kind == "state"
    ]
    assert {event.party for event in registered} >= {"az", "dj", "gm", "ma", "my", "pk", "sa", "tr"}
    for event in registered:
        assert registration(event.codes["iso-3166-1"]) == event


@pytest.mark.parametrize("code", ["XY", "", "150", "türkiye"])
def test_what_is_no_state_is_refused(code: str) -> None:
    """A code that nobody has, and the number of a continent, register no party."""
    with pytest.raises(UnknownState, match="ISO 3166-1"):
        registration(code)


def test_names_are_loaded_when_one_is_asked_for() -> None:
    """Importing the library, and the module itself, does not load the CLDR's data."""
    program = "import sys, ledger, ledger.states, ledger.cli; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""The laws find out what is wrong: each of a handful of wrong engines breaks the law it should."""

from functools import wraps
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings

from tests.properties.benches import bench, engines
from tests.properties.every_law import LAWS
from tests.properties.wrong_engines import WRONG

SURELY = settings(max_examples=400, database=None, deadline=None, phases=[Phase.generate])
"""More than it took with any seed that was tried; most take less than ten examples."""
SEED = 4


class Caught(BaseException):
    """A law was broken. Hypothesis lets it through at once: it need not look for a shorter case."""


def caught(name: str) -> bool:
    """Try a law, and return whether it was broken."""
    drawn, law = LAWS[name]

    @wraps(law)
    def tried(**example: Any) -> None:
        try:
            law(**example)
        except (AssertionError, pytest.fail.Exception) as broken:
            raise Caught from broken

    try:
        seed(SEED)(SURELY(given(*drawn)(tried)))()
    except Caught:
        return True
    return False


@pytest.mark.usefixtures("in_memory")
@pytest.mark.parametrize("name", WRONG)
def test_a_law_finds_it_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong engine breaks the law that it is said to break, within a few histories."""
    wrong = WRONG[name]
    wrong.make(monkeypatch)
    monkeypatch.setattr(bench(), "engines", engines(bench().database))
    assert caught(wrong.caught_by), f"{wrong.caught_by} does not find out: {name}"

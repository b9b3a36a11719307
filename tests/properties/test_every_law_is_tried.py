"""The page on the laws names tests that there are, for every law, and every view is put to them."""

import re
from pathlib import Path

from ledger.installed import installed_projections
from tests.contents import contents
from tests.properties.benches import VIEWS

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "laws.md"


def test_every_law_names_its_tests() -> None:
    """Laws 1 to 27 each have a row, and whatever test it names is there."""
    rows = re.findall(r"^\| (\d+) \|[^|]*\|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 28))
    defined = {
        name
        for file in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for _, tests in rows:
        named = re.findall(r"`(test_\w+)`", tests)
        assert named
        assert set(named) <= defined


def test_every_view_is_put_to_the_laws() -> None:
    """The laws are tried on all views, one that takes steps too; histories speak of all of it."""
    assert {view.name for view in VIEWS} > installed_projections().keys()
    assert any(view.steps for view in VIEWS)
    assert {kind for view in VIEWS for kind in view.handles} <= contents().keys()

"""The page on views has every view, and in its section every column of its own."""

import re
from pathlib import Path
from typing import Any

import pytest

from ledger.installed import installed_projections, installed_queries
from ledger.projection import Projection, Query, columns

PAGE = Path(__file__).parents[2] / "docs" / "views.md"
SHARED = {"divergent", "attested_by"}


VIEWS = (*installed_projections().values(), *installed_queries().values())


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
def test_every_column_of_a_view_is_explained(view: Projection[Any, Any] | Query[Any]) -> None:
    """A section of the view's name has a row for each column, and the page's table has its key."""
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition(f"\n## {view.name}\n")[2].partition("\n## ")[0]
    table = section.rpartition("| column | meaning |")[2]
    explained = {
        name
        for cell in re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", cell)
    }
    assert explained == {field.name for field in columns(view.row)} - SHARED
    key = ", ".join(view.row.key)
    assert re.search(rf"^\| \[`{view.name}`\]\(#{view.name}\) \|.*\| {key} \|$", page, re.MULTILINE)

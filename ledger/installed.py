"""The views of every installed package, found through their entry points."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final

from ledger.errors import UnknownView
from ledger.projection import Projection, Query

_GROUP: Final = "ledger.projections"
_QUERIES: Final = "ledger.queries"

AnyProjection = Projection[Any, Any]


@cache
def installed_projections() -> Mapping[str, AnyProjection]:
    """Return the projections of every installed package, by stored name.

    A package adds one with a line in its entry points, under the group `ledger.projections`.
    Raises `TypeError` where two bear one name.
    """
    found: dict[str, AnyProjection] = {}
    for entry in entry_points(group=_GROUP):
        projection: AnyProjection = entry.load()()
        if type(found.setdefault(projection.name, projection)) is not type(projection):
            raise TypeError(f"two installed projections are called {projection.name!r}")
    return dict(sorted(found.items()))


@cache
def installed_queries() -> Mapping[str, Query[Any]]:
    """Return the views without a table of every installed package, by name.

    A package adds one with a line in its entry points, under the group `ledger.queries`. Raises
    `TypeError` where it bears the name of another view.
    """
    found: dict[str, Query[Any]] = {}
    for entry in entry_points(group=_QUERIES):
        query: Query[Any] = entry.load()()
        taken = query.name in installed_projections()
        if taken or type(found.setdefault(query.name, query)) is not type(query):
            raise TypeError(f"two installed views are called {query.name!r}")
    return dict(sorted(found.items()))


def query_called(name: str) -> Query[Any]:
    """Return an installed view without a table, by name; `UnknownView` if there is none."""
    installed = installed_queries()
    if name not in installed:
        raise UnknownView(name, list(installed), None)
    return installed[name]


def projection_called(name: str) -> AnyProjection:
    """Return an installed projection by stored name; `UnknownView` if there is none."""
    installed = installed_projections()
    if name not in installed:
        known = [*installed, *installed_queries()]
        near = difflib.get_close_matches(name, known, n=1)
        raise UnknownView(name, known, near[0] if near else None)
    return installed[name]

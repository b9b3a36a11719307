from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, insert, select

from ledger.errors import DamagedView
from ledger.events import Event
from ledger.installed import installed_projections
from ledger.projection import Fact, Key, Projection, Row, Wording, Words, because, columns
from ledger.replay.tables import ViewTables, column_kind, inbox_key
from ledger.times import Span

VIEWS = tuple(installed_projections().values())
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
BOUNDS = st.none() | st.dates()
SPANS = st.builds(Span, BOUNDS, BOUNDS, BOUNDS, BOUNDS)
_WORDINGS = st.builds(Wording, TEXTS, st.lists(TEXTS, max_size=2).map(tuple))

_BY_TYPE: dict[object, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    date: st.dates(),
    Words: st.dictionaries(TEXTS, st.lists(_WORDINGS, min_size=1, max_size=2), max_size=3).map(
        Words
    ),
    type(None): st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Draw what a field of a row can hold."""
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if (arguments := get_args(hint)) != ():
        return st.one_of(*map(values, arguments))
    return _BY_TYPE[hint]


def rows(row: type[Any]) -> st.SearchStrategy[Row]:
    """Draw rows of a class."""
    hints = get_type_hints(row)
    fields = {field.name: values(hints[field.name]) for field in columns(row)}
    because = st.lists(TEXTS, max_size=3).map(tuple)
    return cast(st.SearchStrategy[Row], st.builds(row, **fields, span=SPANS, because=because))


@pytest.fixture(scope="module", params=VIEWS, ids=lambda view: view.name)
def table(request: pytest.FixtureRequest) -> Iterator[tuple[ViewTables, Engine]]:
    """Make a view's table in a database of its own."""
    tables, engine = ViewTables(request.param), create_engine("sqlite://")
    with engine.begin() as connection:
        tables.rows.create(connection)
    yield tables, engine
    engine.dispose()


@given(data=st.data())
def test_a_row_comes_back_from_the_database_as_it_went_in(
    table: tuple[ViewTables, Engine], data: st.DataObject
) -> None:
    """Stored in SQLite and loaded again, a row of every view is the same row, with the same key."""
    tables, engine = table
    row = tables.projection.row
    some = data.draw(st.lists(rows(row), min_size=1, max_size=3))
    with engine.begin() as connection:
        connection.execute(delete(tables.rows))
        names = tables.rows.columns.keys()
        stored = [(*tables.store(row), 1, None, number) for number, row in enumerate(some)]
        connection.execute(
            insert(tables.rows), [dict(zip(names, values, strict=True)) for values in stored]
        )
        ordered = select(tables.rows).order_by(tables.rows.c.ordinal)
        found = [dict(mapping) for mapping in connection.execute(ordered).mappings()]
    loaded = [tables.load(mapping) for mapping in found]
    assert loaded == some
    assert [hash(row) for row in loaded] == [hash(row) for row in some]
    assert [tables.key_of(mapping) for mapping in found] == [
        tuple(getattr(one, name) for name in row.key) for one in some
    ]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_column_says_what_it_holds(view: Projection[Any, Any]) -> None:
    """Whoever opens a view with a SQL tool finds a comment on each column and on the table."""
    tables = ViewTables(view)
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        tables.create(connection)
    engine.dispose()
    table = tables.rows
    assert table.comment
    silent = [column.name for column in table.columns if not column.comment]
    assert silent == []


@pytest.mark.parametrize("hint", [float, list[str], str | int, bytes, dict[str, str], object])
def test_a_type_that_no_column_can_hold_is_refused(hint: object) -> None:
    """A row with such a field is refused by name of the type, before anything is stored."""
    with pytest.raises(TypeError, match="no column can hold"):
        column_kind(hint)


def test_a_view_whose_rows_cannot_be_stored_is_refused() -> None:
    """The refusal comes when the table is made, not when the first row is written."""
    with pytest.raises(TypeError, match="float"):
        assert ViewTables(Weights()).rows


def test_a_row_names_its_key_first() -> None:
    """A row class whose first columns are not its key is refused where it is written."""
    body = {"__annotations__": {"group": str, "party": str}}
    with pytest.raises(TypeError, match="the key's columns come first"):
        type("Backwards", (Row,), body, key=("party",))


@pytest.mark.parametrize(
    "held", ['["Peace."]', '{"en": "Peace."}', '{"en": [{"text": "Peace."}]}', "{"]
)
def test_words_that_are_none_are_a_damaged_view(held: str) -> None:
    """What stands in a column of words and is none is told as damage, naming the view."""
    [view] = [view for view in VIEWS if view.name == "groups"]
    tables = ViewTables(view)
    stored = dict.fromkeys(tables.rows.columns.keys()) | {"group": "lakes", "because": "[]"}
    with pytest.raises(DamagedView, match="groups"):
        tables.load({**stored, "attested_by": "[]", "names": held})


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_keys_that_differ_differ_in_the_inbox(one: list[str], other: list[str]) -> None:
    """No two keys share an entry, whatever characters their values have."""
    assert (inbox_key(tuple(one)) == inbox_key(tuple(other))) == (one == other)


class WeightRow(Row, key=("party",)):
    """A row that no table can hold."""

    party: str
    weight: float


class Weights(Projection[WeightRow, Event]):
    """A view that was never tried."""

    name = "weights"
    version = 1
    row = WeightRow
    handles = ()

    def key(self, event: Event) -> Iterator[Key]:
        """A row is about whoever the event is of."""
        yield (type(event).__name__,)

    def fold(self, key: Key, facts: Sequence[Fact[Event]]) -> Iterator[WeightRow]:
        """Weigh the facts."""
        weight = float(len(facts))
        yield WeightRow(party=key[0], weight=weight, span=Span(), because=because(facts))

"""A view's rows as models of the API: what can be asked of them, and what they look like."""

from __future__ import annotations

import re
import types
from datetime import date
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from ledger.codec.docstrings import field_docstrings
from ledger.codec.schema import summary
from ledger.installed import AnyProjection
from ledger.projection import Row, Words, columns
from ledger.web.events import MOST

_CURSOR_LENGTH: Final = 10_000
_SHOWN: Final[dict[Any, dict[str, Any]]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    date: {"type": "string", "format": "date"},
}


class Asked(BaseModel):
    """What is asked of any view."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[str, WithJsonSchema({"type": "string", "format": "date"})] | None = Field(
        default=None,
        description="Rows that held on this day of the world. Without: those of all days.",
        examples=["2016-09-19"],
    )
    known_at: str | None = Field(
        default=None,
        description="As the record knew it: a position, a time with its zone, or a date, meaning "
        "its end in UTC. Without: now.",
        examples=["49", "2026-11-23T17:05:00Z"],
    )
    possible: bool = Field(
        default=False, description="With `as_of`: also rows that only possibly held."
    )
    sort: str | None = Field(
        default=None,
        description="Columns, separated by commas; `-` stands before one that falls. The key "
        "comes after them; what is not stated comes last.",
        examples=["-began_latest,party"],
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        le=MOST,
        description=f"So many rows at most. Without: {MOST:,} as JSON, else all of them.",
    )
    cursor: str | None = Field(
        default=None,
        max_length=_CURSOR_LENGTH,
        description="What the page before gave as `next`, with the same question.",
    )
    format: Literal["json", "jsonl", "csv", "parquet"] | None = Field(
        default=None, description="The form of the answer; it goes before the Accept header."
    )


class WordingGiven(BaseModel):
    """One way to say something, and who says it so."""

    text: str = Field(description="The words.")
    versions: list[str] = Field(
        description="The versions that use them, `document/language/edition`; none: the keepers' "
        "own words."
    )


class _Times(BaseModel):
    """When a row held, and when it was known."""

    began_earliest: date | None = Field(description="First day on which it may have begun.")
    began_latest: date | None = Field(description="Day by which it had begun.")
    ended_earliest: date | None = Field(
        description="First day out, at the earliest; null: no end is recorded."
    )
    ended_latest: date | None = Field(description="First day out, at the latest.")
    because: list[str] = Field(description="The ids of the events that it rests on.")
    known_from: int = Field(description="The position from which it was known.")
    known_to: int | None = Field(description="The first position at which it no longer was.")
    certainty: Literal["certain", "possible"] | None = Field(
        default=None, description="Whether it surely held on the day asked about."
    )


class _Answer(BaseModel):
    view: str = Field(description="The name of the view.")
    as_of: date | None = Field(description="The day asked about; null: all days.")
    known_at: int = Field(description="The position whose knowledge this is.")
    asked: int = Field(
        description="The position asked about; past `known_at` if the view has not read so far."
    )
    stopped: str | None = Field(description="The event that keeps the view from reading on.")
    possible: int = Field(description="How many more rows are possible on that day.")
    next: str | None = Field(description="The cursor of the next page; null at the end.")


def query_model(projection: AnyProjection) -> type[BaseModel]:
    """Return what can be asked of a view: a parameter a column, and those of every view.

    Words are read and not compared, so they are no parameters; nor is a column that bears the name
    of what is asked of every view.
    """
    row: type[Row] = projection.row
    said, hints = field_docstrings(row), get_type_hints(row)
    fields: dict[str, Any] = {}
    for column in columns(row):
        kind = _sole(hints[column.name])
        if kind is Words or column.name in Asked.model_fields:
            continue
        contains = " A row has several; one must be this." if _is_list(kind) else ""
        description = (said.get(column.name) or column.name) + contains
        fields[column.name] = (
            _parameter(kind) | None,
            Field(default=None, description=description),
        )
    name = _camel(projection.name)
    return create_model(f"{name}Asked", __base__=Asked, **fields)


def answer_model(projection: AnyProjection) -> type[BaseModel]:
    """Return what a view answers."""
    row: type[Row] = projection.row
    said, hints = field_docstrings(row), get_type_hints(row)
    fields: dict[str, Any] = {
        column.name: (_given(hints[column.name]), Field(description=said.get(column.name)))
        for column in columns(row)
    }
    made = create_model(row.__name__, __base__=_Times, __doc__=summary(row), **fields)
    rows: dict[str, Any] = {
        "rows": (types.GenericAlias(list, (made,)), Field(description="The rows."))
    }
    name = _camel(projection.name)
    return create_model(
        f"{name}Answer", __base__=_Answer, __doc__=summary(type(projection)), **rows
    )


def _parameter(kind: Any) -> Any:
    """Return the type of a parameter: a text, which the library reads, shown as what it is."""
    if get_origin(kind) is Literal:
        return kind
    shown = _SHOWN.get(kind)
    return str if shown is None else Annotated[str, WithJsonSchema(shown)]


def _given(hint: Any) -> Any:
    kind = _sole(hint)
    given: Any = kind
    if kind is Words:
        given = dict[str, list[WordingGiven]]
    elif _is_list(kind):
        given = list[str]
    return given if kind is hint else given | None


def _sole(hint: Any) -> Any:
    """Return the type of a column, without None."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(kind for kind in get_args(hint) if kind is not types.NoneType)
    return hint


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", name))

"""The vocabulary as models of the API: an envelope a type of event, to be sent and to be given."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from ledger.codec.declare import Declaration, declarations
from ledger.codec.schema import summary

_ID = Field(description="A UUID, in small letters.")


class _New(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    event_id: str | None = Field(
        default=None,
        description="A UUID, in small letters: the event is recorded once under it, however often "
        "it is sent. Without one, chance gives one.",
        examples=["6f1e8a52-9d0c-4b7e-8c3a-2f5d7b9e1a40"],
    )
    causation: str | None = Field(
        default=None, description="The id of the event that led to this one."
    )
    schema_version: int | None = Field(
        default=None, ge=1, description="The version of the type; the newest, if not given."
    )


class _Recorded(BaseModel):
    position: int = Field(ge=1, description="Its place in the whole log, from 1, without gaps.")
    event_id: str = _ID
    stream: str = Field(description="All that concerns one thing.", examples=["meeting-lakes-1"])
    version: int = Field(ge=1, description="Its place in its stream, from 1.")
    schema_version: int = Field(ge=1, description="The version of its type.")
    recorded_at: str = Field(
        description="When its batch was recorded: RFC 3339, UTC.",
        examples=["2026-11-23T17:05:00.000000Z"],
    )
    actor: str = Field(description="Who recorded it: an opaque id.")
    causation: str | None = Field(description="The id of the event that led to this one.")
    erased: bool = Field(description="Whether private texts were erased; they read `erased`.")
    withheld: bool = Field(
        description="Whether private texts may not be read by this server; they read `withheld`."
    )


@cache
def new_event() -> Any:
    """Return the type of an event that is sent: one of all envelopes, told apart by `type`."""
    return _one_of("New", _New)


@cache
def recorded_event() -> Any:
    """Return the type of an event that is given."""
    return _one_of("Recorded", _Recorded)


def _one_of(prefix: str, base: type[BaseModel]) -> Any:
    envelopes = tuple(_envelope(declared, prefix, base) for declared in declarations())
    return Annotated[Union[envelopes], Field(discriminator="type")]  # noqa: UP007 - made of a tuple


def _envelope(declared: Declaration, prefix: str, base: type[BaseModel]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        "type": (Literal[declared.name], Field(description="The stored name of its type.")),
        "event": (declared.model, Field(description="What it says.")),
    }
    return create_model(
        f"{prefix}{declared.model.__name__}",
        __base__=base,
        __doc__=summary(declared.model),
        **fields,
    )

"""What can be shown to whoever does not trust the server: checkpoints, and proofs against them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from ledger.checkpoints import Checkpoint
from ledger.formats import proof
from ledger.web.asking import Readable
from ledger.web.events import LARGEST

router: Final = APIRouter(prefix="/api", tags=["evidence"])

_JSON: Final = "application/json"
_SIZE: Final = "How many events there were in the state that is meant; now, if none is given."

Size = Annotated[int | None, Query(ge=1, le=LARGEST, description=_SIZE, examples=[88])]


class Proven(BaseModel):
    """An event's header, and the hashes that lead from it to the root."""

    header: str = Field(description="The canonical JSON that is hashed into the tree.")
    proof: list[str] = Field(description="The hashes beside its way, lowest first, as hexadecimal.")
    body_salt: str = Field(description="What is hashed before the body, as hexadecimal.")
    body: str = Field(description="What the event says, without private texts, as it was hashed.")


class Bundle(BaseModel):
    """That events stand in the ledger: all that is needed to check it without the ledger."""

    format: str = Field(description="Names the form of the bundle.")
    checkpoint: str = Field(description="What the proofs are made for.")
    events: list[Proven] = Field(description="The events.")


class State(BaseModel):
    """A state of the ledger."""

    size: int = Field(ge=0, description="How many events there were.")
    root: str = Field(description="The root over them, as hexadecimal.")


class Consistency(BaseModel):
    """That a ledger only grew."""

    format: str = Field(description="Names the form of the proof.")
    old: State = Field(description="The state before.")
    new: State = Field(description="The state after.")
    proof: list[str] = Field(description="The consistency proof, lowest hash first.")
    checkpoints: list[str] = Field(description="The checkpoints that it joins, where there are.")


@router.get(
    "/checkpoint",
    response_class=Response,
    responses={
        200: {
            "description": "A checkpoint, which nobody has signed.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def read_checkpoint(ledger: Readable) -> Response:
    """How many events there are, and the root over them.

    The server has no key, so nobody signs it. Keep it: `/api/consistency` shows that the ledger
    grew from it.
    """
    return Response(str(ledger.checkpoint()), media_type="text/plain; charset=utf-8")


@router.get("/proofs/{position}", response_class=Response, responses={200: {"model": Bundle}})
def read_proof(
    ledger: Readable,
    position: Annotated[
        int, Path(ge=1, le=LARGEST, description="The event's position.", examples=[49])
    ],
) -> Response:
    """That an event stands in the ledger, as one JSON document that can be checked without it."""
    # Whoever may not see an event is told what is told of one that is not there.
    ledger.event(position)
    note = ledger.checkpoint()
    proofs = ledger.prove(position, size=Checkpoint.parse(note.text).size)
    return _json(proof.bundle(proofs, note))


@router.get("/consistency", response_class=Response, responses={200: {"model": Consistency}})
def read_consistency(
    ledger: Readable,
    old: Annotated[
        int, Query(ge=1, le=LARGEST, description="How many events there were.", examples=[49])
    ],
    new: Size = None,
) -> Response:
    """That the ledger's first `old` events are the beginning of its first `new`."""
    return _json(proof.growth(ledger.consistency(old, new), None, None))


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type=_JSON)

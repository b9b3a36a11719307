"""Events as they are recorded, as server-sent events: to be resumed where the reader stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, Final, NamedTuple

import orjson
from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Send

from ledger.api import Ledger
from ledger.codec.declare import declaration
from ledger.log import RecordedEvent
from ledger.records import envelope
from ledger.web.asking import FeedOf, Looking, SettingsOf
from ledger.web.events import LARGEST
from ledger.web.feed import Feed
from ledger.web.problems import TooManyRequests
from ledger.web.settings import Settings

router: Final = APIRouter(prefix="/api/events", tags=["events"])

MEDIA_TYPE: Final = "text/event-stream"
_AT_ONCE: Final = 50
_CHUNK: Final = 1 << 16
"""After so many bytes a chunk is sent: what a reader that takes nothing keeps in memory."""
_COME_BACK: Final = 5


class Followed(BaseModel):
    """Which events are wanted."""

    model_config = ConfigDict(extra="forbid")

    after: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST,
        description="From the next position on; 0 begins with the first event. Without: what is "
        "recorded from now on. `Last-Event-ID` goes before it.",
        examples=[88],
    )
    type: list[str] = Field(
        default=[], description="Of a type; may be repeated.", examples=[["attendance-recorded"]]
    )
    stream: str | None = Field(default=None, description="Of one stream.")
    subject: str | None = Field(
        default=None, description="About one subject.", examples=["party:pk"]
    )


@router.get(
    "/stream",
    response_class=Response,
    responses={
        200: {
            "description": "A message an event: its position as `id`, the event as `data`.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    },
)
async def follow_events(
    *,
    look: Looking,
    feed: FeedOf,
    settings: SettingsOf,
    wanted: Annotated[Followed, Query()],
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=LARGEST, description="The position of the last event that was dealt with."),
    ] = None,
) -> Response:
    """The events, and then each as it is recorded, by whatever process: server-sent events.

    Nothing is missed and nothing comes twice if a reader comes back with the last `id` that it saw,
    as browsers do. A comment with an `id` is a sign of life, and says how far the log was looked
    through. A reader that takes nothing for a while is let go, and comes back when it can.
    """
    for name in wanted.type:
        declaration(name)
    if feed.readers >= settings.max_streams:
        raise TooManyRequests(_COME_BACK, f"{feed.readers:,} readers follow already")
    await feed.begin()
    after = wanted.after if last_event_id is None else last_event_id
    terms = {"types": wanted.type or None, "stream": wanted.stream, "subject": wanted.subject}
    reader = _Reader(look, terms)
    frames = _frames(reader, feed, settings, feed.head if after is None else after)
    return _Patient(frames, settings.patience)


class _Reader(NamedTuple):
    """What one reader reads, and whether it still may."""

    look: Callable[[], Ledger | None]
    terms: dict[str, Any]

    def read(self, after: int, head: int) -> tuple[bytes, int] | None:
        """Return the next messages and the position up to which they go; None for who may not."""
        ledger = self.look()
        if ledger is None:
            return None
        frames: list[bytes] = []
        size = count = 0
        found = ledger.read(after=after, until=head, limit=_AT_ONCE, **self.terms)
        for count, recorded in enumerate(found, start=1):
            frames.append(_frame(recorded))
            size += len(frames[-1])
            if size >= _CHUNK or count == _AT_ONCE:
                return b"".join(frames), recorded.position
        return b"".join(frames), max(after, head)


async def _frames(
    reader: _Reader, feed: Feed, settings: Settings, after: int
) -> AsyncGenerator[bytes]:
    """Yield chunks of whole messages for as long as the reader takes them."""
    feed.readers += 1
    try:
        yield _sign_of_life(after)
        while not feed.closed:
            await feed.grown(after, settings.heartbeat)
            found = await run_in_threadpool(reader.read, after, feed.head)
            if found is None or feed.closed:
                return
            chunk, after = found
            yield chunk or _sign_of_life(after)
    finally:
        feed.readers -= 1


def _frame(recorded: RecordedEvent) -> bytes:
    return b"id: %d\ndata: %b\n\n" % (
        recorded.position,
        orjson.dumps(envelope.as_json(recorded)),
    )


def _sign_of_life(position: int) -> bytes:
    # A message without data is none, and its id is remembered.
    return b": %d\nid: %d\n\n" % (position, position)


class _Patient(StreamingResponse):
    """A stream that lets go of a reader who takes nothing."""

    def __init__(self, frames: AsyncGenerator[bytes], patience: float) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(frames, headers=headers, media_type=MEDIA_TYPE)
        self._frames = frames
        self._patience = patience

    async def stream_response(self, send: Send) -> None:
        async def patiently(message: Message) -> None:
            await asyncio.wait_for(send(message), self._patience)

        try:
            await super().stream_response(patiently)
        except TimeoutError:
            return
        finally:
            await self._frames.aclose()

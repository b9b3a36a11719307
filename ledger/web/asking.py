"""Who is asked, and by whom: what a route needs to know of a request."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from ledger.api import Ledger
from ledger.web.feed import Feed
from ledger.web.settings import Settings


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


def _feed(request: Request) -> Feed:
    feed: Feed = request.app.state.feed
    return feed


FeedOf: TypeAlias = Annotated[Feed, Depends(_feed)]
SettingsOf: TypeAlias = Annotated[Settings, Depends(_settings)]
Readable: TypeAlias = Annotated[Ledger, Depends(_ledger)]
"""The ledger, as far as whoever asks may see it."""
Appendable: TypeAlias = Annotated[Ledger, Depends(_ledger)]
"""The ledger, for whoever may append to it."""

"""Who asks, and what is asked: what a route needs to know of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from ledger.access import Scope, Token, Tokens
from ledger.api import Ledger
from ledger.events import Distribution
from ledger.web.feed import Feed
from ledger.web.problems import Forbidden, TooManyRequests, Unauthenticated
from ledger.web.settings import Settings
from ledger.web.turns import Turns


class Asker(NamedTuple):
    """Somebody who asks: the holder of a token, or anybody on this machine."""

    name: str
    """The id of the token."""
    actor: str
    """Who records what is appended."""
    scopes: frozenset[Scope]
    reads: Distribution
    """Up to which distribution it may read documents."""
    token: Token | None


def _state(request: Request) -> Any:
    return request.app.state


def settings_of(request: Request) -> Settings:
    """Return what the operator has decided."""
    settings: Settings = _state(request).settings
    return settings


def _feed(request: Request) -> Feed:
    feed: Feed = _state(request).feed
    return feed


_bearer: Final = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token, as `proceedings token new` gives one. Its scopes say what it opens.",
)


def _asker(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Asker:
    """Return who asks. Raises `Unauthenticated`, or `TooManyRequests`."""
    settings = settings_of(request)
    tokens: Tokens = _state(request).tokens
    turns: Turns = _state(request).turns
    if given is None and "authorization" not in request.headers:
        if not settings.trusting or tokens.any():
            raise Unauthenticated("this needs a token")
        asker = Asker("anybody", settings.actor, frozenset(Scope), "restricted", None)
    else:
        token = tokens.holding(given.credentials) if given is not None else None
        if token is None:
            _take_turn(turns, f"wrong from {request.client.host if request.client else ''}")
            raise Unauthenticated("this token opens nothing: it is unknown, revoked or expired")
        asker = Asker(token.id, token.actor, token.scopes, token.reads, token)
    request.scope["asker"] = asker.name
    _take_turn(turns, asker.name)
    return asker


def _take_turn(turns: Turns, who: str) -> None:
    wait = turns.take(who)
    if wait:
        raise TooManyRequests(wait, "so many requests at once")


AskerOf: TypeAlias = Annotated[Asker, Depends(_asker)]


def _expect(asker: Asker, scope: Scope) -> None:
    if scope not in asker.scopes:
        raise Forbidden(scope)


def _readable(request: Request, asker: AskerOf) -> Ledger:
    _expect(asker, Scope.READ)
    ledger: Ledger = _state(request).ledger
    return ledger.seen_by(asker.reads)


def _looking(request: Request, asker: AskerOf) -> Callable[[], Ledger | None]:
    _expect(asker, Scope.READ)
    whole: Ledger = _state(request).ledger
    tokens: Tokens = _state(request).tokens

    def look() -> Ledger | None:
        gone = asker.token is not None and not tokens.still_opens(asker.token)
        return None if gone else whole.seen_by(asker.reads)

    return look


class Appender(NamedTuple):
    """The ledger, and who appends to it."""

    ledger: Ledger
    actor: str


def _appendable(request: Request, asker: AskerOf) -> Appender:
    _expect(asker, Scope.APPEND)
    return Appender(_state(request).ledger, asker.actor)


def _administered(request: Request, asker: AskerOf) -> Ledger:
    _expect(asker, Scope.ADMIN)
    request.scope["administers"] = True
    ledger: Ledger = _state(request).ledger
    return ledger


FeedOf: TypeAlias = Annotated[Feed, Depends(_feed)]
SettingsOf: TypeAlias = Annotated[Settings, Depends(settings_of)]
Readable: TypeAlias = Annotated[Ledger, Depends(_readable)]
"""The ledger, for whoever may read it."""
Looking: TypeAlias = Annotated[Callable[[], Ledger | None], Depends(_looking)]
"""What gives that ledger as it is then, for whoever stays; None once the token opens nothing."""
Appendable: TypeAlias = Annotated[Appender, Depends(_appendable)]
"""The ledger, for whoever may append to it."""
Administered: TypeAlias = Annotated[Ledger, Depends(_administered)]
"""The ledger, for whoever looks after the server."""

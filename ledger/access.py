"""Who may ask a back end, and for what: tokens, each kept as a hash in a file of its own.

The file is a small SQLite database beside the ledger, never in it: no backup or export of the
record carries a way into it, and a ledger that cannot be written can be served all the same.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ledger.errors import BadInput, DatabaseProblem
from ledger.events import Distribution
from ledger.times import Clock, system_clock, timestamp

PREFIX: Final = "cgl_"
"""With what every token begins, so that one that was published by mistake is found."""
_BYTES: Final = 32
_BUSY: Final = 5.0
_ACTOR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, actor TEXT NOT NULL, scopes TEXT NOT NULL,
    reads TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL, revoked TEXT, last_used TEXT
) STRICT"""


class Scope(StrEnum):
    """What a token allows; nothing else is."""

    READ = "read"
    APPEND = "append"
    ADMIN = "admin"


class UnknownToken(BadInput):
    """No token has this id."""

    def __init__(self, token_id: str) -> None:
        self.token_id = token_id
        super().__init__(f"no token has the id {token_id!r} (`proceedings token list` shows them)")


class UnusableToken(BadInput):
    """A token cannot be made so. `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NoTokens(DatabaseProblem):
    """The file of tokens cannot be read or written."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file = str(file)
        self.reason = reason
        super().__init__(f"{file}: {reason}")


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: all but the token itself."""

    id: str
    """What it is called in lists and in the server's log."""
    actor: str
    """Who records what is appended with it: an opaque id."""
    scopes: frozenset[Scope]
    reads: Distribution
    """Up to which distribution its holder may read documents."""
    created: str
    expires: str
    """From when on it opens nothing."""
    revoked: str | None
    last_used: str | None
    """The day, in UTC, on which it was last used."""

    def opens(self, now: str) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked is None and now < self.expires


class Tokens:
    """The tokens of one file."""

    def __init__(self, file: Path, *, clock: Clock = system_clock) -> None:
        self.file = file
        self._clock = clock

    def new(
        self,
        *,
        actor: str,
        scopes: Iterable[Scope],
        lasts: timedelta,
        reads: Distribution = "general",
    ) -> tuple[Token, str]:
        """Make a token, and return it with its text, which is told this once and kept nowhere."""
        wanted = frozenset(scopes)
        if not wanted:
            raise UnusableToken("a token without a scope opens nothing: give one")
        if not _ACTOR.fullmatch(actor):
            raise UnusableToken(f"{actor!r} is no actor: letters, digits and . _ @ - are")
        if lasts <= timedelta(0):
            raise UnusableToken("a token that has expired already opens nothing")
        text = PREFIX + secrets.token_urlsafe(_BYTES)
        now = self._clock()
        token = Token(
            id=secrets.token_hex(4),
            actor=actor,
            scopes=wanted,
            reads=reads,
            created=timestamp(now),
            expires=timestamp(now + lasts),
            revoked=None,
            last_used=None,
        )
        scoped = " ".join(sorted(wanted))
        with self._writing() as connection:
            values = (token.id, _hash(text), actor, scoped, reads, token.created, token.expires)
            connection.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)", values
            )
        return token, text

    def all(self) -> list[Token]:
        """Return all tokens, the oldest first."""
        return [_token(row) for row in self._rows("SELECT * FROM tokens ORDER BY created, id")]

    def any(self) -> bool:
        """Whether there are any, be they good or not."""
        return bool(self._rows("SELECT 1 FROM tokens LIMIT 1"))

    def revoke(self, token_id: str) -> None:
        """Let a token open nothing from now on; raises `UnknownToken`."""
        with self._writing() as connection:
            found = connection.execute(
                "UPDATE tokens SET revoked = coalesce(revoked, ?) WHERE id = ?",
                (timestamp(self._clock()), token_id),
            )
            if not found.rowcount:
                raise UnknownToken(token_id)

    def holding(self, text: str) -> Token | None:
        """Return the token of a text, if it opens anything now; note the day of its use."""
        given = _hash(text)
        now = timestamp(self._clock())
        rows = self._rows("SELECT * FROM tokens WHERE hash = ?", given)
        # The database found it by its hash; what decides takes as long for each that is wrong.
        for row in rows:
            token = _token(row)
            if hmac.compare_digest(bytes(row[1]), given) and token.opens(now):
                self._note_use(token, now[:10])
                return token
        return None

    def still_opens(self, token: Token) -> bool:
        """Whether a token that was good is."""
        rows = self._rows("SELECT * FROM tokens WHERE id = ?", token.id)
        return any(_token(row).opens(timestamp(self._clock())) for row in rows)

    def _note_use(self, token: Token, day: str) -> None:
        if token.last_used == day or not os.access(self.file, os.W_OK):
            return
        with self._writing() as connection:
            connection.execute("UPDATE tokens SET last_used = ? WHERE id = ?", (day, token.id))

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        if not self.file.exists():
            return []
        with self._connected() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        if not self.file.parent.is_dir():
            raise NoTokens(self.file, f"there is no folder {self.file.parent}")
        # Whoever may not read the ledger's folder may read this still less.
        os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        with self._connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_TABLE)
            yield connection

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.file, timeout=_BUSY, isolation_level=None)) as opened:
                yield opened
        except (sqlite3.Error, OSError) as error:
            raise NoTokens(self.file, str(error)) from error


def _hash(text: str) -> bytes:
    return sha256(text.encode(errors="replace")).digest()


def _token(row: tuple[Any, ...]) -> Token:
    token_id, _, actor, scopes, *rest = row
    held = frozenset(Scope(scope) for scope in scopes.split())
    return Token(token_id, actor, held, *rest)

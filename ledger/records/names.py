"""Parties by the names that a table writes them under.

A name that nobody registered stops nothing: it becomes an identifier of its own, and is told.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

from ledger.api import Ledger
from ledger.codec.declare import declaration_of
from ledger.events import Event, PartyRegistered, PartyRenamed

_NAMED: Final = [declaration_of(kind).name for kind in (PartyRegistered, PartyRenamed)]
_LONGEST: Final = 60
_NOT_IN_IDENTIFIER: Final = re.compile(r"[^a-z0-9]+")


def identifier(text: str) -> str:
    """Return a text as an identifier: `R/60/260` is `r-60-260`.

    What Latin letters cannot carry, or what is too long, ends in a digest, so that two texts do not
    become one identifier.
    """
    plain = unicodedata.normalize("NFKD", text)
    ascii_only = "".join(c for c in plain if not unicodedata.combining(c)).encode("ascii", "ignore")
    named = _NOT_IN_IDENTIFIER.sub("-", ascii_only.decode().lower()).strip("-")
    whole = all(not c.isalnum() or c.isascii() for c in plain if not unicodedata.combining(c))
    if named and whole and len(named) <= _LONGEST:
        return named
    digest = hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:8]
    return "-".join(part for part in (named[:_LONGEST].strip("-"), digest) if part)


class Register:
    """The parties among which names are looked up, and the names that were nobody's.

    `believed` gives what is registered already, and is asked when the first table needs it.
    """

    def __init__(self, believed: Callable[[], Iterable[Event]] = tuple) -> None:
        self._believed = believed
        self._new: list[Event] = []
        self.unknown: dict[str, str] = {}
        """Names that are no registered party's, and what they were taken for."""

    def hear(self, event: Event) -> None:
        """Take up a party that is about to be registered, or another name of one."""
        if isinstance(event, PartyRegistered | PartyRenamed):
            self._new.append(event)

    def names(self) -> dict[str, str]:
        """Return the parties by name, of whatever time, by code and by identifier.

        A name that two parties bear is left out: it names neither.
        """
        bearers: dict[str, set[str]] = {}
        for event in (*self._believed(), *self._new):
            if isinstance(event, PartyRegistered | PartyRenamed):
                for name in (event.party, *event.names.values(), *event.codes.values()):
                    bearers.setdefault(_folded(name), set()).add(event.party)
        return {name: next(iter(found)) for name, found in bearers.items() if len(found) == 1}

    def told(self, count: int = 5) -> str:
        """Say in a sentence which names were nobody's."""
        unknown = list(self.unknown.items())
        shown = ", ".join(f"{name!r} as {party}" for name, party in unknown[:count])
        more = f" and {len(unknown) - count:,} more" if len(unknown) > count else ""
        many = "1 name is" if len(unknown) == 1 else f"{len(unknown):,} names are"
        return (
            f"{many} no registered party's, and taken as written: {shown}{more}. Register these "
            "parties, or say under `names` whose names they are"
        )


class Names:
    """Which party a name in one table means: by what its mapping says first, then by the register.

    `given` maps names to parties, `same` names to other spellings of them.
    """

    def __init__(
        self, given: Mapping[str, str], same: Mapping[str, str], register: Register
    ) -> None:
        self._same = {_folded(name): other for name, other in same.items()}
        self._given = {_folded(name): party for name, party in given.items()}
        self._register = register

    @cached_property
    def _parties(self) -> Mapping[str, str]:
        return {**self._register.names(), **self._given}

    def party(self, written: str) -> str:
        """Return the identifier of the party that a name means."""
        found = self._parties.get(_folded(written))
        if found is not None:
            return found
        name = self._same.get(_folded(written), written)
        found = self._parties.get(_folded(name))
        if found is None:
            found = self._register.unknown[name] = identifier(name)
        return found


def parties_in(ledger: Ledger) -> list[Event]:
    """Return what a ledger believes of the parties that were registered in it, and their names."""
    roots = [recorded.event_id for recorded in ledger.read(types=_NAMED)]
    beliefs = ledger.beliefs(roots).values()
    return [fact.content for fact in beliefs if fact.retraction is None]


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())

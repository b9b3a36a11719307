"""Bearing: which rows and which facts a view has of some keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from ledger.log.database import Database
from ledger.projection import Key
from ledger.replay.tables import Stored, ViewTables, inbox_key, key_of_inbox

_CHUNK: Final = 250
"""How many keys are asked about at once: no statement has more parameters than a database takes."""


def rows_of(
    connection: Connection, tables: ViewTables, keys: Sequence[Key], known: ColumnElement[bool]
) -> dict[Key, list[Stored]]:
    """Return the row versions of some keys for which a condition holds, in order."""
    table = tables.rows
    query = select(table).where(known).order_by(table.c.known_from, table.c.ordinal)
    found: dict[Key, list[Stored]] = {}
    for some in _chunks(keys):
        for stored in connection.execute(query.where(tables.key.in_(some))).mappings():
            row = dict(stored)
            found.setdefault(tables.key_of(row), []).append(row)
    return found


def facts_of(
    database: Database, connection: Connection, tables: ViewTables, keys: Sequence[Key]
) -> dict[Key, list[int]]:
    """Return, by key, the positions of the facts that bear on it, or once bore on it, in order."""
    inbox = tables.inbox.c
    among = database.among(inbox.key, [inbox_key(key) for key in keys])
    query = select(inbox.key, inbox.root).where(among).order_by(inbox.root)
    found: dict[Key, list[int]] = {}
    for text, root in connection.execute(query):
        found.setdefault(key_of_inbox(text), []).append(root)
    return found


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))

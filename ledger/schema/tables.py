"""The tables of the log. Nothing here is ever changed once written, but for the head row.

Views and their inboxes are not here: they are disposable, made by `ledger.replay`, not migrated.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

number: Final = BigInteger().with_variant(Integer, "sqlite")
"""A position, a version or a count: 64 bits; SQLite's INTEGER, so that a key is the row id."""
text: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared byte by byte, so that both databases order alike."""

AS_IT_STANDS: Final = {"no_parameters": True}
"""For a statement without parameters: a per cent sign in it means itself to every driver."""


def _table(name: str, *parts: Any, **options: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, **options)


def _of_an_event() -> Any:
    # PostgreSQL would look each row's event up once more: its guards look at all rows at once.
    return ForeignKeyConstraint(["position"], ["log_events.position"]).ddl_if(dialect="sqlite")


log_head: Final = _table(
    "log_head",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", number, nullable=False, comment="How many events there are"),
    Column("root", LargeBinary, nullable=False, comment="RFC 6962 root of all leaves"),
    Column("frontier", LargeBinary, nullable=False, comment="Hashes of the perfect subtrees"),
    Column("last_recorded_at", text, comment="recorded_at of the newest batch"),
    CheckConstraint("id = 1", name="one_row"),
    comment="Where the log ends. Writers lock this row, and so take their places one by one",
)

log_events: Final = _table(
    "log_events",
    Column("position", number, primary_key=True, autoincrement=False, comment="From 1, no gap"),
    Column("batch", number, nullable=False, comment="The first position of its batch"),
    Column("event_id", text, nullable=False, unique=True),
    Column("stream", text, nullable=False),
    Column("version", number, nullable=False, comment="Place in its stream, from 1"),
    Column("type", text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("recorded_at", text, nullable=False, comment="RFC 3339, UTC, microseconds"),
    Column("valid", text, comment="When it holds in the world, in EDTF"),
    Column("actor", text, nullable=False, comment="Who recorded it: an opaque id"),
    Column("causation", text, comment="The event id that led to it, if one did"),
    Column("body", text, nullable=False, comment="Canonical JSON, as hashed (in UTF-8)"),
    Column("body_salt", LargeBinary, nullable=False),
    Column("body_hash", LargeBinary, nullable=False, comment="SHA-256 of salt and body"),
    Column("private_hash", LargeBinary, comment="The same of the private part, where there is one"),
    Column("leaf_hash", LargeBinary, nullable=False, comment="SHA-256 of 0x00 and the header"),
    UniqueConstraint("stream", "version"),
    Index(None, "type", "position"),
    comment="Every event, in the order of the record",
)

log_private: Final = _table(
    "log_private",
    Column("position", number, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("body", text, nullable=False, comment="JSON pointer to private text, as hashed"),
    _of_an_event(),
    comment="Names, titles, quotations, summaries: what may have to be erased",
)

log_subjects: Final = _table(
    "log_subjects",
    Column("subject", text, primary_key=True, comment="party:pk, group:…, meeting:…"),
    Column("position", number, primary_key=True, autoincrement=False),
    _of_an_event(),
    sqlite_with_rowid=False,
    comment="Which events speak of what",
)

log_nodes: Final = _table(
    "log_nodes",
    Column("level", Integer, primary_key=True, autoincrement=False, comment="8, 16, 24 …"),
    Column("number", number, primary_key=True, autoincrement=False, comment="From 0"),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    comment="Roots of full subtrees of 256 leaves, 65,536 leaves …, so that proofs are quick",
)

view_progress: Final = _table(
    "view_progress",
    Column("view", text, primary_key=True, comment="The table that the rows stand in"),
    Column("version", Integer, nullable=False, comment="Of the projection that made the rows"),
    Column("position", number, nullable=False, comment="The last event applied"),
    Column("generation", Integer, nullable=False, comment="How often it was built"),
    Column("skipped", text, nullable=False, comment="The events it passed by, as a JSON list"),
    Column("state", text, nullable=False, comment="live or stopped"),
    Column("stopped_at", number, comment="The event that stopped it"),
    Column("stopped_by", text, comment="Type of the event, and the error"),
    comment="How far each view has read",
)

view_skips: Final = _table(
    "view_skips",
    Column("view", text, primary_key=True, comment="The view that passes the event by"),
    Column("position", number, primary_key=True, autoincrement=False),
    Column("reason", text, nullable=False, comment="Why, as a person said"),
    Column("actor", text, nullable=False, comment="Who said so: an opaque id"),
    Column("recorded_at", text, nullable=False, comment="RFC 3339, UTC, microseconds"),
    sqlite_with_rowid=False,
    comment="Events that a view passes by because a person said so; every rebuild honours it",
)

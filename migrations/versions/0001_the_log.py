"""The log: head, events, private parts, subjects, tree nodes, progress of views."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables of the log, their guards and the head of an empty log."""
    op.create_table(
        "log_events",
        sa.Column("position", number, autoincrement=False, comment="From 1, no gap"),
        sa.Column("batch", number, nullable=False, comment="The first position of its batch"),
        sa.Column("event_id", text, nullable=False),
        sa.Column("stream", text, nullable=False),
        sa.Column("version", number, nullable=False, comment="Place in its stream, from 1"),
        sa.Column("type", text, nullable=False),
        sa.Column("schema_version", sa.Integer, nullable=False),
        sa.Column("recorded_at", text, nullable=False, comment="RFC 3339, UTC, microseconds"),
        sa.Column("valid", text, comment="When it holds in the world, in EDTF"),
        sa.Column("actor", text, nullable=False, comment="Who recorded it: an opaque id"),
        sa.Column("causation", text, comment="The event id that led to it, if one did"),
        sa.Column("body", text, nullable=False, comment="Canonical JSON, as hashed (in UTF-8)"),
        sa.Column("body_salt", sa.LargeBinary, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of salt and body"),
        sa.Column(
            "private_hash",
            sa.LargeBinary,
            comment="The same of the private part, where there is one",
        ),
        sa.Column(
            "leaf_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of 0x00 and the header"
        ),
        sa.PrimaryKeyConstraint("position", name="pk_log_events"),
        sa.UniqueConstraint("stream", "version", name="uq_log_events_stream_version"),
        sa.UniqueConstraint("event_id", name="uq_log_events_event_id"),
        comment="Every event, in the order of the record",
        sqlite_strict=True,
    )
    op.create_index("ix_log_events_type_position", "log_events", ["type", "position"])
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("size", number, nullable=False, comment="How many events there are"),
        sa.Column("root", sa.LargeBinary, nullable=False, comment="RFC 6962 root of all leaves"),
        sa.Column(
            "frontier", sa.LargeBinary, nullable=False, comment="Hashes of the perfect subtrees"
        ),
        sa.Column("last_recorded_at", text, comment="recorded_at of the newest batch"),
        sa.PrimaryKeyConstraint("id", name="pk_log_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_one_row")),
        comment="Where the log ends. Writers lock this row, and so take their places one by one",
        sqlite_strict=True,
    )
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer, autoincrement=False, comment="8, 16, 24 …"),
        sa.Column("number", number, autoincrement=False, comment="From 0"),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_nodes"),
        comment="Roots of full subtrees of 256 leaves, 65,536 leaves …, so that proofs are quick",
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    op.create_table(
        "view_progress",
        sa.Column("view", text, comment="The table that the rows stand in"),
        sa.Column(
            "version", sa.Integer, nullable=False, comment="Of the projection that made the rows"
        ),
        sa.Column("position", number, nullable=False, comment="The last event applied"),
        sa.Column("generation", sa.Integer, nullable=False, comment="How often it was built"),
        sa.Column("state", text, nullable=False, comment="live or stopped"),
        sa.Column("stopped_at", number, comment="The event that stopped it"),
        sa.Column("stopped_by", text, comment="Type of the event, and the error"),
        sa.PrimaryKeyConstraint("view", name="pk_view_progress"),
        comment="How far each view has read",
        sqlite_strict=True,
    )
    op.create_table(
        "log_private",
        sa.Column("position", number, autoincrement=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("body", text, nullable=False, comment="JSON pointer to private text, as hashed"),
        sa.PrimaryKeyConstraint("position", name="pk_log_private"),
        *of_an_event("fk_log_private_position"),
        comment="Names, titles, quotations, summaries: what may have to be erased",
        sqlite_strict=True,
    )
    op.create_table(
        "log_subjects",
        sa.Column("subject", text, comment="party:pk, group:…, meeting:…"),
        sa.Column("position", number, autoincrement=False),
        sa.PrimaryKeyConstraint("subject", "position", name="pk_log_subjects"),
        *of_an_event("fk_log_subjects_position"),
        comment="Which events speak of what",
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    head = sa.table(
        "log_head",
        sa.column("id", sa.Integer),
        sa.column("size", sa.Integer),
        sa.column("root", sa.LargeBinary),
        sa.column("frontier", sa.LargeBinary),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "root": EMPTY_ROOT, "frontier": b""}])
    connection = op.get_bind()
    for statement in guards(connection):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def of_an_event(name: str) -> list[sa.ForeignKeyConstraint]:
    """Return the key to the event that a row belongs to, where it costs nothing."""
    if op.get_bind().dialect.name != "sqlite":
        return []
    return [sa.ForeignKeyConstraint(["position"], ["log_events.position"], name=name)]


def guards(connection: sa.Connection) -> list[str]:
    """Return what makes the database itself refuse, and says who may do what."""
    if connection.dialect.name == "sqlite":
        return list(SQLITE_TRIGGERS)
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    return [*_postgres_guards(schema), *_postgres_roles(schema)]


def downgrade() -> None:
    """A record is never taken back."""
    raise RuntimeError("a ledger is not downgraded: restore a backup with the older program")


def _refuse(name: str, operation: str, table: str, message: str, when: str = "") -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {operation} ON {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


_NEVER_CHANGED = "the log is never changed: append a correction"
_NEVER_DELETED = "nothing is deleted from the log: append a retraction"

SQLITE_TRIGGERS = (
    *(
        _refuse(f"{table}_refuses_update", "UPDATE", table, _NEVER_CHANGED)
        for table in ("log_events", "log_private", "log_subjects", "log_nodes")
    ),
    *(
        _refuse(f"{table}_refuses_delete", "DELETE", table, _NEVER_DELETED)
        for table in ("log_head", "log_nodes")
    ),
    # What stands past the head was put there by hand, and would block every append.
    *(
        _refuse(
            f"{table}_refuses_delete",
            "DELETE",
            table,
            _NEVER_DELETED,
            "OLD.position <= (SELECT size FROM log_head)",
        )
        for table in ("log_events", "log_subjects")
    ),
    _refuse(
        "log_private_refuses_delete",
        "DELETE",
        "log_private",
        "a private part goes only with a personal-data-erased event that names it",
        """NOT EXISTS (
            SELECT 1 FROM log_subjects AS s JOIN log_events AS e ON e.position = s.position
            WHERE e.type = 'personal-data-erased' AND s.subject = 'event:' || (
                SELECT event_id FROM log_events WHERE position = OLD.position))""",
    ),
    _refuse(
        "log_events_refuses_insert",
        "INSERT",
        "log_events",
        "an event takes the next position, a new id and a new stream version",
        """NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM log_events)
            OR EXISTS (SELECT 1 FROM log_events WHERE event_id = NEW.event_id)
            OR EXISTS (SELECT 1 FROM log_events
                WHERE stream = NEW.stream AND version = NEW.version)""",
    ),
    *(
        _refuse(
            f"{table}_refuses_insert",
            "INSERT",
            table,
            "this belongs to an event that is being appended",
            "NEW.position <= (SELECT size FROM log_head) "
            "OR NOT EXISTS (SELECT 1 FROM log_events WHERE position = NEW.position)",
        )
        for table in ("log_private", "log_subjects")
    ),
    _refuse(
        "log_nodes_refuses_insert",
        "INSERT",
        "log_nodes",
        "this node is not of leaves that are being appended",
        """NEW.level % 8 <> 0 OR NEW.level < 8
            OR ((NEW.number + 1) << NEW.level) <= (SELECT size FROM log_head)
            OR ((NEW.number + 1) << NEW.level) > (SELECT MAX(position) FROM log_events)
            OR EXISTS (SELECT 1 FROM log_nodes WHERE level = NEW.level AND number = NEW.number)""",
    ),
    _refuse(
        "log_head_refuses_insert",
        "INSERT",
        "log_head",
        "there is one head",
        "EXISTS (SELECT 1 FROM log_head)",
    ),
    _refuse(
        "log_head_refuses_update",
        "UPDATE",
        "log_head",
        "the head only moves to the newest event",
        "NEW.id <> 1 OR NEW.size <= OLD.size OR NEW.size <> (SELECT MAX(position) FROM log_events)",
    ),
)


_FUNCTIONS = {
    "log_refuses": "RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';",
    # What stands past the head was put there by hand, and would block every append.
    "log_refuses_recorded": """
        IF OLD.position <= (SELECT size FROM log_head) THEN
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;""",
    # Such events go from the end alone, or the log would have a gap.
    "log_events_stay": """
        IF (SELECT min(position) FROM gone) <= GREATEST(
            (SELECT size FROM log_head), (SELECT max(position) FROM log_events))
        THEN
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;""",
    "log_private_lets_go": """
        IF NOT EXISTS (
            SELECT FROM log_subjects AS s JOIN log_events AS e ON e.position = s.position
            WHERE e.type = 'personal-data-erased' AND s.subject = 'event:' || (
                SELECT event_id FROM log_events WHERE position = OLD.position)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'a private part goes only with a personal-data-erased event that names it';
        END IF;
        RETURN OLD;""",
    "log_events_are_next": """
        IF EXISTS (
            SELECT FROM (SELECT min(position) AS first, max(position) AS last, count(*) AS number
                FROM fresh) AS those
            WHERE number > 0 AND (last - first + 1 <> number OR first - 1 <> COALESCE(
                (SELECT max(position) FROM log_events WHERE position < first), 0))
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'an event takes the next position, a new id and a new stream version';
        END IF;
        RETURN NULL;""",
    "log_parts_are_new": """
        IF EXISTS (
            SELECT FROM fresh WHERE position <= (SELECT size FROM log_head)
                OR position > (SELECT COALESCE(max(position), 0) FROM log_events)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'this belongs to an event that is being appended';
        END IF;
        RETURN NULL;""",
    "log_nodes_are_new": """
        IF EXISTS (
            SELECT FROM fresh WHERE level % 8 <> 0 OR level NOT BETWEEN 8 AND 56
                OR number < ((SELECT size FROM log_head) >> level)
                OR number >= ((SELECT COALESCE(max(position), 0) FROM log_events) >> level)
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'this node is not of leaves that are being appended';
        END IF;
        RETURN NULL;""",
    "log_head_moves_on": """
        IF NEW.id <> 1 OR NEW.size <= OLD.size
            OR NEW.size <> (SELECT COALESCE(max(position), 0) FROM log_events)
        THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'the head only moves to the newest event';
        END IF;
        RETURN NEW;""",
}


def _postgres_guards(schema: str) -> Iterator[str]:
    for name, body in _FUNCTIONS.items():
        # A table of a session's own must not stand in for the log's: pg_temp comes last.
        yield (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = {schema}, pg_temp AS $$ BEGIN {body} END $$"
        )
    for table in ("log_events", "log_private", "log_subjects", "log_nodes"):
        yield _postgres_refuse(table, "UPDATE", _NEVER_CHANGED)
    for table in ("log_head", "log_nodes"):
        yield _postgres_refuse(table, "DELETE", _NEVER_DELETED)
    for table in ("log_events", "log_private", "log_subjects", "log_nodes", "log_head"):
        yield _postgres_refuse(table, "TRUNCATE", _NEVER_DELETED)
    yield (
        "CREATE TRIGGER log_events_refuses_delete AFTER DELETE ON log_events REFERENCING "
        f"OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION log_events_stay('{_NEVER_DELETED}')"
    )
    yield (
        "CREATE TRIGGER log_subjects_refuses_delete BEFORE DELETE ON log_subjects "
        f"FOR EACH ROW EXECUTE FUNCTION log_refuses_recorded('{_NEVER_DELETED}')"
    )
    yield (
        "CREATE TRIGGER log_private_refuses_delete BEFORE DELETE ON log_private "
        "FOR EACH ROW EXECUTE FUNCTION log_private_lets_go()"
    )
    for table, function in _INSERTS.items():
        yield (
            f"CREATE TRIGGER {table}_refuses_insert AFTER INSERT ON {table} "
            f"REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    yield (
        "CREATE TRIGGER log_head_refuses_update BEFORE UPDATE ON log_head "
        "FOR EACH ROW EXECUTE FUNCTION log_head_moves_on()"
    )


_INSERTS = {
    "log_events": "log_events_are_next",
    "log_private": "log_parts_are_new",
    "log_subjects": "log_parts_are_new",
    "log_nodes": "log_nodes_are_new",
}


def _postgres_refuse(table: str, operation: str, message: str) -> str:
    return (
        f"CREATE TRIGGER {table}_refuses_{operation.lower()} BEFORE {operation} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION log_refuses('{message}')"
    )


# A server on which this login may make no roles keeps a ledger all the same; `doctor` says so.
_CREATE = """
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY
        ARRAY['proceedings_writer', 'proceedings_reader', 'proceedings_eraser'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
                IF role = 'proceedings_writer' THEN
                    -- Whoever makes a view hands it over to the writers, so has to be one.
                    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                        GRANT proceedings_writer TO CURRENT_USER;
                    END IF;
                ELSIF role = 'proceedings_reader' THEN
                    ALTER ROLE proceedings_reader SET statement_timeout = '30s';
                ELSIF role = 'proceedings_eraser' THEN
                    GRANT proceedings_writer TO proceedings_eraser;
                END IF;
            EXCEPTION
                WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
END $$"""

_GRANTS = {
    "proceedings_writer": (
        "USAGE, CREATE ON SCHEMA {schema}",
        "SELECT, INSERT ON log_events, log_private, log_subjects, log_nodes",
        "SELECT, UPDATE ON log_head",
        "SELECT, INSERT, UPDATE, DELETE ON view_progress",
        "SELECT ON alembic_version",
    ),
    "proceedings_reader": (
        "USAGE ON SCHEMA {schema}",
        "SELECT ON log_events, log_subjects, log_nodes, log_head, view_progress, alembic_version",
    ),
    "proceedings_eraser": ("DELETE ON log_private",),
}

# What was erased stands in its page until it is swept, which before PostgreSQL 17 only the table's
# owner may do at once.
_SWEEP = """
IF current_setting('server_version_num')::integer >= 170000 THEN
    EXECUTE 'GRANT MAINTAIN ON log_private TO proceedings_eraser';
END IF"""


def _postgres_roles(schema: str) -> list[str]:
    granted = [
        f"GRANT {privileges.format(schema=schema)} TO {role}"
        for role, several in _GRANTS.items()
        for privileges in several
    ]
    return [_CREATE, *(_if_there_is_a_role(statement) for statement in (*granted, _SWEEP))]


def _if_there_is_a_role(statement: str) -> str:
    return (
        f"DO $$ BEGIN {statement}; "
        "EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END $$"
    )

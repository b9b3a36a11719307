"""What a view passes by because a person said so, and which of it the rows were made without.

The progress of views is made anew, and with it, at their next use, the views: their tables have got
indexes, and SQL views of what is known now. The log is not touched.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

GRANTS = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON view_progress, view_skips TO proceedings_writer",
    "GRANT SELECT ON view_progress, view_skips TO proceedings_reader",
)


def upgrade() -> None:
    """Make the table of skips, and the table of progress with a column more."""
    op.drop_table("view_progress")
    op.create_table(
        "view_progress",
        sa.Column("view", text, comment="The table that the rows stand in"),
        sa.Column(
            "version", sa.Integer, nullable=False, comment="Of the projection that made the rows"
        ),
        sa.Column("position", number, nullable=False, comment="The last event applied"),
        sa.Column("generation", sa.Integer, nullable=False, comment="How often it was built"),
        sa.Column(
            "skipped", text, nullable=False, comment="The events it passed by, as a JSON list"
        ),
        sa.Column("state", text, nullable=False, comment="live or stopped"),
        sa.Column("stopped_at", number, comment="The event that stopped it"),
        sa.Column("stopped_by", text, comment="Type of the event, and the error"),
        sa.PrimaryKeyConstraint("view", name="pk_view_progress"),
        comment="How far each view has read",
        sqlite_strict=True,
    )
    op.create_table(
        "view_skips",
        sa.Column("view", text, comment="The view that passes the event by"),
        sa.Column("position", number, autoincrement=False),
        sa.Column("reason", text, nullable=False, comment="Why, as a person said"),
        sa.Column("actor", text, nullable=False, comment="Who said so: an opaque id"),
        sa.Column("recorded_at", text, nullable=False, comment="RFC 3339, UTC, microseconds"),
        sa.PrimaryKeyConstraint("view", "position", name="pk_view_skips"),
        comment="Events that a view passes by because a person said so; every rebuild honours it",
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return
    for statement in GRANTS:
        connection.exec_driver_sql(_if_there_is_a_role(statement))


def downgrade() -> None:
    """A record is never taken back."""
    raise RuntimeError("a ledger is not downgraded: restore a backup with the older program")


def _if_there_is_a_role(statement: str) -> str:
    return (
        f"DO $$ BEGIN {statement}; "
        "EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END $$"
    )

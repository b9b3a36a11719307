"""${message}."""

from alembic import op

revision = "${up_revision}"
down_revision = "${down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say here what changes, and why."""
    ${upgrades if upgrades else "op.get_bind()"}


def downgrade() -> None:
    """A record is never taken back."""
    raise RuntimeError("a ledger is not downgraded: restore a backup with the older program")

"""What an owner's portal needs: staging places, and when a domain first had an ordinary place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the second schema: no license has staging places yet, and every activation is in an ordinary one."""
    op.add_column("plans", sa.Column("staging_domains", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("licenses", sa.Column("staging_limit", sa.Integer, nullable=False, server_default=sa.text("0")))
    # In SQL, since a check that is added on its own would have SQLite copy the table.
    op.execute(
        "ALTER TABLE licenses ADD COLUMN staging_used INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_licenses_staging_used CHECK (staging_used >= 0)"
    )
    op.add_column(
        "activations", sa.Column("in_staging_place", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )
    op.add_column("activations", sa.Column("placed_at", sa.BigInteger))
    op.execute("UPDATE activations SET placed_at = activated_at")


def downgrade() -> None:
    """Go back by restoring a backup."""
    raise RuntimeError("a schema goes back only by restoring a backup")

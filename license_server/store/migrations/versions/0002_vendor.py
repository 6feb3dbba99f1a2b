"""What a vendor's year needs: offline licenses, counted refusals, and lists by time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the first schema; no row changes."""
    op.add_column("activations", sa.Column("offline_until", sa.BigInteger))
    op.create_index("ix_activations_activated_at", "activations", ["activated_at"])
    op.create_index("ix_licenses_created_at", "licenses", ["created_at"])
    op.create_table(
        "refusals",
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "code", name="pk_refusals"),
    )


def downgrade() -> None:
    """Go back by restoring a backup."""
    raise RuntimeError("a schema goes back only by restoring a backup")

"""Who is signed in to the portal: a row for each browser, so that an ended session is ended for a kept cookie too."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of the portal's sessions; nobody is signed in yet."""
    op.create_table(
        "portal_sessions",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("license_id", sa.String(32), nullable=False),
        sa.Column("key_tag", sa.String(32), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_portal_sessions"),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name="fk_portal_sessions_license_id"),
    )
    op.create_index("ix_portal_sessions_license_id", "portal_sessions", ["license_id"])
    op.create_index("ix_portal_sessions_started_at", "portal_sessions", ["started_at"])


def downgrade() -> None:
    """Go back by restoring a backup."""
    raise RuntimeError("a schema goes back only by restoring a backup")

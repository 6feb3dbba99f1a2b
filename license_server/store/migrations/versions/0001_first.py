"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _server_tables()
    _catalogue_tables()
    _license_tables()
    _log_tables()


def downgrade() -> None:
    """Go back by restoring a backup."""
    raise RuntimeError("a schema goes back only by restoring a backup")


def _server_tables() -> None:
    op.create_table(
        "server",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("audit_count", sa.BigInteger, nullable=False),
        sa.Column("audit_head", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_server"),
        sa.CheckConstraint("id = 1", name="ck_server_one_row"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(43), nullable=False),
        sa.Column("public_key", sa.String(43), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("status_since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_signing_keys"),
        sa.UniqueConstraint("key_id", name="uq_signing_keys_key_id"),
        sa.UniqueConstraint("position", name="uq_signing_keys_position"),
        sa.CheckConstraint("status IN ('current', 'standby', 'retired', 'leaked')", name="ck_signing_keys_status"),
    )
    op.create_index(
        "uq_signing_keys_current",
        "signing_keys",
        ["status"],
        unique=True,
        sqlite_where=sa.text("status = 'current'"),
        postgresql_where=sa.text("status = 'current'"),
    )


def _catalogue_tables() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.String(6), nullable=False),
        sa.Column("renew_url", sa.Text),
        sa.Column("buy_url", sa.Text),
        sa.Column("support_url", sa.Text),
        sa.Column("find_key_url", sa.Text),
        sa.Column("portal_url", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("slug", name="uq_products_slug"),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("product_id", sa.Integer, nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("domains", sa.Integer, nullable=False),
        sa.Column("term", sa.String(16), nullable=False),
        sa.Column("lease_seconds", sa.BigInteger, nullable=False),
        sa.Column("grace_seconds", sa.BigInteger, nullable=False),
        sa.Column("refresh_seconds", sa.BigInteger, nullable=False),
        sa.Column("moves_per_year", sa.Integer, nullable=False),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_plans_product_id"),
        sa.UniqueConstraint("product_id", "slug", name="uq_plans_product_id_slug"),
    )


def _license_tables() -> None:
    op.create_table(
        "licenses",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("plan_id", sa.Integer, nullable=False),
        sa.Column("key_digest", sa.LargeBinary, nullable=False),
        sa.Column("key_last5", sa.String(5), nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_reason", sa.Text),
        sa.Column("status_since", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("term_ends_at", sa.BigInteger),
        sa.Column("domain_limit", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("freed", sa.Integer, nullable=False),
        sa.Column("audit_count", sa.BigInteger, nullable=False),
        sa.Column("audit_head", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_licenses"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_licenses_plan_id"),
        sa.UniqueConstraint("key_digest", name="uq_licenses_key_digest"),
        sa.CheckConstraint("status IN ('active', 'suspended', 'revoked')", name="ck_licenses_status"),
        sa.CheckConstraint("used >= 0", name="ck_licenses_used"),
        sa.CheckConstraint("freed >= 0", name="ck_licenses_freed"),
    )
    op.create_index("ix_licenses_customer", "licenses", ["customer"])
    op.create_index("ix_licenses_plan_id", "licenses", ["plan_id"])
    op.create_table(
        "allowed_domains",
        sa.Column("license_id", sa.String(32), nullable=False),
        sa.Column("domain", sa.String(255), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("license_id", "domain", name="pk_allowed_domains"),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name="fk_allowed_domains_license_id"),
    )
    op.create_table(
        "activations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("license_id", sa.String(32), nullable=False),
        sa.Column("domain", sa.String(255), nullable=False),
        sa.Column("environment", sa.String(16), nullable=False),
        sa.Column("client", sa.String(200)),
        sa.Column("activated_at", sa.BigInteger, nullable=False),
        sa.Column("counts_as_move", sa.Boolean, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger),
        sa.Column("released_at", sa.BigInteger),
        sa.Column("released_by", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_activations"),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name="fk_activations_license_id"),
        sa.CheckConstraint("environment IN ('production', 'staging')", name="ck_activations_environment"),
    )
    op.create_index(
        "uq_activations_unreleased",
        "activations",
        ["license_id", "domain"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index("ix_activations_license_id", "activations", ["license_id"])
    op.create_index("ix_activations_domain", "activations", ["domain"])


def _log_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "call_counts",
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("window_start", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject", name="pk_call_counts"),
    )

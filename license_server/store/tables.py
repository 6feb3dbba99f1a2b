"""The tables, as SQLAlchemy Core knows them; ``migrations/`` makes them. Times are seconds UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row: what concerns the whole server, and the end of its audit chain. restored_at is when it was last restored, to
# the state of backup_of; activation tokens have said since dated_tokens_since when they were made.
server = Table(
    "server",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, nullable=False),
    Column("audit_count", BigInteger, nullable=False),
    Column("audit_head", LargeBinary, nullable=False),
    Column("restored_at", BigInteger),
    Column("backup_of", BigInteger),
    Column("dated_tokens_since", BigInteger),
    CheckConstraint("id = 1", name="one_row"),
)

# Public halves only. The one whose status is "current" signs; all nodes read it from here.
signing_keys = Table(
    "signing_keys",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("key_id", String(43), nullable=False, unique=True),
    Column("public_key", String(43), nullable=False),
    Column("position", Integer, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status_since", BigInteger, nullable=False),
    CheckConstraint("status IN ('current', 'standby', 'retired', 'leaked')", name="status"),
    Index(
        "uq_signing_keys_current",
        "status",
        unique=True,
        sqlite_where=text("status = 'current'"),
        postgresql_where=text("status = 'current'"),
    ),
)

products = Table(
    "products",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("prefix", String(6), nullable=False),
    Column("renew_url", Text),
    Column("buy_url", Text),
    Column("support_url", Text),
    Column("find_key_url", Text),
    Column("portal_url", Text),
    Column("created_at", BigInteger, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("product_id", Integer, ForeignKey("products.id"), nullable=False),
    Column("slug", String(63), nullable=False),
    Column("name", Text, nullable=False),
    Column("domains", Integer, nullable=False),
    Column("term", String(16), nullable=False),
    Column("lease_seconds", BigInteger, nullable=False),
    Column("grace_seconds", BigInteger, nullable=False),
    Column("refresh_seconds", BigInteger, nullable=False),
    Column("moves_per_year", Integer, nullable=False),
    Column("features", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("staging_domains", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("product_id", "slug"),
)

# What leases a plan had: seconds with grace, until ended_at.
past_leases = Table(
    "past_leases",
    metadata,
    Column("plan_id", Integer, ForeignKey("plans.id"), primary_key=True, autoincrement=False),
    Column("ended_at", BigInteger, primary_key=True, autoincrement=False),
    Column("seconds", BigInteger, nullable=False),
)

# domain_limit and staging_limit are what was sold; used, staging_used and moves_made are counted under the row's lock,
# audit_* is the end of its chain.
licenses = Table(
    "licenses",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("plan_id", Integer, ForeignKey("plans.id"), nullable=False),
    Column("key_digest", LargeBinary, nullable=False, unique=True),
    Column("key_last5", String(5), nullable=False),
    Column("customer", Text),
    Column("status", String(16), nullable=False),
    Column("status_reason", Text),
    Column("status_since", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("term_ends_at", BigInteger),
    Column("domain_limit", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("moves_made", Integer, nullable=False),
    Column("audit_count", BigInteger, nullable=False),
    Column("audit_head", LargeBinary, nullable=False),
    Column("staging_limit", Integer, nullable=False, server_default=text("0")),
    Column("staging_used", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("status IN ('active', 'suspended', 'revoked')", name="status"),
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("moves_made >= 0", name="freed"),  # the column's former name
    CheckConstraint("staging_used >= 0", name="staging_used"),
    Index(None, "created_at"),
    Index(None, "customer"),
    Index(None, "plan_id"),
)

# The vendor's exceptions: domains that the policy would refuse and this license may have all the same.
allowed_domains = Table(
    "allowed_domains",
    metadata,
    Column("license_id", String(32), ForeignKey("licenses.id"), primary_key=True),
    Column("domain", String(255), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)

# Each time that a domain took a place that was held for another, numbered within its license.
moves = Table(
    "moves",
    metadata,
    Column("license_id", String(32), ForeignKey("licenses.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("in_staging_place", Boolean, nullable=False),
)

# Never deleted, and used again when the domain is activated again. Until offline_until an offline license is out for
# the domain, which nobody can recall: the place stays taken even if the owner releases the activation. placed_at is
# when it first took an ordinary place; null for an activation that was in staging places only.
#
# signed_until and staging_signed_until: until when leases are out that were signed while the domain had an ordinary
# place and a staging place; the one that it is in counts once it has left it. longest_lease: the longest, with grace,
# that was in force for it since its last activation, as far as its environment or its license's plan changed since.
# return_is_paid: a move ended its hold. beyond_limit: a restore brought it back beyond the limit.
activations = Table(
    "activations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("license_id", String(32), ForeignKey("licenses.id"), nullable=False),
    Column("domain", String(255), nullable=False),
    Column("environment", String(16), nullable=False),
    Column("client", String(200)),
    Column("activated_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger),
    Column("released_at", BigInteger),
    Column("released_by", String(16)),
    Column("offline_until", BigInteger),
    Column("in_staging_place", Boolean, nullable=False, server_default=text("false")),
    Column("placed_at", BigInteger),
    Column("signed_until", BigInteger),
    Column("staging_signed_until", BigInteger),
    Column("longest_lease", BigInteger),
    Column("return_is_paid", Boolean, nullable=False, server_default=text("false")),
    Column("beyond_limit", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("environment IN ('production', 'staging')", name="environment"),
    Index(
        "uq_activations_unreleased",
        "license_id",
        "domain",
        unique=True,
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
    Index(None, "license_id"),
    Index(None, "domain"),
    Index(None, "activated_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("chain", String(32), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("object", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Index(None, "at"),
)

# Guesses of an address, calls of a key from an address: one row each, overwritten when its window is over.
call_counts = Table(
    "call_counts",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("window_start", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)

# How often the API refused with each code, by day (days since 1970-01-01 UTC).
refusals = Table(
    "refusals",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("code", String(32), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# Who is signed in to the portal. The secret is in the browser's cookie alone; what has ended is removed, at once or at
# a later sign-in.
portal_sessions = Table(
    "portal_sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("license_id", String(32), ForeignKey("licenses.id"), nullable=False),
    Column("key_tag", String(32), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index(None, "license_id"),
    Index(None, "started_at"),
)

"""Leases that are out: holds that belong to their domain, moves apart from activations, and what a restore left."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CLOCK_SLACK = 60
_SEEN_SLACK = 48 * 3_600


def upgrade() -> None:
    """Add to the third schema, and compute what a release would have stored: until when its leases may be good.

    The version before gave every activation its plan's lease, test copies too, and counted as freed what an owner
    released.
    """
    op.add_column("activations", sa.Column("signed_until", sa.BigInteger))
    op.add_column("activations", sa.Column("staging_signed_until", sa.BigInteger))
    op.add_column("activations", sa.Column("longest_lease", sa.BigInteger))
    op.add_column(
        "activations", sa.Column("return_is_paid", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )
    op.add_column("activations", sa.Column("beyond_limit", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("server", sa.Column("restored_at", sa.BigInteger))
    op.add_column("server", sa.Column("backup_of", sa.BigInteger))
    op.add_column("server", sa.Column("dated_tokens_since", sa.BigInteger))
    op.create_table(
        "moves",
        sa.Column("license_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("in_staging_place", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("license_id", "number", name="pk_moves"),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name="fk_moves_license_id"),
    )
    op.create_table(
        "past_leases",
        sa.Column("plan_id", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "ended_at", name="pk_past_leases"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_past_leases_plan_id"),
    )
    op.execute(_MOVES)
    # The counter of freed places makes room for one of moves: SQLite drops no column that a check speaks of.
    op.alter_column("licenses", "freed", new_column_name="moves_made")
    op.execute(
        "UPDATE licenses SET moves_made = (SELECT count(*) FROM moves WHERE moves.license_id = licenses.id) "
        "WHERE moves_made > 0 OR EXISTS (SELECT 1 FROM moves WHERE moves.license_id = licenses.id)"
    )
    op.drop_column("activations", "counts_as_move")
    op.execute(f"UPDATE activations SET longest_lease = ({_LEASE}) WHERE released_at IS NULL")  # noqa: S608 - ours
    op.execute(
        f"UPDATE activations SET signed_until = {_SEEN} + {_SEEN_SLACK} + ({_LEASE}) "  # noqa: S608 - ours
        "WHERE released_at IS NULL AND in_staging_place AND placed_at IS NOT NULL"
    )
    for column, place in (("signed_until", "NOT in_staging_place"), ("staging_signed_until", "in_staging_place")):
        op.execute(f"UPDATE activations SET {column} = {_SIGNED} + ({_LEASE}) WHERE {place} AND {_HOLDS}")  # noqa: S608 - ours
    for column, place, used, limit in (
        ("signed_until", "NOT in_staging_place", "used", "domain_limit"),
        ("staging_signed_until", "in_staging_place", "staging_used", "staging_limit"),
    ):
        op.execute(_beyond(column, place, used, limit))
    # No token of before is of an activation that is made later.
    now = int(time.time())
    newest = f"(SELECT CASE WHEN max(activated_at) > {now} THEN max(activated_at) ELSE {now} END FROM activations)"  # noqa: S608 - ours
    op.execute(f"UPDATE server SET dated_tokens_since = {newest}")  # noqa: S608 - ours


def downgrade() -> None:
    """Go back by restoring a backup."""
    raise RuntimeError("a schema goes back only by restoring a backup")


_MOVES = """
    INSERT INTO moves (license_id, number, at, in_staging_place)
    SELECT license_id, row_number() OVER (PARTITION BY license_id ORDER BY placed_at, id), placed_at, false
    FROM activations WHERE counts_as_move AND placed_at IS NOT NULL
"""
_LEASE = """
    SELECT plans.lease_seconds + plans.grace_seconds FROM licenses JOIN plans ON plans.id = licenses.plan_id
    WHERE licenses.id = activations.license_id
"""
_SEEN = "coalesce(last_seen_at, activated_at)"
_SIGNED = f"""
    CASE WHEN released_at + {_CLOCK_SLACK} < {_SEEN} + {_SEEN_SLACK}
    THEN released_at + {_CLOCK_SLACK} ELSE {_SEEN} + {_SEEN_SLACK} END
"""
# One row a domain holds its place: the last that was released, where none is in use.
_HOLDS = """
    released_by IN ('site', 'owner', 'move')
    AND id = (
        SELECT latest.id FROM activations AS latest
        WHERE latest.license_id = activations.license_id AND latest.domain = activations.domain
        ORDER BY latest.released_at IS NOT NULL, latest.released_at DESC, latest.id LIMIT 1
    )
"""


def _beyond(column: str, place: str, used: str, limit: str) -> str:
    """Return the statement that ends the holds which a license has no place for, the first to end first.

    A move would have ended them. A place that an offline license keeps is among the used ones.
    """
    return f"""
        UPDATE activations SET {column} = NULL WHERE id IN (
            SELECT ranked.id FROM (
                SELECT activations.id AS id, licenses.{limit} - licenses.{used} AS room,
                    row_number() OVER (
                        PARTITION BY activations.license_id ORDER BY activations.{column} DESC, activations.id
                    ) AS place
                FROM activations JOIN licenses ON licenses.id = activations.license_id
                WHERE activations.{column} IS NOT NULL
                AND NOT ({place} AND activations.released_at IS NOT NULL AND activations.offline_until IS NOT NULL)
            ) AS ranked
            WHERE ranked.place > ranked.room
        )
    """  # noqa: S608 - ours

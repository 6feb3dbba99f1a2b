"""Who may have what, and until when? Pure rules: nothing here knows HTTP, SQL, files or the clock."""

from license_server.policy.domains import DENY_PUBLIC_SUFFIX, decide, denial
from license_server.policy.leases import (
    CLOCK_SLACK,
    LONGEST_STAGING_LEASE,
    MAX_LEASE_DAYS,
    SEEN_SLACK,
    Lease,
    lease_of,
    must_be_stored,
    signed_until,
)
from license_server.policy.limits import FAILURE_WINDOW, KEY_WINDOW, address_group, calls_allowed
from license_server.policy.moves import (
    MOVE_WINDOW,
    MOVES_PER_YEAR,
    STAGING_CHANGES_PER_YEAR,
    UNDO_SECONDS,
    may_return,
    moves_allowed,
    moves_left,
    next_move_at,
)
from license_server.policy.names import is_slug
from license_server.policy.places import MAX_PLAN_DOMAINS, Place, PlaceKind, keeps_place, place_for
from license_server.policy.terms import Term, is_over, parse_term
from license_server.policy.times import DAY, GRACE_DAYS, LEASE_DAYS, REFRESH_HOURS, refresh_at

__all__ = [
    "CLOCK_SLACK",
    "DAY",
    "DENY_PUBLIC_SUFFIX",
    "FAILURE_WINDOW",
    "GRACE_DAYS",
    "KEY_WINDOW",
    "LEASE_DAYS",
    "LONGEST_STAGING_LEASE",
    "MAX_LEASE_DAYS",
    "MAX_PLAN_DOMAINS",
    "MOVES_PER_YEAR",
    "MOVE_WINDOW",
    "REFRESH_HOURS",
    "SEEN_SLACK",
    "STAGING_CHANGES_PER_YEAR",
    "UNDO_SECONDS",
    "Lease",
    "Place",
    "PlaceKind",
    "Term",
    "address_group",
    "calls_allowed",
    "decide",
    "denial",
    "is_over",
    "is_slug",
    "keeps_place",
    "lease_of",
    "may_return",
    "moves_allowed",
    "moves_left",
    "must_be_stored",
    "next_move_at",
    "parse_term",
    "place_for",
    "refresh_at",
    "signed_until",
]

"""How long is a site's license signed for, and until when is one that left its place still good? (protocol §3, §6)"""

from dataclasses import dataclass

from license_server.policy.times import DAY

MAX_LEASE_DAYS = 365
"""The longest lease with its grace that a plan may have."""

SEEN_SLACK = 48 * 3_600
"""A site that was heard of longer ago is stored as seen before it is answered."""

CLOCK_SLACK = 60
"""By how much the clocks of two servers may differ."""

_STAGING_LEASE = 3 * DAY
_STAGING_GRACE = 7 * DAY
LONGEST_STAGING_LEASE = _STAGING_LEASE + _STAGING_GRACE
_LEASE_BEYOND_LIMIT = 7 * DAY
_GRACE_BEYOND_LIMIT = 7 * DAY


@dataclass(frozen=True, slots=True)
class Lease:
    """For how many seconds a license is signed, and how many more it is good for."""

    seconds: int
    grace: int

    @property
    def total(self) -> int:
        """Seconds after which it is good for nothing."""
        return self.seconds + self.grace


def lease_of(*, lease: int, grace: int, is_test_copy: bool, is_beyond_limit: bool) -> Lease:
    """Return the lease of an activation whose plan grants ``lease`` and ``grace`` seconds.

    A test copy has no more than 3 days and 7 of grace. One that a restore brought back beyond the limit has no more
    than 7 and 7.
    """
    if is_test_copy:
        lease, grace = min(lease, _STAGING_LEASE), min(grace, _STAGING_GRACE)
    if is_beyond_limit:
        lease, grace = min(lease, _LEASE_BEYOND_LIMIT), min(grace, _GRACE_BEYOND_LIMIT)
    return Lease(lease, grace)


def signed_until(*, left_at: int, last_seen_at: int, longest: int) -> int:
    """Return until when the leases of a domain that left its place at ``left_at`` may still be good.

    Nothing is stored when a site asks, so the last lease was signed at most 48 hours after it was stored as seen, and
    none after it left. ``longest`` is the longest lease with grace that it may have been given.
    """
    return min(left_at + CLOCK_SLACK, last_seen_at + SEEN_SLACK) + longest


def must_be_stored(last_seen_at: int | None, *, now: int) -> bool:
    """Return whether a site must be stored as seen before a lease is signed for it at ``now``."""
    return last_seen_at is None or now - last_seen_at > SEEN_SLACK

"""What was signed for a domain, and until when is that good once it leaves its place? (protocol §6, Leases out)"""

from dataclasses import replace

from license_server import policy
from license_server.policy import Lease, PlaceKind
from license_server.records import Activation, Plan, ReleasedBy
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations, catalogue, recovery


def lease_of(activation: Activation, plan: Plan) -> Lease:
    """Return the lease that a site is given when it asks."""
    return policy.lease_of(
        lease=plan.lease_seconds,
        grace=plan.grace_seconds,
        is_test_copy=activation.is_test_copy,
        is_beyond_limit=activation.beyond_limit,
    )


def longest_lease(locked: LockedLicense, activation: Activation) -> int:
    """Return the longest lease, with grace, that was in force for an activation since it was last activated."""
    plan = locked.license.plan
    past = catalogue.longest_past_lease(locked.connection, plan.id, since=activation.activated_at - policy.CLOCK_SLACK)
    if activation.is_test_copy:
        past = min(past, policy.LONGEST_STAGING_LEASE)
    # One beyond the limit may have been within it before.
    within = replace(activation, beyond_limit=False)
    return max(lease_of(within, plan).total, past, activation.longest_lease or 0)


def left(locked: LockedLicense, activation: Activation) -> Activation:
    """Return an activation in use as it stands once it has left the place that it is in, which is held for it then.

    One for which no lease was ever signed, such as one for an offline license alone, leaves nothing.
    """
    # What a backup holds may be older than what was signed until it was restored.
    restored_at = recovery.find(locked.connection).restored_at
    seen_at = max(activation.last_seen_at or 0, restored_at or 0)
    kind = activation.place_kind
    until = activation.leases_out(kind) or 0
    if seen_at:
        longest = longest_lease(locked, activation)
        until = max(until, policy.signed_until(left_at=locked.at, last_seen_at=seen_at, longest=longest))
    return activation.with_leases_out(kind, until or None)


def released(locked: LockedLicense, activation: Activation, by: ReleasedBy) -> Activation:
    """Return an activation in use as it stands once it is released; the vendor's word ends every hold."""
    gone = without_holds(activation) if by is ReleasedBy.VENDOR else left(locked, activation)
    # An offline license that is over holds no place, so that none is given back for it once more.
    offline_until = gone.offline_hold(locked.at)
    gone = replace(gone, released_at=locked.at, released_by=by, offline_until=offline_until)
    return replace(gone, return_is_paid=False, beyond_limit=False)


def without_holds(activation: Activation) -> Activation:
    """Return an activation for which no place is held, whatever is out."""
    return replace(activation, signed_until=None, staging_signed_until=None, offline_until=None)


def end_hold(locked: LockedLicense, activation: Activation, kind: PlaceKind, *, is_paid: bool) -> None:
    """Store that a place of the kind is no longer held for an activation; ``is_paid`` if a move took it."""
    ended = activation.with_leases_out(kind, None)
    returns = is_paid and activation.released_at is not None and activation.place_kind is kind
    activations.save(locked.connection, replace(ended, return_is_paid=returns), at=locked.at)

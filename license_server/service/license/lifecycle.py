"""What becomes of a license after it was issued: its status, its term, its plan, its key."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.audit_replay import key_mark
from license_server.errors.catalogue import TermInvalid
from license_server.errors.licenses import (
    LicenseIsRevoked,
    PlanOfAnotherProduct,
    PlanTooSmall,
    PlanUnchanged,
    StatusForbids,
    TermEndless,
)
from license_server.records import License, LicenseStatus, Plan
from license_server.service.context import Context
from license_server.service.license import holds, locked_license
from license_server.service.license.issue import Issued, require_customer, require_line
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations, catalogue
from theme_license.license_key import LicenseKey, new_license_key
from theme_license.signed_license import Environment

MAX_REASON = 500

Change = Callable[[LockedLicense], Mapping[str, object]]
"""Changes a locked license, or refuses; returns the details for the audit log."""


def suspend(context: Context, license_id: str, *, reason: str | None) -> License:
    """Suspend an active license. Raises :class:`LicenseUnknown`, :class:`TextInvalid` or :class:`StatusForbids`."""
    before = (LicenseStatus.ACTIVE,)
    return _set_status(context, license_id, AuditAction.SUSPEND, LicenseStatus.SUSPENDED, before, reason)


def reinstate(context: Context, license_id: str, *, reason: str | None) -> License:
    """Make a suspended license active again. Raises what :func:`suspend` does."""
    before = (LicenseStatus.SUSPENDED,)
    return _set_status(context, license_id, AuditAction.REINSTATE, LicenseStatus.ACTIVE, before, reason)


def revoke(context: Context, license_id: str, *, reason: str | None) -> License:
    """Revoke a license for good. Raises what :func:`suspend` does."""
    before = (LicenseStatus.ACTIVE, LicenseStatus.SUSPENDED)
    return _set_status(context, license_id, AuditAction.REVOKE, LicenseStatus.REVOKED, before, reason)


def renew(context: Context, license_id: str, *, term: str | None) -> License:
    """Prolong a license by ``term``, by default its plan's: from its end, or from now when that has passed.

    Raises :class:`LicenseUnknown`, :class:`LicenseIsRevoked`, :class:`TermInvalid` or :class:`TermEndless`.
    """

    def change(locked: LockedLicense) -> Mapping[str, object]:
        before = locked.license.term_ends_at
        parsed = policy.parse_term(term or locked.license.plan.term)
        if parsed is None:
            raise TermInvalid
        if before is None:
            raise TermEndless(license=locked.license)
        ends_at = parsed.ends_at(max(locked.at, before))
        locked.change(term_ends_at=ends_at)
        return {"term": parsed.text, "from": before, "to": ends_at}

    return _change(context, license_id, AuditAction.RENEW, change)


def change_plan(context: Context, license_id: str, plan: Plan) -> License:
    """Put a license on another plan of its product: its activations, its key and its end stay.

    Raises :class:`LicenseUnknown`, :class:`LicenseIsRevoked`, :class:`PlanOfAnotherProduct`, :class:`PlanUnchanged` or
    :class:`PlanTooSmall`.
    """

    def change(locked: LockedLicense) -> Mapping[str, object]:
        license = locked.license
        _require_room(license, plan)
        _keep_longest_lease(locked)
        locked.change(
            plan=plan,
            domain_limit=plan.domains,
            staging_limit=plan.staging_domains,
        )
        return {
            "from": f"{license.plan.product}/{license.plan.slug}",
            "to": f"{plan.product}/{plan.slug}",
            "domains": plan.domains,
            "staging_domains": plan.staging_domains,
            "holds_ended": holds.end_excess(locked),
        }

    return _change(context, license_id, AuditAction.UPDATE, change)


def change_customer(context: Context, license_id: str, customer: str | None) -> License:
    """Set the vendor's own reference; None removes it. Raises :class:`LicenseUnknown` or :class:`TextInvalid`."""
    require_customer(customer)

    def change(locked: LockedLicense) -> Mapping[str, object]:
        before = locked.license.customer
        locked.change(customer=customer)
        return {"customer_from": before, "customer_to": customer}

    return _change(context, license_id, AuditAction.UPDATE, change, of_revoked=True)


def rekey(context: Context, license_id: str) -> Issued:
    """Replace the key of a license: the old one is refused from now on, the activations stay.

    Raises :class:`LicenseUnknown` or :class:`LicenseIsRevoked`.
    """
    made: list[LicenseKey] = []

    def change(locked: LockedLicense) -> Mapping[str, object]:
        before, key = locked.license.key_last5, new_license_key(context.random_bytes)
        made.append(key)
        locked.change(key_digest=key.digest(), key_last5=key.last5)
        return {"key_from": before, "key_to": key.last5, "mark_to": key_mark(key.digest())}

    changed = _change(context, license_id, AuditAction.REKEY, change)
    return Issued(changed, made[-1])


def _keep_longest_lease(locked: LockedLicense) -> None:
    """Keep how long the leases may be that the license's sites have been given so far."""
    connection, license = locked.connection, locked.license
    oldest = activations.oldest_in_use(connection, license.id)
    if oldest is not None:
        plan = license.plan
        past = catalogue.longest_past_lease(connection, plan.id, since=oldest - policy.CLOCK_SLACK)
        longest = max(plan.lease_seconds + plan.grace_seconds, past)
        of_test_copy = min(longest, policy.LONGEST_STAGING_LEASE)
        activations.lengthen_leases(connection, license.id, Environment.PRODUCTION, seconds=longest)
        activations.lengthen_leases(connection, license.id, Environment.STAGING, seconds=of_test_copy)


def _require_room(license: License, plan: Plan) -> None:
    """Refuse a plan of another product, the one that the license is on, and one that is too small."""
    if license.plan.product != plan.product:
        raise PlanOfAnotherProduct(license=license, plan=plan)
    if license.plan.id == plan.id and license.domain_limit == plan.domains:
        raise PlanUnchanged(license=license, plan=plan)
    if license.used > plan.domains or license.staging_used > plan.staging_domains:
        raise PlanTooSmall(license=license, plan=plan)


def _set_status(
    context: Context,
    license_id: str,
    action: AuditAction,
    status: LicenseStatus,
    before: tuple[LicenseStatus, ...],
    reason: str | None,
) -> License:
    if reason is not None:
        require_line(reason, MAX_REASON, "reason")

    def change(locked: LockedLicense) -> Mapping[str, object]:
        was = locked.license.status
        if was not in before:
            raise StatusForbids(license=locked.license, action=action)
        locked.change(status=status, status_reason=reason, status_since=locked.at)
        return {"reason": reason, "from": was}

    return _change(context, license_id, action, change, of_revoked=True)


def _change(
    context: Context, license_id: str, action: AuditAction, change: Change, *, of_revoked: bool = False
) -> License:
    """Do ``change`` to the locked license, with its audit entry; ``change`` may refuse."""

    def work(connection: Connection) -> License:
        locked = locked_license.require(context, connection, license_id)
        if locked.license.status is LicenseStatus.REVOKED and not of_revoked:
            raise LicenseIsRevoked(license=locked.license)
        details = change(locked)
        locked.record(action, license_id, context.actor, **details)
        locked.save()
        return locked.license

    return context.store.transact(work)

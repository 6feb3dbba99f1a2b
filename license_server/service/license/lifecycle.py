"""What becomes of a license after it was issued: its status, its term, its plan, its key."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.errors import InputInvalid, Refused
from license_server.records import License, LicenseStatus, Plan
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.service.license.issue import Issued, require_customer, require_line
from license_server.service.license.locked_license import LockedLicense
from theme_license.license_key import LicenseKey, new_license_key

MAX_REASON = 500

Change = Callable[[LockedLicense], Mapping[str, object]]
"""Changes a locked license, or refuses; returns the details for the audit log."""


def suspend(context: Context, license_id: str, *, reason: str | None) -> License:
    """Suspend an active license. Raises :class:`NotFound` or :class:`Refused`."""
    before = (LicenseStatus.ACTIVE,)
    return _set_status(context, license_id, AuditAction.SUSPEND, LicenseStatus.SUSPENDED, before, reason)


def reinstate(context: Context, license_id: str, *, reason: str | None) -> License:
    """Make a suspended license active again. Raises :class:`NotFound` or :class:`Refused`."""
    before = (LicenseStatus.SUSPENDED,)
    return _set_status(context, license_id, AuditAction.REINSTATE, LicenseStatus.ACTIVE, before, reason)


def revoke(context: Context, license_id: str, *, reason: str | None) -> License:
    """Revoke a license for good. Raises :class:`NotFound` or :class:`Refused`."""
    before = (LicenseStatus.ACTIVE, LicenseStatus.SUSPENDED)
    return _set_status(context, license_id, AuditAction.REVOKE, LicenseStatus.REVOKED, before, reason)


def renew(context: Context, license_id: str, *, term: str | None) -> License:
    """Prolong a license by ``term``, by default its plan's: from its end, or from now when that has passed.

    Raises :class:`NotFound`, :class:`InputInvalid` or :class:`Refused`.
    """

    def change(locked: LockedLicense) -> Mapping[str, object]:
        before = locked.license.term_ends_at
        parsed = policy.parse_term(term or locked.license.plan.term)
        if parsed is None:
            raise InputInvalid(
                "a term is a number of days, months or years, or perpetual",
                next_step="give --term such as 30d, 6m or 1y",
            )
        if before is None:
            raise Refused(f"{license_id} has no end", next_step=f"license-server license show {license_id}")
        ends_at = parsed.ends_at(max(locked.at, before))
        locked.change(term_ends_at=ends_at)
        return {"term": parsed.text, "from": before, "to": ends_at}

    return _change(context, license_id, AuditAction.RENEW, change)


def change_plan(context: Context, license_id: str, plan: Plan) -> License:
    """Put a license on another plan of its product: its activations, its key and its end stay.

    Raises :class:`NotFound`, or :class:`Refused` when more domains or test copies are in use than the plan has.
    """

    def change(locked: LockedLicense) -> Mapping[str, object]:
        license = locked.license
        _require_room(license, plan)
        locked.change(
            plan=plan,
            domain_limit=plan.domains,
            staging_limit=plan.staging_domains,
            freed=min(license.freed, plan.domains - license.used),
        )
        return {
            "from": f"{license.plan.product}/{license.plan.slug}",
            "to": f"{plan.product}/{plan.slug}",
            "domains": plan.domains,
            "staging_domains": plan.staging_domains,
        }

    return _change(context, license_id, AuditAction.UPDATE, change)


def change_customer(context: Context, license_id: str, customer: str | None) -> License:
    """Set the vendor's own reference; None removes it. Raises :class:`NotFound` or :class:`InputInvalid`."""
    require_customer(customer)

    def change(locked: LockedLicense) -> Mapping[str, object]:
        before = locked.license.customer
        locked.change(customer=customer)
        return {"customer_from": before, "customer_to": customer}

    return _change(context, license_id, AuditAction.UPDATE, change, of_revoked=True)


def rekey(context: Context, license_id: str) -> Issued:
    """Replace the key of a license: the old one is refused from now on, the activations stay.

    Raises :class:`NotFound` or :class:`Refused`.
    """
    made: list[LicenseKey] = []

    def change(locked: LockedLicense) -> Mapping[str, object]:
        before, key = locked.license.key_last5, new_license_key(context.random_bytes)
        made.append(key)
        locked.change(key_digest=key.digest(), key_last5=key.last5)
        return {"key_from": before, "key_to": key.last5}

    changed = _change(context, license_id, AuditAction.REKEY, change)
    return Issued(changed, made[-1])


def _require_room(license: License, plan: Plan) -> None:
    """Refuse a plan of another product, the one that the license is on, and one that is too small."""
    show = f"license-server license show {license.id}"
    if license.plan.product != plan.product:
        raise Refused(
            f"{license.id} is for {license.plan.product}, and {plan.product} is another product",
            next_step=f"license-server license create {plan.product}/{plan.slug}",
        )
    if license.plan.id == plan.id and license.domain_limit == plan.domains:
        raise Refused(
            f"{license.id} is on the plan {plan.product}/{plan.slug} already; nothing was changed", next_step=show
        )
    if license.used > plan.domains:
        raise Refused(
            f"{license.id} is in use on {license.used} domains and {plan.product}/{plan.slug} has {plan.domains}; "
            "nothing was changed",
            next_step=f"{show}, then activation release ID for those to go",
        )
    if license.staging_used > plan.staging_domains:
        raise Refused(
            f"{license.id} has {license.staging_used} places for test copies in use and {plan.product}/{plan.slug} "
            f"has {plan.staging_domains}; nothing was changed",
            next_step=f"{show}, then activation release ID for those to go",
        )


def _set_status(
    context: Context,
    license_id: str,
    action: AuditAction,
    status: LicenseStatus,
    before: tuple[LicenseStatus, ...],
    reason: str | None,
) -> License:
    if reason is not None:
        require_line(reason, MAX_REASON, "a reason", "give another --reason")

    def change(locked: LockedLicense) -> Mapping[str, object]:
        was = locked.license.status
        if was not in before:
            raise Refused(
                f"{license_id} is {was}, so it cannot be {_PAST[action]}; nothing was changed",
                next_step=f"license-server license show {license_id}",
            )
        locked.change(status=status, status_reason=reason, status_since=locked.at)
        return {"reason": reason, "from": was}

    return _change(context, license_id, action, change, of_revoked=True)


_PAST = {AuditAction.SUSPEND: "suspended", AuditAction.REINSTATE: "reinstated", AuditAction.REVOKE: "revoked"}


def _change(
    context: Context, license_id: str, action: AuditAction, change: Change, *, of_revoked: bool = False
) -> License:
    """Do ``change`` to the locked license, with its audit entry; ``change`` may refuse."""

    def work(connection: Connection) -> License:
        locked = locked_license.require(context, connection, license_id)
        license = locked.license
        if license.status is LicenseStatus.REVOKED and not of_revoked:
            raise Refused(
                f"{license_id} is revoked, which is for good",
                next_step=f"license-server license create {license.plan.product}/{license.plan.slug}",
            )
        details = change(locked)
        locked.record(action, license_id, context.actor, **details)
        locked.save()
        return locked.license

    return context.store.transact(work)

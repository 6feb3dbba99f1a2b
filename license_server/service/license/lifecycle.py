"""What becomes of a license after it was issued: its status, its term, its plan, its key."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from license_server import policy
from license_server.errors import InputInvalid, Refused
from license_server.records import License, Plan
from license_server.service.context import Context
from license_server.service.license.issue import Issued, require_customer, require_line
from license_server.service.license.license_lookup import find
from license_server.service.license.locked_license import chain_of, locked
from license_server.store import audit, licenses
from theme_license.license_key import LicenseKey, new_license_key

MAX_REASON = 500

Change = tuple[Mapping[str, object], Mapping[str, object]]
"""The columns to set, and the details for the audit log."""


def suspend(context: Context, license_id: str, *, reason: str | None) -> License:
    """Suspend an active license. Raises :class:`NotFound` or :class:`Refused`."""
    return _set_status(context, license_id, "suspended", action="suspend", reason=reason, allowed=("active",))


def reinstate(context: Context, license_id: str, *, reason: str | None) -> License:
    """Make a suspended license active again. Raises :class:`NotFound` or :class:`Refused`."""
    return _set_status(context, license_id, "active", action="reinstate", reason=reason, allowed=("suspended",))


def revoke(context: Context, license_id: str, *, reason: str | None) -> License:
    """Revoke a license for good. Raises :class:`NotFound` or :class:`Refused`."""
    states = ("active", "suspended")
    return _set_status(context, license_id, "revoked", action="revoke", reason=reason, allowed=states)


def renew(context: Context, license_id: str, *, term: str | None) -> License:
    """Prolong a license by ``term``, by default its plan's: from its end, or from now when that has passed.

    Raises :class:`NotFound`, :class:`InputInvalid` or :class:`Refused`.
    """

    def change(license: License, at: int) -> Change:
        parsed = policy.parse_term(term or license.plan.term)
        if parsed is None:
            raise InputInvalid(
                "a term is a number of days, months or years, or perpetual",
                next_step="give --term such as 30d, 6m or 1y",
            )
        if license.term_ends_at is None:
            raise Refused(f"{license_id} has no end", next_step=f"license-server license show {license_id}")
        ends_at = parsed.ends_at(max(at, license.term_ends_at))
        return {"term_ends_at": ends_at}, {"term": parsed.text, "from": license.term_ends_at, "to": ends_at}

    return _change(context, license_id, "renew", change)


def change_plan(context: Context, license_id: str, plan: Plan) -> License:
    """Put a license on another plan of its product: its activations, its key and its end stay.

    Raises :class:`NotFound`, or :class:`Refused` when more domains or test copies are in use than the plan has.
    """

    def change(license: License, at: int) -> Change:
        del at
        if license.plan.product != plan.product:
            raise Refused(
                f"{license_id} is for {license.plan.product}, and {plan.product} is another product",
                next_step=f"license-server license create {plan.product}/{plan.slug}",
            )
        if license.plan.id == plan.id and license.domain_limit == plan.domains:
            raise Refused(
                f"{license_id} is on the plan {plan.product}/{plan.slug} already; nothing was changed",
                next_step=f"license-server license show {license_id}",
            )
        if license.used > plan.domains:
            raise Refused(
                f"{license_id} is in use on {license.used} domains and {plan.product}/{plan.slug} has {plan.domains}; "
                "nothing was changed",
                next_step=f"license-server license show {license_id}, then activation release ID for those to go",
            )
        if license.staging_used > plan.staging_domains:
            raise Refused(
                f"{license_id} has {license.staging_used} places for test copies in use and {plan.product}/{plan.slug} "
                f"has {plan.staging_domains}; nothing was changed",
                next_step=f"license-server license show {license_id}, then activation release ID for those to go",
            )
        details = {
            "from": f"{license.plan.product}/{license.plan.slug}",
            "to": f"{plan.product}/{plan.slug}",
            "domains": plan.domains,
            "staging_domains": plan.staging_domains,
        }
        values = {
            "plan_id": plan.id,
            "domain_limit": plan.domains,
            "staging_limit": plan.staging_domains,
            "freed": min(license.freed, plan.domains - license.used),
        }
        return values, details

    return _change(context, license_id, "update", change)


def change_customer(context: Context, license_id: str, customer: str | None) -> License:
    """Set the vendor's own reference; None removes it. Raises :class:`NotFound` or :class:`InputInvalid`."""
    require_customer(customer)

    def change(license: License, at: int) -> Change:
        del at
        return {"customer": customer}, {"customer_from": license.customer, "customer_to": customer}

    return _change(context, license_id, "update", change, of_revoked=True)


def rekey(context: Context, license_id: str) -> Issued:
    """Replace the key of a license: the old one is refused from now on, the activations stay.

    Raises :class:`NotFound` or :class:`Refused`.
    """
    made: list[LicenseKey] = []

    def change(license: License, at: int) -> Change:
        del at
        key = new_license_key(context.random_bytes)
        made.append(key)
        values = {"key_digest": key.digest(), "key_last5": key.last5}
        return values, {"key_from": license.key_last5, "key_to": key.last5}

    changed = _change(context, license_id, "rekey", change)
    return Issued(changed, made[-1])


def _set_status(
    context: Context, license_id: str, status: str, *, action: str, reason: str | None, allowed: tuple[str, ...]
) -> License:
    if reason is not None:
        require_line(reason, MAX_REASON, "a reason", "give another --reason")

    def change(license: License, at: int) -> Change:
        if license.status not in allowed:
            raise Refused(
                f"{license_id} is {license.status}, so it cannot be {_PAST[action]}; nothing was changed",
                next_step=f"license-server license show {license_id}",
            )
        values = {"status": status, "status_reason": reason, "status_since": at}
        return values, {"reason": reason, "from": license.status}

    return _change(context, license_id, action, change, of_revoked=True)


_PAST = {"suspend": "suspended", "reinstate": "reinstated", "revoke": "revoked"}


def _change(
    context: Context,
    license_id: str,
    action: str,
    change: Callable[[License, int], Change],
    *,
    of_revoked: bool = False,
) -> License:
    """Set what ``change`` returns for the locked license, with its audit entry; ``change`` may refuse."""
    at = context.clock()

    def work(connection: Connection) -> None:
        license = locked(connection, license_id)
        if license.status == "revoked" and not of_revoked:
            raise Refused(
                f"{license_id} is revoked, which is for good",
                next_step=f"license-server license create {license.plan.product}/{license.plan.slug}",
            )
        values, details = change(license, at)
        chain = chain_of(context, license)
        entry = chain.entry(at=at, actor=context.actor, action=action, object=license_id, details=details)
        audit.add(connection, [entry])
        licenses.change(connection, license_id, {**values, "audit_count": chain.count, "audit_head": chain.head})

    context.store.transact(work)
    return find(context, license_id)

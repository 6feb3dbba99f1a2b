"""Licenses: issue, find, suspend, reinstate, revoke, renew."""

from collections.abc import Sequence
from dataclasses import dataclass

from license_server import ids, policy
from license_server.audit_chain import AuditChain, AuditEntry
from license_server.errors import InputInvalid, NotFound, Refused
from license_server.records import Activation, Filter, License, Plan
from license_server.service.context import Context
from license_server.store import activations, audit, licenses
from theme_license.domain import parse_domain
from theme_license.errors import DomainRefused
from theme_license.license_key import LicenseKey, new_license_key

MAX_CUSTOMER = 200
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Issued:
    """A new license and its key, which is nowhere else: whoever loses it must have it replaced."""

    license: License
    key: LicenseKey


@dataclass(frozen=True, slots=True)
class Draft:
    """A license before it is stored: its row, its audit entry and its key."""

    row: dict[str, object]
    entry: AuditEntry
    key: LicenseKey


def draft(context: Context, plan: Plan, *, customer: str | None, at: int) -> Draft:
    """Return a new license of ``plan`` with a new key, not yet stored."""
    key = new_license_key(context.random_bytes)
    license_id = ids.new_id(ids.LICENSE, context.random_bytes)
    term = policy.parse_term(plan.term)
    if term is None:
        raise ValueError("a stored plan has a term")
    ends_at = term.ends_at(at)
    chain = AuditChain(context.secrets.audit, license_id)
    details = first_details(plan, domains=plan.domains, term_ends_at=ends_at)
    entry = chain.entry(at=at, actor="vendor", action="create", object=license_id, details=details)
    row = {
        "id": license_id,
        "key_digest": key.digest(),
        "key_last5": key.last5,
        "audit_head": chain.head,
        **first_columns(plan.id, customer=customer, at=at, term_ends_at=ends_at, domains=plan.domains),
    }
    return Draft(row, entry, key)


def first_columns(
    plan_id: int, *, customer: str | None, at: int, term_ends_at: int | None, domains: int
) -> dict[str, object]:
    """Return what a new license's row holds beside its id, its key and the end of its audit chain."""
    return {
        "plan_id": plan_id,
        "customer": customer,
        "status": "active",
        "status_reason": None,
        "status_since": at,
        "created_at": at,
        "term_ends_at": term_ends_at,
        "domain_limit": domains,
        "used": 0,
        "freed": 0,
        "audit_count": 1,
    }


def first_details(plan: Plan, *, domains: int, term_ends_at: int | None) -> dict[str, object]:
    """Return the details of a license's first audit entry."""
    return {"plan": f"{plan.product}/{plan.slug}", "domains": domains, "term_ends_at": term_ends_at}


def create(context: Context, plan: Plan, *, customer: str | None, allow_domains: Sequence[str] = ()) -> Issued:
    """Issue one license. ``allow_domains`` are denied domains that it may have all the same (protocol §5).

    Raises :class:`InputInvalid`.
    """
    require_customer(customer)
    domains = [_deniable(text) for text in allow_domains]
    at = context.clock()
    new = draft(context, plan, customer=customer, at=at)
    license_id = str(new.row["id"])
    with context.store.write() as connection:
        licenses.add(connection, [new.row])
        licenses.allow_domains(connection, license_id, dict.fromkeys(domains), at=at)
        audit.add(connection, [new.entry])
    return Issued(find(context, license_id), new.key)


def find(context: Context, license_id: str) -> License:
    """Return the license. Raises :class:`NotFound`."""
    with context.store.read() as connection:
        license = licenses.find(connection, license_id)
    if license is None:
        raise NotFound(f"there is no license {_named(license_id)}", next_step="license-server license list")
    return license


def find_by_key(context: Context, key: LicenseKey) -> License:
    """Return the license of a key. Raises :class:`NotFound`, without the key."""
    with context.store.read() as connection:
        license = licenses.find_by_digest(connection, key.digest())
    if license is None:
        raise NotFound("no license has this key", next_step="license-server license list")
    return license


def find_by_domain(context: Context, text: str) -> list[License]:
    """Return the licenses in use on a domain. Raises :class:`InputInvalid` or :class:`NotFound`."""
    domain = canonical(text)
    with context.store.read() as connection:
        found = licenses.find_by_domain(connection, domain)
    if not found:
        raise NotFound(
            f"no license is in use on {domain}", next_step=f"license-server activation list --domain {domain} --all"
        )
    return found


def search(context: Context, wanted: Filter, *, limit: int) -> list[License]:
    """Return the newest licenses that match."""
    with context.store.read() as connection:
        return licenses.search(connection, wanted, limit=limit)


def activations_of(context: Context, license_id: str, *, released: bool = False) -> list[Activation]:
    """Return the activations of a license, oldest first."""
    with context.store.read() as connection:
        return activations.of_license(connection, license_id, released=released)


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
    at = context.clock()
    with context.store.write() as connection:
        license = _locked(licenses.lock(connection, license_id), license_id)
        parsed = policy.parse_term(term or license.plan.term)
        if parsed is None:
            raise InputInvalid(
                "a term is a number of days, months or years, or perpetual",
                next_step="give --term such as 30d, 6m or 1y",
            )
        if license.status == "revoked":
            raise Refused(
                f"{license_id} is revoked, which is for good",
                next_step=f"license-server license create {license.plan.product}/{license.plan.slug}",
            )
        if license.term_ends_at is None:
            raise Refused(f"{license_id} has no end", next_step=f"license-server license show {license_id}")
        ends_at = parsed.ends_at(max(at, license.term_ends_at))
        chain = chain_of(context, license)
        details = {"term": parsed.text, "from": license.term_ends_at, "to": ends_at}
        audit.add(connection, [chain.entry(at=at, actor="vendor", action="renew", object=license_id, details=details)])
        values = {"term_ends_at": ends_at, "audit_count": chain.count, "audit_head": chain.head}
        licenses.change(connection, license_id, values)
    return find(context, license_id)


def chain_of(context: Context, license: License) -> AuditChain:
    """Return the end of the audit chain of a license that the transaction has locked."""
    return AuditChain(context.secrets.audit, license.id, count=license.audit_count, head=license.audit_head)


def require_customer(customer: str | None) -> None:
    """Raise :class:`InputInvalid` unless the vendor's own reference may be stored."""
    if customer is not None and not _is_line(customer, MAX_CUSTOMER):
        raise InputInvalid(
            f"a customer reference is 1 to {MAX_CUSTOMER} printable characters", next_step="give another --customer"
        )


def _set_status(
    context: Context, license_id: str, status: str, *, action: str, reason: str | None, allowed: tuple[str, ...]
) -> License:
    if reason is not None and not _is_line(reason, MAX_REASON):
        raise InputInvalid(f"a reason is 1 to {MAX_REASON} printable characters", next_step="give another --reason")
    at = context.clock()
    with context.store.write() as connection:
        license = _locked(licenses.lock(connection, license_id), license_id)
        if license.status not in allowed:
            raise Refused(
                f"{license_id} is {license.status}, so it cannot be {_PAST[action]}; nothing was changed",
                next_step=f"license-server license show {license_id}",
            )
        chain = chain_of(context, license)
        details = {"reason": reason, "from": license.status}
        audit.add(connection, [chain.entry(at=at, actor="vendor", action=action, object=license_id, details=details)])
        values = {
            "status": status,
            "status_reason": reason,
            "status_since": at,
            "audit_count": chain.count,
            "audit_head": chain.head,
        }
        licenses.change(connection, license_id, values)
    return find(context, license_id)


_PAST = {"suspend": "suspended", "reinstate": "reinstated", "revoke": "revoked"}


def _locked(license: License | None, license_id: str) -> License:
    if license is None:
        raise NotFound(f"there is no license {_named(license_id)}", next_step="license-server license list")
    return license


def _named(license_id: str) -> str:
    # What was typed may be a license key, which must not reach a log: only the form of an id is repeated.
    return license_id if ids.parse_id(ids.LICENSE, license_id) is not None else "of that id"


def canonical(text: str) -> str:
    """Return the canonical name of the domain that somebody typed. Raises :class:`InputInvalid`."""
    try:
        return parse_domain(text).name
    except DomainRefused as error:
        raise InputInvalid(
            f"this is not a domain name ({error.reason})", next_step="give a name such as news.example.com"
        ) from error


def _deniable(text: str) -> str:
    name = canonical(text)
    if not policy.decide(parse_domain(name)).startswith("deny:"):
        raise InputInvalid(
            f"{name} needs no exception: only a public suffix, a public IP address or a special-use name does",
            next_step="leave out --allow-domain",
        )
    return name


def _is_line(text: str, longest: int) -> bool:
    return bool(text.strip()) and len(text) <= longest and text.isprintable()

"""Issue a license: its row, its first audit entry, and its key, which is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from license_server import ids, policy
from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditChain, AuditEntry
from license_server.audit_replay import key_mark
from license_server.errors.catalogue import PrintedText, TextInvalid
from license_server.errors.licenses import ExceptionNotNeeded
from license_server.records import License, LicenseStatus, Plan
from license_server.service.context import Context
from license_server.service.license import license_lookup
from license_server.store import audit, licenses
from theme_license.license_key import LicenseKey, new_license_key

MAX_CUSTOMER = 200


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
    sold = {"domains": plan.domains, "staging_domains": plan.staging_domains}
    told = {"key_last5": key.last5, "key_mark": key_mark(key.digest())}
    details = first_details(plan, **sold, term_ends_at=ends_at, customer=customer) | told
    entry = chain.entry(at=at, actor=context.actor, action=AuditAction.CREATE, object=license_id, details=details)
    row = {
        "id": license_id,
        "key_digest": key.digest(),
        "key_last5": key.last5,
        "audit_head": chain.head,
        **first_columns(plan.id, customer=customer, at=at, term_ends_at=ends_at, **sold),
    }
    return Draft(row, entry, key)


def first_columns(
    plan_id: int, *, customer: str | None, at: int, term_ends_at: int | None, domains: int, staging_domains: int
) -> dict[str, object]:
    """Return what a new license's row holds beside its id, its key and the end of its audit chain."""
    return {
        "plan_id": plan_id,
        "customer": customer,
        "status": LicenseStatus.ACTIVE,
        "status_reason": None,
        "status_since": at,
        "created_at": at,
        "term_ends_at": term_ends_at,
        "domain_limit": domains,
        "used": 0,
        "moves_made": 0,
        "staging_limit": staging_domains,
        "staging_used": 0,
        "audit_count": 1,
    }


def first_details(
    plan: Plan, *, domains: int, staging_domains: int, term_ends_at: int | None, customer: str | None
) -> dict[str, object]:
    """Return the details of a license's first audit entry, but for what it tells of the key."""
    return {
        "plan": f"{plan.product}/{plan.slug}",
        "domains": domains,
        "staging_domains": staging_domains,
        "term_ends_at": term_ends_at,
        "customer": customer,
    }


def create(context: Context, plan: Plan, *, customer: str | None, allow_domains: Sequence[str] = ()) -> Issued:
    """Issue one license. ``allow_domains`` are denied domains that it may have all the same (protocol §5).

    Raises :class:`TextInvalid`, :class:`NotADomain` or :class:`ExceptionNotNeeded`.
    """
    require_customer(customer)
    domains = [_deniable(text) for text in allow_domains]
    at = context.clock()
    new = draft(context, plan, customer=customer, at=at)
    license_id = str(new.row["id"])

    def work(connection: Connection) -> None:
        licenses.add(connection, [new.row])
        licenses.allow_domains(connection, license_id, dict.fromkeys(domains), at=at)
        audit.add(connection, [new.entry])

    context.store.transact(work)
    return Issued(license_lookup.find(context, license_id), new.key)


def require_customer(customer: str | None) -> None:
    """Raise :class:`TextInvalid` unless the vendor's own reference may be stored."""
    if customer is not None:
        require_line(customer, MAX_CUSTOMER, "customer reference")


def require_line(text: str, longest: int, what: PrintedText) -> None:
    """Raise :class:`TextInvalid` unless ``text`` is one line of printable characters, not too long."""
    if not text.strip() or len(text) > longest or not text.isprintable():
        raise TextInvalid(what=what, longest=longest)


def _deniable(text: str) -> str:
    domain = license_lookup.read_domain(text)
    if not policy.decide(domain).startswith("deny:"):
        raise ExceptionNotNeeded(domain=domain.name)
    return domain.name

"""Products, plans, licenses and activations as the command line shows them."""

from license_server.clock import ago, day, iso
from license_server.policy import PlaceKind
from license_server.records import Activation, License, Plan, Product
from license_server.service.license.holds import Hold


def product_json(product: Product) -> dict[str, object]:
    """Return a product as JSON."""
    return {
        "product": product.slug,
        "name": product.name,
        "prefix": product.prefix,
        "links": product.links,
        "created_at": iso(product.created_at),
    }


def plan_json(plan: Plan) -> dict[str, object]:
    """Return a plan as JSON."""
    return {
        "product": plan.product,
        "plan": plan.slug,
        "name": plan.name,
        "domains": plan.domains,
        "staging_domains": plan.staging_domains,
        "term": plan.term,
        "lease_days": plan.lease_seconds // 86_400,
        "grace_days": plan.grace_seconds // 86_400,
        "refresh_hours": plan.refresh_seconds // 3_600,
        "moves_per_year": plan.moves_per_year,
        "features": list(plan.features),
        "created_at": iso(plan.created_at),
    }


def license_json(license: License) -> dict[str, object]:
    """Return a license as JSON, without its key, which nobody has."""
    return {
        "license_id": license.id,
        "product": license.product.slug,
        "plan": license.plan.slug,
        "status": license.status,
        "reason": license.status_reason,
        "since": iso(license.status_since),
        "key_last5": license.key_last5,
        "customer": license.customer,
        "limit": license.domain_limit,
        "used": license.used,
        "staging_limit": license.staging_limit,
        "staging_used": license.staging_used,
        "created_at": iso(license.created_at),
        "expires_at": iso(license.term_ends_at),
    }


def activation_json(activation: Activation) -> dict[str, object]:
    """Return an activation as JSON."""
    return {
        "activation_id": activation.id,
        "license_id": activation.license_id,
        "domain": activation.domain,
        "environment": activation.environment,
        "in_staging_place": activation.in_staging_place,
        "client": activation.client,
        "activated_at": iso(activation.activated_at),
        "last_seen": iso(activation.last_seen_at),
        "released_at": iso(activation.released_at),
        "released_by": activation.released_by,
        "offline_until": iso(activation.offline_until),
        "signed_until": iso(activation.signed_until),
        "staging_signed_until": iso(activation.staging_signed_until),
    }


def hold_json(hold: Hold) -> dict[str, object]:
    """Return what holds a place, as JSON."""
    return {
        "activation_id": hold.activation.id,
        "domain": hold.activation.domain,
        "in_staging_place": hold.kind is PlaceKind.STAGING,
        "held_until": iso(hold.until),
    }


def domains(count: int) -> str:
    """Return ``1 domain`` or ``3 domains``."""
    return f"{count} domain{'' if count == 1 else 's'}"


def and_copies(count: int) -> str:
    """Return `` and 1 test copy`` or `` and 3 test copies``, and nothing where a plan has none."""
    return f" and {count} test cop{'y' if count == 1 else 'ies'}" if count else ""


def and_held(count: int) -> str:
    """Return ``2 held, `` and nothing where no place is held."""
    return f"{count} held, " if count else ""


def until(term_ends_at: int | None) -> str:
    """Return ``until 2027-11-23`` or ``for ever``."""
    return "for ever" if term_ends_at is None else f"until {day(term_ends_at)}"


def seen(activation: Activation, *, now: int) -> str:
    """Return when a site was last heard of, or until when it needs no call."""
    offline_until = activation.offline_hold(now)
    if offline_until is not None and activation.last_seen_at is None:
        return f"offline until {day(offline_until)}"
    return "never seen" if activation.last_seen_at is None else f"seen {ago(max(0, now - activation.last_seen_at))}"

"""The plain values that travel between the rooms: what a row says, without the row."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

LINKS = ("renew", "buy", "support", "find_key", "portal")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public half, and what it is used for: current, standby, retired or leaked."""

    name: str
    key_id: str
    public_key: str
    position: int
    status: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Product:
    """A theme; ``links`` holds only the ones that are set."""

    id: int
    slug: str
    name: str
    prefix: str
    links: dict[str, str]
    created_at: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How many domains, and test copies beside them, for how long, with which lease. ``product`` is the slug."""

    id: int
    product: str
    slug: str
    name: str
    domains: int
    term: str
    lease_seconds: int
    grace_seconds: int
    refresh_seconds: int
    moves_per_year: int
    features: tuple[str, ...]
    created_at: int
    staging_domains: int = 0


@dataclass(frozen=True, slots=True)
class License:
    """The vendor's record of a license, with its product and plan."""

    id: str
    key_digest: bytes = field(repr=False)
    key_last5: str
    customer: str | None
    status: str
    status_reason: str | None
    status_since: int
    created_at: int
    term_ends_at: int | None
    domain_limit: int
    used: int
    freed: int
    staging_limit: int
    staging_used: int
    audit_count: int
    audit_head: bytes
    plan: Plan
    product: Product


@dataclass(frozen=True, slots=True)
class Activation:
    """One license in use, or formerly in use, on one domain."""

    id: str
    license_id: str
    domain: str
    environment: str
    client: str | None
    activated_at: int
    last_seen_at: int | None
    released_at: int | None
    released_by: str | None
    offline_until: int | None = None
    in_staging_place: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which licenses to list; what is None does not matter."""

    product: str | None = None
    plan: str | None = None
    customer: str | None = None
    status: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which audit entries to list; what is None does not matter.

    ``actor`` also matches whoever acts for it: ``vendor`` matches ``vendor:alice``. Both ends are inclusive.
    """

    chain: str | None = None
    object: str | None = None
    actor: str | None = None
    action: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class BulkJob:
    """What issuing many licenses began with and keeps, whatever becomes of the plan; ``server`` tells servers apart."""

    server: str
    product: str
    plan: str
    plan_id: int
    prefix: str
    count: int
    customer: str | None
    started_at: int
    term_ends_at: int | None
    domains: int
    staging_domains: int = 0  # a job that an earlier version began has none


def product_from(row: Row[Any]) -> Product:
    """Return the product whose columns are named ``product_…`` in ``row``."""
    fields = row._mapping
    links = {link: fields[f"product_{link}_url"] for link in LINKS if fields[f"product_{link}_url"]}
    return Product(
        id=fields["product_id"],
        slug=fields["product_slug"],
        name=fields["product_name"],
        prefix=fields["product_prefix"],
        links=links,
        created_at=fields["product_created_at"],
    )


def plan_from(row: Row[Any]) -> Plan:
    """Return the plan whose columns are named ``plan_…`` in ``row``."""
    fields = row._mapping
    return Plan(
        id=fields["plan_id"],
        product=fields["product_slug"],
        slug=fields["plan_slug"],
        name=fields["plan_name"],
        domains=fields["plan_domains"],
        term=fields["plan_term"],
        lease_seconds=fields["plan_lease_seconds"],
        grace_seconds=fields["plan_grace_seconds"],
        refresh_seconds=fields["plan_refresh_seconds"],
        moves_per_year=fields["plan_moves_per_year"],
        features=tuple(json.loads(fields["plan_features"])),
        created_at=fields["plan_created_at"],
        staging_domains=fields["plan_staging_domains"],
    )


def license_from(row: Row[Any]) -> License:
    """Return the license whose columns are named ``license_…`` in ``row``, with its plan and product."""
    fields = row._mapping
    own = {name: fields[f"license_{name}"] for name in _LICENSE_FIELDS}
    return License(**own, plan=plan_from(row), product=product_from(row))


def activation_from(row: Row[Any]) -> Activation:
    """Return the activation whose columns are named ``activation_…`` in ``row``."""
    fields = row._mapping
    return Activation(**{name: fields[f"activation_{name}"] for name in _ACTIVATION_FIELDS})


_LICENSE_FIELDS = tuple(name for name in License.__dataclass_fields__ if name not in ("plan", "product"))
_ACTIVATION_FIELDS = tuple(Activation.__dataclass_fields__)

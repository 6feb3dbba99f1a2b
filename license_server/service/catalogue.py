"""Products and plans: what the vendor sells."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.errors.catalogue import (
    FeaturesTooLong,
    KeyPrefixInvalid,
    LeaseTooLong,
    LinkInvalid,
    NameTaken,
    NothingToChange,
    Noun,
    PlanNotFound,
    ProductNotFound,
    SlugInvalid,
    TermInvalid,
    TextInvalid,
)
from license_server.records import LINKS, Plan, Product
from license_server.service import locked_server
from license_server.service.context import Context
from license_server.store import catalogue
from theme_license.license_key import is_key_prefix

MAX_NAME = 200
MAX_URL = 2_000
MAX_FEATURES = 8_192
"""Bytes of a plan's features as JSON: with the longest of all else, a signed license still is one that clients read."""


def create_product(context: Context, slug: str, *, name: str, prefix: str, links: Mapping[str, str]) -> Product:
    """Store a new product. Raises :class:`InputInvalid` or :class:`AlreadyExists`."""
    _require_slug(slug, "product")
    _require_name(name)
    if not is_key_prefix(prefix):
        raise KeyPrefixInvalid(is_new=True)
    _require_links(links)
    with context.store.write() as connection:
        server = locked_server.lock(context, connection)
        if catalogue.find_product(connection, slug) is not None:
            raise NameTaken(noun="product", name=slug)
        catalogue.add_product(connection, slug=slug, name=name, prefix=prefix, links=links, at=server.at)
        server.record(AuditAction.CREATE, f"product:{slug}", name=name, prefix=prefix, links=dict(links))
        server.save()
    return find_product(context, slug)


def update_product(
    context: Context, slug: str, *, name: str | None, prefix: str | None, links: Mapping[str, str]
) -> Product:
    """Change what is given; an empty link removes it. Raises :class:`InputInvalid` or :class:`NotFound`."""
    values: dict[str, str | None] = {f"{link}_url": url or None for link, url in links.items()}
    _require_links({link: url for link, url in links.items() if url})
    if name is not None:
        _require_name(name)
        values["name"] = name
    if prefix is not None:
        if not is_key_prefix(prefix):
            raise KeyPrefixInvalid(is_new=False)
        values["prefix"] = prefix
    if not values:
        raise NothingToChange(noun="product")
    find_product(context, slug)
    with context.store.write() as connection:
        server = locked_server.lock(context, connection)
        catalogue.update_product(connection, slug, values)
        server.record(AuditAction.UPDATE, f"product:{slug}", **values)
        server.save()
    return find_product(context, slug)


def find_product(context: Context, slug: str) -> Product:
    """Return the product. Raises :class:`ProductNotFound`."""
    with context.store.read() as connection:
        product = catalogue.find_product(connection, slug)
    if product is None:
        raise ProductNotFound(slug=slug)
    return product


def list_products(context: Context) -> list[Product]:
    """Return every product."""
    with context.store.read() as connection:
        return catalogue.all_products(connection)


def create_plan(
    context: Context,
    product: str,
    slug: str,
    *,
    name: str | None,
    domains: int,
    term: str,
    staging_domains: int = 0,
    lease_days: int = policy.LEASE_DAYS,
    grace_days: int = policy.GRACE_DAYS,
    refresh_hours: int = policy.REFRESH_HOURS,
    moves_per_year: int = policy.MOVES_PER_YEAR,
    features: Sequence[str] = (),
) -> Plan:
    """Store a new plan. Raises :class:`InputInvalid`, :class:`NotFound` or :class:`AlreadyExists`."""
    _require_slug(slug, "plan")
    _require_name(name or slug)
    _require_lease(lease_days * policy.DAY, grace_days * policy.DAY)
    parsed = policy.parse_term(term)
    if parsed is None:
        raise TermInvalid
    _require_features(features)
    plan = Plan(
        id=0,
        product=product,
        slug=slug,
        name=name or slug,
        domains=domains,
        term=parsed.text,
        lease_seconds=lease_days * policy.DAY,
        grace_seconds=grace_days * policy.DAY,
        refresh_seconds=refresh_hours * 3_600,
        moves_per_year=moves_per_year,
        features=tuple(features),
        created_at=context.clock(),
        staging_domains=staging_domains,
    )
    owner = find_product(context, product)
    with context.store.write() as connection:
        server = locked_server.lock(context, connection)
        if catalogue.find_plan(connection, product=product, slug=slug) is not None:
            raise NameTaken(noun="plan", name=f"{product}/{slug}")
        catalogue.add_plan(connection, plan, product_id=owner.id)
        details = {
            "name": plan.name,
            "domains": domains,
            "staging_domains": staging_domains,
            "term": plan.term,
            "lease_seconds": plan.lease_seconds,
            "grace_seconds": plan.grace_seconds,
            "refresh_seconds": plan.refresh_seconds,
            "moves_per_year": moves_per_year,
            "features": list(features),
        }
        server.record(AuditAction.CREATE, f"plan:{product}/{slug}", **details)
        server.save()
    return find_plan(context, product, slug)


def update_plan(context: Context, product: str, slug: str, values: Mapping[str, object]) -> Plan:
    """Change what is given; licenses that were issued keep their numbers of domains and test copies and their term.

    ``values`` by column: name, domains, staging_domains, term, lease_seconds, grace_seconds,
    refresh_seconds, moves_per_year.
    Raises :class:`InputInvalid` or :class:`NotFound`.
    """
    if not values:
        raise NothingToChange(noun="plan")
    if "term" in values and policy.parse_term(str(values["term"])) is None:
        raise TermInvalid
    if "name" in values:
        _require_name(str(values["name"]))
    find_plan(context, product, slug)
    with context.store.write() as connection:
        server = locked_server.lock(context, connection)
        # As it stands under the lock; a plan is never deleted.
        plan = catalogue.find_plan(connection, product=product, slug=slug)
        if plan is None:
            raise PlanNotFound(product=product, slug=slug)
        if "lease_seconds" in values or "grace_seconds" in values:
            _change_lease(connection, plan, values, at=server.at)
        catalogue.update_plan(connection, plan.id, values)
        server.record(AuditAction.UPDATE, f"plan:{product}/{slug}", **values)
        server.save()
    return find_plan(context, product, slug)


def find_plan(context: Context, product: str, slug: str) -> Plan:
    """Return the plan. Raises :class:`PlanNotFound`."""
    with context.store.read() as connection:
        plan = catalogue.find_plan(connection, product=product, slug=slug)
    if plan is None:
        raise PlanNotFound(product=product, slug=slug)
    return plan


def list_plans(context: Context, product: str | None) -> list[Plan]:
    """Return every plan, or those of ``product``. Raises :class:`ProductNotFound`."""
    if product is not None:
        find_product(context, product)
    with context.store.read() as connection:
        return catalogue.all_plans(connection, product=product)


def _change_lease(connection: Connection, plan: Plan, values: Mapping[str, object], *, at: int) -> None:
    """Keep how long the plan's leases were until now, if they are to be as long as they may."""
    lease, grace = (
        int(str(values.get(column, before)))
        for column, before in (("lease_seconds", plan.lease_seconds), ("grace_seconds", plan.grace_seconds))
    )
    _require_lease(lease, grace)
    catalogue.end_lease(connection, plan.id, seconds=plan.lease_seconds + plan.grace_seconds, at=at)


def _require_lease(lease: int, grace: int) -> None:
    if lease + grace > policy.MAX_LEASE_DAYS * policy.DAY:
        raise LeaseTooLong(longest=policy.MAX_LEASE_DAYS)


def _require_slug(slug: str, noun: Noun) -> None:
    if not policy.is_slug(slug):
        raise SlugInvalid(noun=noun)


def _require_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise TextInvalid(what="name", longest=MAX_NAME)


def _require_features(features: Sequence[str]) -> None:
    length = len(json.dumps(list(features), ensure_ascii=False, separators=(",", ":")).encode())
    if length > MAX_FEATURES:
        raise FeaturesTooLong(length=length, longest=MAX_FEATURES)


def _require_links(links: Mapping[str, str]) -> None:
    for link, url in links.items():
        if link not in LINKS:
            raise ValueError(link)
        if not _is_https(url):
            raise LinkInvalid(link=link)


def _is_https(url: str) -> bool:
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and parts.username is None

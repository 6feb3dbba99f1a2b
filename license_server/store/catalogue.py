"""Products and plans."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select, update

from license_server.records import Plan, Product
from license_server.store.rows import PLAN_COLUMNS, PRODUCT_COLUMNS, plan_from, product_from
from license_server.store.tables import past_leases, plans, products


def add_product(
    connection: Connection, *, slug: str, name: str, prefix: str, links: Mapping[str, str], at: int
) -> None:
    """Store a product; its slug must be new."""
    urls = {f"{link}_url": url for link, url in links.items()}
    connection.execute(insert(products).values(slug=slug, name=name, prefix=prefix, created_at=at, **urls))


def update_product(connection: Connection, slug: str, values: Mapping[str, str | None]) -> None:
    """Overwrite the given columns of a product."""
    connection.execute(update(products).where(products.c.slug == slug).values(**values))


def find_product(connection: Connection, slug: str) -> Product | None:
    """Return the product, or None."""
    row = connection.execute(select(*PRODUCT_COLUMNS).where(products.c.slug == slug)).one_or_none()
    return None if row is None else product_from(row)


def all_products(connection: Connection) -> list[Product]:
    """Return the products by slug."""
    return [product_from(row) for row in connection.execute(select(*PRODUCT_COLUMNS).order_by(products.c.slug))]


def add_plan(connection: Connection, plan: Plan, *, product_id: int) -> None:
    """Store a plan; its ``id`` and ``product`` are ignored."""
    connection.execute(
        insert(plans).values(
            product_id=product_id,
            slug=plan.slug,
            name=plan.name,
            domains=plan.domains,
            term=plan.term,
            lease_seconds=plan.lease_seconds,
            grace_seconds=plan.grace_seconds,
            refresh_seconds=plan.refresh_seconds,
            moves_per_year=plan.moves_per_year,
            features=json.dumps(plan.features),
            created_at=plan.created_at,
            staging_domains=plan.staging_domains,
        )
    )


def update_plan(connection: Connection, plan_id: int, values: Mapping[str, object]) -> None:
    """Overwrite the given columns of a plan."""
    connection.execute(update(plans).where(plans.c.id == plan_id).values(**values))


def end_lease(connection: Connection, plan_id: int, *, seconds: int, at: int) -> None:
    """Store until when a plan had a lease of ``seconds``, with grace; of those that end at once the longest."""
    ended = (past_leases.c.plan_id == plan_id, past_leases.c.ended_at == at)
    before = connection.execute(select(past_leases.c.seconds).where(*ended)).scalar()
    if before is None:
        connection.execute(insert(past_leases).values(plan_id=plan_id, ended_at=at, seconds=seconds))
    elif before < seconds:
        connection.execute(update(past_leases).where(*ended).values(seconds=seconds))


def longest_past_lease(connection: Connection, plan_id: int, *, since: int) -> int:
    """Return the longest lease, with grace, that the plan had after ``since`` and has no more; 0 if none."""
    statement = select(func.max(past_leases.c.seconds)).where(
        past_leases.c.plan_id == plan_id, past_leases.c.ended_at >= since
    )
    return connection.execute(statement).scalar() or 0


def find_plan(connection: Connection, *, product: str, slug: str) -> Plan | None:
    """Return the plan, or None; ``product`` is its product's slug."""
    statement = _PLANS.where(products.c.slug == product, plans.c.slug == slug)
    row = connection.execute(statement).one_or_none()
    return None if row is None else plan_from(row)


def all_plans(connection: Connection, *, product: str | None = None) -> list[Plan]:
    """Return the plans by product and slug."""
    statement = _PLANS.order_by(products.c.slug, plans.c.slug)
    if product is not None:
        statement = statement.where(products.c.slug == product)
    return [plan_from(row) for row in connection.execute(statement)]


_PLANS = select(*PLAN_COLUMNS, *PRODUCT_COLUMNS).select_from(plans.join(products))

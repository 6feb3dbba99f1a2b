"""What may be meant by a name that begins like this? The newest first, each with a word that tells it apart."""

from sqlalchemy import ColumnElement, Connection, String, and_, func, literal, select

from license_server.store.licenses import JOINED
from license_server.store.tables import activations, licenses, plans, products, signing_keys

Names = list[tuple[str, str]]

_PLAN = products.c.slug + "/" + plans.c.slug


def of_licenses(connection: Connection, start: str, limit: int) -> Names:
    """Return ids of licenses, with plan, status and customer."""
    statement = (
        select(licenses.c.id, _PLAN, licenses.c.status, licenses.c.customer)
        .select_from(JOINED)
        .where(_begins(licenses.c.id, start))
        .order_by(licenses.c.created_at.desc(), licenses.c.id)
        .limit(limit)
    )
    return [
        (name, ", ".join(word for word in (plan, status, customer) if word))
        for name, plan, status, customer in connection.execute(statement)
    ]


def of_activations(connection: Connection, start: str, limit: int) -> Names:
    """Return ids of activations that are in use, with their domain."""
    statement = select(activations.c.id, activations.c.domain).where(
        activations.c.released_at.is_(None), _begins(activations.c.id, start)
    )
    newest = statement.order_by(activations.c.activated_at.desc(), activations.c.id).limit(limit)
    return [(name, domain) for name, domain in connection.execute(newest)]


def of_domains(connection: Connection, start: str, limit: int) -> Names:
    """Return domains that licenses are in use on."""
    statement = (
        select(activations.c.domain)
        .where(activations.c.released_at.is_(None), _begins(activations.c.domain, start.lower()))
        .group_by(activations.c.domain)
        .order_by(activations.c.domain)
        .limit(limit)
    )
    return [(domain, "") for domain in connection.execute(statement).scalars()]


def of_products(connection: Connection, start: str, limit: int) -> Names:
    """Return products, with their names."""
    statement = select(products.c.slug, products.c.name).where(_begins(products.c.slug, start))
    return [(slug, name) for slug, name in connection.execute(statement.order_by(products.c.slug).limit(limit))]


def of_plans(connection: Connection, start: str, limit: int) -> Names:
    """Return plans as ``PRODUCT/PLAN``, with their names."""
    statement = select(_PLAN, plans.c.name).select_from(plans.join(products)).where(_begins(_PLAN, start))
    ordered = statement.order_by(products.c.slug, plans.c.slug).limit(limit)
    return [(slug, name) for slug, name in connection.execute(ordered)]


def of_signing_keys(connection: Connection, start: str, limit: int) -> Names:
    """Return names of signing keys, with their status."""
    statement = select(signing_keys.c.name, signing_keys.c.status).where(_begins(signing_keys.c.name, start))
    return [
        (name, status) for name, status in connection.execute(statement.order_by(signing_keys.c.position).limit(limit))
    ]


def _begins(column: ColumnElement[str], start: str) -> ColumnElement[bool]:
    # Exactly, letter for letter: LIKE would not mind the case on SQLite.
    return and_(func.substr(column, 1, len(start)) == literal(start, String))

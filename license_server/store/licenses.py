"""Licenses: look up, lock, take and give back places."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, insert, select, update

from license_server.records import Filter, License, license_from
from license_server.store.catalogue import PLAN_COLUMNS, PRODUCT_COLUMNS
from license_server.store.signing_keys import CURRENT_KEY_ID
from license_server.store.tables import activations, allowed_domains, licenses, plans, products

LICENSE_COLUMNS = tuple(column.label(f"license_{column.name}") for column in licenses.c if column.name != "plan_id")
ALL_COLUMNS = LICENSE_COLUMNS + PLAN_COLUMNS + PRODUCT_COLUMNS
JOINED = licenses.join(plans, licenses.c.plan_id == plans.c.id).join(products, plans.c.product_id == products.c.id)


def add(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Store new licenses, given by column."""
    connection.execute(insert(licenses), rows)


def lock_by_digest(connection: Connection, digest: bytes) -> tuple[License, str | None] | None:
    """Return the license whose key has this digest, locked until the transaction ends, and the key id that signs."""
    row = connection.execute(_LOCK_BY_DIGEST, {"wanted": digest}).one_or_none()
    return None if row is None else (license_from(row), row._mapping["current_key_id"])


def lock(connection: Connection, license_id: str) -> License | None:
    """Return the license, locked until the transaction ends."""
    return _one(connection, _LOCK, license_id)


def find(connection: Connection, license_id: str) -> License | None:
    """Return the license, or None."""
    return _one(connection, _BY_ID, license_id)


def find_by_digest(connection: Connection, digest: bytes) -> License | None:
    """Return the license whose key has this digest, or None."""
    return _one(connection, _BY_DIGEST, digest)


def find_by_domain(connection: Connection, domain: str) -> list[License]:
    """Return the licenses in use on ``domain``, oldest activation first."""
    statement = (
        select(*ALL_COLUMNS)
        .select_from(JOINED.join(activations, activations.c.license_id == licenses.c.id))
        .where(activations.c.domain == domain, activations.c.released_at.is_(None))
        .order_by(activations.c.activated_at)
    )
    return [license_from(row) for row in connection.execute(statement)]


def search(connection: Connection, wanted: Filter, *, limit: int) -> list[License]:
    """Return the newest licenses that match, at most ``limit``."""
    statement = _SELECT.where(*_conditions(wanted)).order_by(licenses.c.created_at.desc(), licenses.c.id).limit(limit)
    return [license_from(row) for row in connection.execute(statement)]


def take_place(connection: Connection, license_id: str, *, freed: int, audit_count: int, audit_head: bytes) -> bool:
    """Take one place and store what goes with it; False, changing nothing, when every place is in use."""
    values = {"wanted": license_id, "new_freed": freed, "new_count": audit_count, "new_head": audit_head}
    return connection.execute(_TAKE_PLACE, values).rowcount == 1


def take_staging_place(
    connection: Connection, license_id: str, *, freed: int, audit_count: int, audit_head: bytes
) -> bool:
    """Take one staging place as :func:`take_place` takes an ordinary one."""
    values = {"wanted": license_id, "new_freed": freed, "new_count": audit_count, "new_head": audit_head}
    return connection.execute(_TAKE_STAGING_PLACE, values).rowcount == 1


def change(connection: Connection, license_id: str, values: Mapping[str, object]) -> None:
    """Set ``values`` on a license that this transaction has locked."""
    connection.execute(update(licenses).where(licenses.c.id == license_id).values(**values))


def give_back_places(connection: Connection, license_id: str, count: int, *, staging: int = 0) -> None:
    """Give back ``count`` ordinary places and ``staging`` of the others."""
    values = {"used": licenses.c.used - count, "staging_used": licenses.c.staging_used - staging}
    connection.execute(update(licenses).where(licenses.c.id == license_id).values(**values))


def take_place_regardless(connection: Connection, license_id: str) -> None:
    """Take one place even beyond the limit: for an activation that was granted before and whose row was lost."""
    connection.execute(update(licenses).where(licenses.c.id == license_id).values(used=licenses.c.used + 1))


def allow_domains(connection: Connection, license_id: str, domains: Iterable[str], *, at: int) -> None:
    """Store the vendor's exceptions for a license."""
    rows = [{"license_id": license_id, "domain": domain, "created_at": at} for domain in domains]
    if rows:
        connection.execute(insert(allowed_domains), rows)


def is_domain_allowed(connection: Connection, license_id: str, domain: str) -> bool:
    """Return whether the vendor made an exception of ``domain`` for this license."""
    statement = select(exists().where(allowed_domains.c.license_id == license_id, allowed_domains.c.domain == domain))
    return bool(connection.execute(statement).scalar())


def _one(connection: Connection, statement: Select[tuple[object, ...]], wanted: object) -> License | None:
    row = connection.execute(statement, {"wanted": wanted}).one_or_none()
    return None if row is None else license_from(row)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (products.c.slug, wanted.product),
        (plans.c.slug, wanted.plan),
        (licenses.c.customer, wanted.customer),
        (licenses.c.status, wanted.status),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.domain is not None:
        of_domain = select(activations.c.license_id).where(
            activations.c.domain == wanted.domain, activations.c.released_at.is_(None)
        )
        conditions.append(licenses.c.id.in_(of_domain))
    return conditions


_SELECT: Select[tuple[object, ...]] = select(*ALL_COLUMNS).select_from(JOINED)

# The hot path's statements are built once: building one costs more than running it.
_BY_ID = _SELECT.where(licenses.c.id == bindparam("wanted"))
_BY_DIGEST = _SELECT.where(licenses.c.key_digest == bindparam("wanted"))
_LOCK = _BY_ID.with_for_update(of=licenses)
_LOCK_BY_DIGEST = _BY_DIGEST.add_columns(CURRENT_KEY_ID.label("current_key_id")).with_for_update(of=licenses)
_TAKE = (
    update(licenses)
    .where(licenses.c.id == bindparam("wanted"))
    .values(freed=bindparam("new_freed"), audit_count=bindparam("new_count"), audit_head=bindparam("new_head"))
)
_TAKE_PLACE = _TAKE.where(licenses.c.used < licenses.c.domain_limit).values(used=licenses.c.used + 1)
_TAKE_STAGING_PLACE = _TAKE.where(licenses.c.staging_used < licenses.c.staging_limit).values(
    staging_used=licenses.c.staging_used + 1
)

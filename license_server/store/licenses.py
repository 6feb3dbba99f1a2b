"""Licenses: look up, lock, and write what a lock's holder changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Update, bindparam, exists, insert, select, update

from license_server.records import Filter, License
from license_server.store.rows import LICENSE_COLUMNS, PLAN_COLUMNS, PRODUCT_COLUMNS, license_from
from license_server.store.signing_keys import CURRENT_KEY_ID
from license_server.store.tables import activations, allowed_domains, licenses, plans, products

ALL_COLUMNS = LICENSE_COLUMNS + PLAN_COLUMNS + PRODUCT_COLUMNS
JOINED = licenses.join(plans, licenses.c.plan_id == plans.c.id).join(products, plans.c.product_id == products.c.id)


@dataclass(frozen=True, slots=True)
class Locked:
    """A license as its locked row says, with the id of the key that signs today."""

    license: License
    key_id: str | None


def add(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Store new licenses, given by column."""
    connection.execute(insert(licenses), rows)


def lock(connection: Connection, license_id: str) -> Locked | None:
    """Return the license, locked until the transaction ends."""
    return _locked(connection, _LOCK_BY_ID, license_id)


def lock_by_digest(connection: Connection, digest: bytes) -> Locked | None:
    """Return the license whose key has this digest, locked until the transaction ends."""
    return _locked(connection, _LOCK_BY_DIGEST, digest)


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


def change(connection: Connection, before: License, values: Mapping[str, object]) -> bool:
    """Set columns of a license that this transaction has locked; False, changing nothing, when it is not as ``before``.

    As it was before means its counters and the end of its audit chain: nobody can have changed a locked row, so False
    is a fault of whoever wrote past the lock.
    """
    stood = {
        "row": before.id,
        "was_used": before.used,
        "was_staging_used": before.staging_used,
        "was_audit_count": before.audit_count,
    }
    new = {f"new_{column}": value for column, value in values.items()}
    return connection.execute(_change(tuple(sorted(values))), stood | new).rowcount == 1


def allow_domains(connection: Connection, license_id: str, domains: Iterable[str], *, at: int) -> None:
    """Store the vendor's exceptions for a license."""
    rows = [{"license_id": license_id, "domain": domain, "created_at": at} for domain in domains]
    if rows:
        connection.execute(insert(allowed_domains), rows)


def is_domain_allowed(connection: Connection, license_id: str, domain: str) -> bool:
    """Return whether the vendor made an exception of ``domain`` for this license."""
    statement = select(exists().where(allowed_domains.c.license_id == license_id, allowed_domains.c.domain == domain))
    return bool(connection.execute(statement).scalar())


def _locked(connection: Connection, statement: Select[Any], wanted: object) -> Locked | None:
    """Lock the license's row alone, then read what stands beside it in a statement of its own.

    Joined to its plan, a row whose plan changes while the lock is waited for is lost on PostgreSQL: the new row no
    longer fits the plan that was joined. And what a second statement reads is as new as the row.
    """
    row = connection.execute(statement, {"wanted": wanted}).one_or_none()
    if row is None:
        return None
    sold = connection.execute(_SOLD, {"plan": row._mapping["license_plan_id"]}).one()
    return Locked(license_from(row, sold), sold._mapping["current_key_id"])


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


# The hot path's statements are built once: building one costs more than running it.


@lru_cache(maxsize=64)
def _change(columns: tuple[str, ...]) -> Update:
    return (
        update(licenses)
        .where(
            licenses.c.id == bindparam("row"),
            licenses.c.used == bindparam("was_used"),
            licenses.c.staging_used == bindparam("was_staging_used"),
            licenses.c.audit_count == bindparam("was_audit_count"),
        )
        .values({column: bindparam(f"new_{column}") for column in columns})
    )


_SELECT: Select[tuple[object, ...]] = select(*ALL_COLUMNS).select_from(JOINED)
_BY_ID = _SELECT.where(licenses.c.id == bindparam("wanted"))
_BY_DIGEST = _SELECT.where(licenses.c.key_digest == bindparam("wanted"))
_LOCK: Select[Any] = select(*LICENSE_COLUMNS, licenses.c.plan_id.label("license_plan_id"))
_LOCK_BY_ID = _LOCK.where(licenses.c.id == bindparam("wanted")).with_for_update()
_LOCK_BY_DIGEST = _LOCK.where(licenses.c.key_digest == bindparam("wanted")).with_for_update()
_SOLD: Select[Any] = (
    select(*PLAN_COLUMNS, *PRODUCT_COLUMNS, CURRENT_KEY_ID.label("current_key_id"))
    .select_from(plans.join(products))
    .where(plans.c.id == bindparam("plan"))
)

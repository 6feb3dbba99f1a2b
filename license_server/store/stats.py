"""Sums over licenses and activations, of all products or of one."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from license_server.policy import DAY
from license_server.records import LicenseStatus, Standing
from license_server.store.licenses import JOINED
from license_server.store.tables import activations, licenses, products


def activations_by_day(connection: Connection, *, since: int, product: str | None) -> dict[int, int]:
    """Return how many activations began on each day (since 1970-01-01 UTC) from the time ``since`` on."""
    begin = (activations.c.activated_at - activations.c.activated_at % DAY).label("begin_of_day")
    statement = select(begin, func.count()).where(activations.c.activated_at >= since).group_by("begin_of_day")
    if product is not None:
        joined = JOINED.join(activations, activations.c.license_id == licenses.c.id)
        statement = statement.select_from(joined).where(products.c.slug == product)
    return {int(start) // DAY: count for start, count in connection.execute(statement)}


def expiries(connection: Connection, bounds: Sequence[int], *, product: str | None) -> list[int]:
    """Return how many unrevoked licenses end from each of ``bounds`` to before the next."""
    ends = licenses.c.term_ends_at
    sums = [
        func.coalesce(func.sum(case((and_(ends >= start, ends < stop), 1), else_=0)), 0)
        for start, stop in pairwise(bounds)
    ]
    within = and_(licenses.c.status != LicenseStatus.REVOKED, ends >= bounds[0], ends < bounds[-1])
    return [int(count) for count in connection.execute(_of(select(*sums).where(within), product)).one()]


def licenses_by_standing(connection: Connection, *, now: int, product: str | None) -> dict[Standing, int]:
    """Return how many licenses are worth each; as ``License.standing`` says it of one."""
    over = and_(licenses.c.status == LicenseStatus.ACTIVE, licenses.c.term_ends_at <= now)
    standing = case((over, Standing.EXPIRED.value), else_=licenses.c.status).label("standing")
    statement = _of(select(standing, func.count()), product).group_by("standing")
    found = {Standing(row[0]): int(row[1]) for row in connection.execute(statement)}
    return {standing: found.get(standing, 0) for standing in Standing}


def places(connection: Connection, *, product: str | None) -> tuple[int, int]:
    """Return how many places of unrevoked licenses are in use, and how many were sold."""
    sums = (func.coalesce(func.sum(column), 0) for column in (licenses.c.used, licenses.c.domain_limit))
    row = connection.execute(_of(select(*sums).where(licenses.c.status != LicenseStatus.REVOKED), product)).one()
    return int(row[0]), int(row[1])


def _of(statement: Select[Any], product: str | None) -> Select[Any]:
    if product is None:
        return statement.select_from(licenses)
    return statement.select_from(JOINED).where(products.c.slug == product)

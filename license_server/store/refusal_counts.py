"""How often did the API refuse, with which code, on which day? Days are counted from 1970-01-01 UTC."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Connection, Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from license_server.store.tables import refusals


def add(connection: Connection, counts: Mapping[tuple[int, str], int]) -> None:
    """Add to the count of each (day, code), in the order of ``counts``."""
    if counts:
        rows = [{"day": day, "code": code, "count": count} for (day, code), count in counts.items()]
        connection.execute(_add(connection.dialect.name), rows)


def since(connection: Connection, day: int) -> list[tuple[int, str, int]]:
    """Return (day, code, count) of ``day`` and the days after it, ordered by day and code."""
    statement = (
        select(refusals.c.day, refusals.c.code, refusals.c.count)
        .where(refusals.c.day >= day)
        .order_by(refusals.c.day, refusals.c.code)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


@lru_cache(maxsize=2)
def _add(dialect: str) -> Insert:
    insert = postgresql.insert(refusals) if dialect == "postgresql" else sqlite.insert(refusals)
    return insert.on_conflict_do_update(
        index_elements=["day", "code"], set_={"count": refusals.c.count + insert.excluded.count}
    )

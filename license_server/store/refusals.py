"""How often the API refused with each code, by day."""

from sqlalchemy import Connection, select

from license_server.store.tables import refusals


def since(connection: Connection, day: int) -> list[tuple[int, str, int]]:
    """Return day (since 1970-01-01 UTC), code and count from ``day`` on, by day and code."""
    statement = (
        select(refusals.c.day, refusals.c.code, refusals.c.count)
        .where(refusals.c.day >= day)
        .order_by(refusals.c.day, refusals.c.code)
    )
    return [(when, code, count) for when, code, count in connection.execute(statement)]

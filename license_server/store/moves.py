"""Moves: each time that a domain took a place that was held for another."""

from sqlalchemy import Connection, insert, select

from license_server.store.tables import moves


def add(connection: Connection, license_id: str, *, number: int, at: int, in_staging_place: bool) -> None:
    """Store a license's move; its numbers go on under the lock on the license."""
    values = {"license_id": license_id, "number": number, "at": at, "in_staging_place": in_staging_place}
    connection.execute(insert(moves), values)


def times(connection: Connection, license_id: str, *, since: int, in_staging_place: bool) -> list[int]:
    """Return the times of the license's moves after ``since`` from one ordinary or staging place to another."""
    statement = select(moves.c.at).where(
        moves.c.license_id == license_id, moves.c.at > since, moves.c.in_staging_place.is_(in_staging_place)
    )
    return list(connection.execute(statement).scalars())

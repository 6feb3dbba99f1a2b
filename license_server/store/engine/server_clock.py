"""What time does the database's own machine have?"""

from sqlalchemy import Connection, text


def now(connection: Connection) -> float | None:
    """Return PostgreSQL's time in seconds since 1970-01-01 UTC; None for SQLite, which has this machine's clock."""
    if connection.dialect.name != "postgresql":
        return None
    return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

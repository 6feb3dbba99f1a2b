"""What was recorded of the server's last restore."""

from sqlalchemy import Connection, select, update

from license_server.records import Recovery
from license_server.store.tables import server


def find(connection: Connection) -> Recovery:
    """Return what is known of the last restore."""
    row = connection.execute(_FIND).one_or_none()
    return Recovery(None, None, None) if row is None else Recovery(*row)


def record(connection: Connection, *, restored_at: int, backup_of: int) -> None:
    """Store that the database was brought back at ``restored_at`` to its state of ``backup_of``."""
    connection.execute(update(server).values(restored_at=restored_at, backup_of=backup_of))


_FIND = select(server.c.restored_at, server.c.backup_of, server.c.dated_tokens_since)

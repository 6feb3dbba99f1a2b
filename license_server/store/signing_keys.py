"""Signing keys: the public halves and which of them signs."""

from dataclasses import asdict

from sqlalchemy import Connection, insert, select, update

from license_server.records import SigningKey
from license_server.store.tables import signing_keys

CURRENT_KEY_ID = select(signing_keys.c.key_id).where(signing_keys.c.status == "current").scalar_subquery()
_CURRENT = select(CURRENT_KEY_ID)


def add(connection: Connection, key: SigningKey) -> None:
    """Store a public half."""
    connection.execute(insert(signing_keys).values(**asdict(key), status_since=key.created_at))


def all_keys(connection: Connection) -> list[SigningKey]:
    """Return every key in the order in which a theme pins them."""
    columns = [signing_keys.c[name] for name in SigningKey.__dataclass_fields__]
    return [SigningKey(*row) for row in connection.execute(select(*columns).order_by(signing_keys.c.position))]


def current_key_id(connection: Connection) -> str | None:
    """Return the id of the key that signs today."""
    found: str | None = connection.execute(_CURRENT).scalar()
    return found


def set_status(connection: Connection, name: str, status: str, *, at: int) -> None:
    """Store what a key is used for from now on."""
    statement = update(signing_keys).where(signing_keys.c.name == name).values(status=status, status_since=at)
    connection.execute(statement)

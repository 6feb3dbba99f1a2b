"""Signing keys as the vendor and the themes see them: public halves only."""

from license_server.service.context import Context
from license_server.store import keys
from license_server.store.records import SigningKey


def list_keys(context: Context) -> list[SigningKey]:
    """Return every key in the order in which a theme pins them."""
    with context.store.read() as connection:
        return keys.all_keys(connection)


def public_keys(context: Context) -> list[str]:
    """Return what a theme pins, in order: the key in use, then the standbys."""
    order = {"current": 0, "standby": 1}
    usable = [key for key in list_keys(context) if key.status in order]
    return [key.public_key for key in sorted(usable, key=lambda key: (order[key.status], key.position))]

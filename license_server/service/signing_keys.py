"""Signing keys as the vendor and the themes see them: public halves only."""

from license_server.errors import HomeNotUsable
from license_server.records import SigningKey
from license_server.service.context import Context
from license_server.store import keys


def list_keys(context: Context) -> list[SigningKey]:
    """Return every key in the order in which a theme pins them."""
    with context.store.read() as connection:
        return keys.all_keys(connection)


def public_keys(context: Context) -> list[str]:
    """Return what a theme pins, in order: the key in use, then the standbys."""
    order = {"current": 0, "standby": 1}
    usable = [key for key in list_keys(context) if key.status in order]
    return [key.public_key for key in sorted(usable, key=lambda key: (order[key.status], key.position))]


def require_usable(context: Context) -> None:
    """Raise :class:`HomeNotUsable` unless the private half of the key in use is in the home."""
    with context.store.read() as connection:
        key_id = keys.current_key_id(connection)
    if key_id is None or not context.signer.has(key_id):
        raise HomeNotUsable(
            f"the private half of the signing key in use is not in {context.home.keys}",
            next_step="put the key's .pem file there with mode 0600",
        )

"""Which activations are there? By id, by license, by domain."""

from sqlalchemy import Connection

from license_server import ids
from license_server.errors.licenses import ActivationUnknown
from license_server.records import Activation
from license_server.service.context import Context
from license_server.store import activations


def find(context: Context, activation_id: str) -> Activation:
    """Return the activation. Raises :class:`ActivationUnknown`."""
    found = context.store.query(lambda connection: find_named(connection, activation_id))
    if found is None:
        raise ActivationUnknown(activation_id=ids.repeatable(ids.ACTIVATION, activation_id))
    return found


def find_named(connection: Connection, text: str) -> Activation | None:
    """Return the activation that ``text`` names, or None."""
    # Only what has the form of an id reaches the database, whose log may hold every parameter: it could be a key.
    return None if ids.parse_id(ids.ACTIVATION, text) is None else activations.find(connection, text)


def search(
    context: Context, *, license_id: str | None, domain: str | None, released: bool, limit: int
) -> list[Activation]:
    """Return the newest activations that match."""
    return context.store.query(
        lambda connection: activations.search(
            connection, license_id=license_id, domain=domain, released=released, limit=limit
        )
    )


def of_license(context: Context, license_id: str, *, released: bool = False) -> list[Activation]:
    """Return the activations of a license, oldest first."""
    with context.store.read() as connection:
        return activations.of_license(connection, license_id, released=released)

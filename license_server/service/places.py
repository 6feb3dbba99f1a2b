"""Places of a license, taken and given back under the lock on its row (protocol §6, §8)."""

from dataclasses import replace

from sqlalchemy import Connection

from license_server.records import Activation, License
from license_server.store import activations, licenses


def release(connection: Connection, license: License, activation: Activation, *, at: int, by: str) -> License:
    """Release an unreleased activation and return the license as it stands then.

    An owner's release keeps the place of a domain for which an offline license is out: nobody can recall that. A
    vendor's frees it all the same. What an owner freed counts as such (``freed``, stored by the caller).
    """
    activations.release(connection, activation.id, at=at, by=by)
    if by == "vendor":
        if activation.offline_until is not None:
            activations.set_offline_until(connection, activation.id, None)
    elif is_held(activation, now=at):
        return license
    licenses.give_back_places(connection, license.id, 1)
    freed = license.freed if by == "vendor" else license.freed + 1
    return replace(license, used=license.used - 1, freed=freed)


def give_back_expired(connection: Connection, license: License, *, now: int) -> License:
    """Give back the places of released activations whose offline licenses are over; return the license as it stands."""
    count = activations.end_holds(connection, license.id, now=now)
    if not count:
        return license
    licenses.give_back_places(connection, license.id, count)
    return replace(license, used=license.used - count, freed=license.freed + count)


def take_up(connection: Connection, license: License, held: Activation) -> License:
    """Give back the place that is held for a domain, since the same domain is about to take one."""
    activations.set_offline_until(connection, held.id, None)
    licenses.give_back_places(connection, license.id, 1)
    return replace(license, used=license.used - 1)


def is_held(activation: Activation, *, now: int) -> bool:
    """Return whether an offline license is out for the domain, so that its place cannot be given to another."""
    return activation.offline_until is not None and activation.offline_until > now

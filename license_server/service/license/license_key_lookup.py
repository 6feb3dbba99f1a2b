"""Which license does the key open that somebody typed? Guesses and calls are counted (protocol §6, Limits)."""

from sqlalchemy import Connection

from license_server.errors import LicenseKeyMalformed, LicenseNotFound
from license_server.records import License
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic import call_limits
from license_server.service.traffic.call_limits import Door, KeyCalls
from license_server.store import licenses
from theme_license.errors import KeyMalformed
from theme_license.license_key import LicenseKey, parse_license_key


def parse(context: Context, text: str, *, address: str) -> LicenseKey:
    """Return the key that the text holds; one that holds none counts as a guess of ``address``.

    Raises :class:`LicenseKeyMalformed` or :class:`RateLimited`.
    """
    try:
        return parse_license_key(text)
    except KeyMalformed:
        call_limits.count_guess(context, address)
        raise LicenseKeyMalformed from None


def find(context: Context, key: LicenseKey, *, door: Door, address: str) -> tuple[License, KeyCalls]:
    """Return the license of a key as it stands, and the calls that the key has at a door from ``address``.

    The key is looked up before anything is counted, so that guesses shut nobody out who has one. An unknown key
    counts as a guess. Raises :class:`LicenseNotFound` or :class:`RateLimited`.
    """
    license = context.store.query(lambda connection: licenses.find_by_digest(connection, key.digest()))
    if license is None:
        call_limits.count_guess(context, address)
        raise LicenseNotFound
    return license, call_limits.key_calls(context, license, door=door, address=address)


def lock(context: Context, connection: Connection, key: LicenseKey) -> LockedLicense:
    """Return the license of a key that was found, locked. Raises :class:`LicenseNotFound` if it was replaced since."""
    locked = locked_license.lock_by_key(context, connection, key)
    if locked is None:
        raise LicenseNotFound
    return locked

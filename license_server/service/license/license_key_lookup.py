"""Which license does the key open that somebody typed? Guesses and calls are counted (protocol §6, Limits)."""

from sqlalchemy import Connection

from license_server.errors import LicenseKeyMalformed, LicenseNotFound, ServiceError
from license_server.records import License
from license_server.service.context import Context
from license_server.service.traffic import call_limits
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
        call_limits.require_not_blocked(context, address)
        call_limits.record_failure(context, address)
        raise LicenseKeyMalformed from None


def lock(
    context: Context, connection: Connection, key: LicenseKey, *, address: str
) -> tuple[License, str | None] | ServiceError:
    """Return the license of a key, locked, and the key id that signs, with the call counted; or why not.

    The refusal is returned, so that the count is kept with the transaction.
    """
    found = licenses.lock_by_digest(connection, key.digest())
    if found is None:
        call_limits.count_failure(context, connection, address)
        return LicenseNotFound()
    return call_limits.count_key_call(context, connection, found[0].id) or found

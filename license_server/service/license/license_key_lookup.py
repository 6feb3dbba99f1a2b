"""Which license does the key open that somebody typed? Guesses and calls are counted (protocol §6, Limits)."""

from sqlalchemy import Connection

from license_server.errors import LicenseKeyMalformed, LicenseNotFound, ServiceError
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic import call_limits
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


def lock(context: Context, connection: Connection, key: LicenseKey, *, address: str) -> LockedLicense | ServiceError:
    """Return the license of a key, locked, with the call counted; or why not.

    The refusal is returned, so that the count is kept with the transaction.
    """
    locked = locked_license.lock_by_key(context, connection, key)
    if locked is None:
        call_limits.count_failure(context, connection, address)
        return LicenseNotFound()
    return call_limits.count_key_call(context, connection, locked.license.id) or locked

"""Which licenses are there? By id, by key, by domain, by what a vendor asks for."""

from license_server import ids
from license_server.errors.licenses import DomainUnused, KeyUnknown, LicenseUnknown, NotADomain
from license_server.records import Filter, License
from license_server.service.context import Context
from license_server.store import licenses
from theme_license.domain import Domain, parse_domain
from theme_license.errors import DomainRefused
from theme_license.license_key import LicenseKey


def find(context: Context, license_id: str) -> License:
    """Return the license. Raises :class:`LicenseUnknown`."""
    # Only what has the form of an id reaches the database, whose log may hold every parameter: it could be a key.
    license = None
    if ids.parse_id(ids.LICENSE, license_id) is not None:
        license = context.store.query(lambda connection: licenses.find(connection, license_id))
    if license is None:
        raise LicenseUnknown(license_id=ids.repeatable(ids.LICENSE, license_id))
    return license


def find_by_key(context: Context, key: LicenseKey) -> License:
    """Return the license of a key. Raises :class:`KeyUnknown`."""
    license = context.store.query(lambda connection: licenses.find_by_digest(connection, key.digest()))
    if license is None:
        raise KeyUnknown
    return license


def find_by_domain(context: Context, text: str) -> list[License]:
    """Return the licenses in use on a domain. Raises :class:`NotADomain` or :class:`DomainUnused`."""
    domain = canonical(text)
    with context.store.read() as connection:
        found = licenses.find_by_domain(connection, domain)
    if not found:
        raise DomainUnused(domain=domain)
    return found


def search(context: Context, wanted: Filter, *, limit: int) -> list[License]:
    """Return the newest licenses that match."""
    with context.store.read() as connection:
        return licenses.search(connection, wanted, limit=limit)


def canonical(text: str) -> str:
    """Return the canonical name of the domain that somebody typed. Raises :class:`NotADomain`."""
    return read_domain(text).name


def read_domain(text: str) -> Domain:
    """Return the domain that somebody typed. Raises :class:`NotADomain`."""
    try:
        return parse_domain(text)
    except DomainRefused as error:
        raise NotADomain(reason=error.reason) from error

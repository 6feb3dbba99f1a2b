"""Which license does the key open that somebody typed? Guesses and calls are counted (protocol §6, Limits)."""

import hmac
from dataclasses import dataclass

from sqlalchemy import Connection

from license_server.errors import LicenseKeyMalformed, LicenseNotFound
from license_server.records import License
from license_server.secret_purposes import Purpose
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic import call_limits
from license_server.service.traffic.call_limits import Door, KeyCalls
from license_server.store import licenses
from theme_license.errors import KeyMalformed
from theme_license.license_key import LicenseKey, parse_license_key


@dataclass(frozen=True, slots=True)
class Proof:
    """That somebody typed the key of a license, without the key: what the portal keeps between two of its pages.

    It is worth nothing once the key is replaced. Whoever makes one must have read the key, or what this server signed.
    """

    license_id: str
    tag: str


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


def prove(context: Context, text: str, *, address: str) -> Proof:
    """Return the proof that the text holds the key of a license.

    Raises :class:`LicenseKeyMalformed`, :class:`LicenseNotFound` or :class:`RateLimited`.
    """
    license, _ = find(context, parse(context, text, address=address), door=Door.PORTAL, address=address)
    return Proof(license.id, key_tag(context, license))


def proved_calls(context: Context, proof: Proof, *, address: str) -> KeyCalls:
    """Return the calls in the portal that the key has from ``address``. Raises :class:`RateLimited`, or as ``lock``."""
    license = context.store.query(lambda connection: licenses.find(connection, proof.license_id))
    if license is None:
        raise LicenseNotFound
    return call_limits.key_calls(context, license, door=Door.PORTAL, address=address)


def lock_proved(context: Context, connection: Connection, proof: Proof) -> LockedLicense:
    """Return the license whose key was proved, locked. Raises :class:`LicenseNotFound` if it was replaced since."""
    locked = locked_license.lock(context, connection, proof.license_id)
    if locked is None or not is_of_key(context, locked.license, proof.tag):
        raise LicenseNotFound
    return locked


def key_tag(context: Context, license: License) -> str:
    """Return what is kept of a typed key so that a new key makes it worthless; nothing of the key follows from it."""
    return _key_tags(context, license)[-1]


def is_of_key(context: Context, license: License, tag: str) -> bool:
    """Return whether the tag is of the key that the license has now."""
    # As bytes: compare_digest refuses other text than ASCII.
    told = tag.encode("utf-8", "replace")
    return any(hmac.compare_digest(made.encode("ascii"), told) for made in _key_tags(context, license))


def _key_tags(context: Context, license: License) -> list[str]:
    """Return the tag by each token secret that is read; the last is for what begins."""
    made = context.secrets.derive_all(Purpose.PORTAL_KEY_TAG, license.id.encode("ascii"), license.key_digest)
    return [tag.hex()[:32] for tag in made]

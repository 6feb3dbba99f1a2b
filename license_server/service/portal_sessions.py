"""Who is signed in to the owner's portal, and until when? By the license key alone, on every node alike (§8)."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from license_server.audit_actions import AuditAction
from license_server.records import Actor, License
from license_server.service.context import Context
from license_server.service.license import license_key_lookup, locked_license
from license_server.service.traffic.call_limits import Door
from license_server.store import licenses, portal_sessions
from license_server.store.portal_sessions import PortalSession
from theme_license.base64url import encode_segment

IDLE_SECONDS = 15 * 60
"""How long a session lasts after its last use; at that second it is over."""

SESSION_SECONDS = 12 * 3_600
"""How long a session lasts however much it is used; at that second it is over."""

NOTED_SECONDS = 60
"""How old the stored time of the last use may be: so much of it the browser's cookie alone tells."""

KEPT_SECONDS = 24 * 3_600
"""How long the row of a session is kept, so that its browser can be told why it is over."""

_SECRET_BYTES = 32


class Over(StrEnum):
    """Why a session is over."""

    TIMED_OUT = "timed_out"
    """It was not used for a while."""
    ENDED = "ended"
    """It was signed out, there or everywhere, or it had lasted for as long as any may."""
    KEY_REPLACED = "key_replaced"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that begins; only the browser keeps its secret."""

    secret: str
    license: License


def sign_in(context: Context, key_text: str, *, address: str) -> SignedIn:
    """Begin a session for the key that an owner typed, whatever became of its license; a call of the key.

    It is written into the license's audit log. Raises :class:`LicenseKeyMalformed`, :class:`LicenseNotFound` or
    :class:`RateLimited`.
    """
    key = license_key_lookup.parse(context, key_text, address=address)
    _, calls = license_key_lookup.find(context, key, door=Door.PORTAL, address=address)
    if calls.spent is not None:
        raise calls.spent
    secret = encode_segment(context.random_bytes(_SECRET_BYTES))

    def work(connection: Connection) -> License:
        locked = license_key_lookup.lock(context, connection, key)
        calls.count(connection, refused=False)
        locked.record(AuditAction.SIGN_IN, locked.license.id, Actor.OWNER)
        locked.save()
        portal_sessions.forget_before(connection, locked.at - KEPT_SECONDS)
        started = PortalSession(
            locked.license.id, license_key_lookup.key_tag(context, locked.license), locked.at, locked.at
        )
        portal_sessions.add(connection, _digest(secret), started)
        return locked.license

    return SignedIn(secret, context.store.transact(work))


def current(context: Context, secret: str, *, used_at: int) -> License | Over:
    """Return the license of a session that goes on, which this is a use of, or why it is over.

    ``used_at`` is the last use that the browser itself knows of, which is later than the stored one by a minute at
    most where no other browser has a copy of the secret.
    """
    digest, now = _digest(secret), context.clock()

    def read(connection: Connection) -> tuple[PortalSession | None, License | None]:
        session = portal_sessions.find(connection, digest)
        return session, None if session is None else licenses.find(connection, session.license_id)

    session, license = context.store.query(read)
    is_idle = abs(now - max(used_at, 0 if session is None else session.seen_at)) >= IDLE_SECONDS
    if session is None or license is None:
        return Over.TIMED_OUT if is_idle else Over.ENDED
    if not license_key_lookup.is_of_key(context, license, session.key_tag):
        return Over.KEY_REPLACED
    if is_idle or abs(now - session.started_at) >= SESSION_SECONDS:
        return Over.TIMED_OUT if is_idle else Over.ENDED
    if abs(now - session.seen_at) >= NOTED_SECONDS:
        context.store.transact(lambda connection: portal_sessions.note_seen(connection, digest, now))
    return license


def end(context: Context, secret: str) -> None:
    """End a session: who kept its cookie has nothing of it."""
    context.store.transact(lambda connection: portal_sessions.end(connection, _digest(secret)))


def end_all(context: Context, license_id: str) -> None:
    """End every session of a license, and write that into its audit log. Raises :class:`NotFound`."""

    def work(connection: Connection) -> None:
        locked = locked_license.require(context, connection, license_id)
        # Under the license's lock, which a sign-in takes too: none slips through.
        ended = portal_sessions.end_all(connection, license_id)
        locked.record(AuditAction.SIGN_OUT_EVERYWHERE, license_id, Actor.OWNER, sessions=ended)
        locked.save()

    context.store.transact(work)


def _digest(secret: str) -> bytes:
    # The secret is 256 random bits, so nothing need be mixed in that only the server knows.
    return hashlib.sha256(b"theme-license portal session 1" + secret.encode("ascii")).digest()

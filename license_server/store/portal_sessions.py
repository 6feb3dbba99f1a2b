"""Who is signed in to the portal? A row for each browser, found by a digest of the secret that its cookie holds."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from license_server.store.tables import portal_sessions


@dataclass(frozen=True, slots=True)
class PortalSession:
    """One browser that is signed in; ``key_tag`` is of the license key that was typed."""

    license_id: str
    key_tag: str
    started_at: int
    seen_at: int


def add(connection: Connection, digest: bytes, session: PortalSession) -> None:
    """Store a session that begins."""
    values = {
        "digest": digest,
        "license_id": session.license_id,
        "key_tag": session.key_tag,
        "started_at": session.started_at,
        "seen_at": session.seen_at,
    }
    connection.execute(insert(portal_sessions).values(values))


def find(connection: Connection, digest: bytes) -> PortalSession | None:
    """Return the session, however old, or None where there is none or it was ended."""
    columns = portal_sessions.c
    found = connection.execute(
        select(columns.license_id, columns.key_tag, columns.started_at, columns.seen_at).where(columns.digest == digest)
    ).one_or_none()
    return None if found is None else PortalSession(*found)


def note_seen(connection: Connection, digest: bytes, at: int) -> None:
    """Note that the session was used; one that was ended meanwhile stays ended."""
    connection.execute(update(portal_sessions).where(portal_sessions.c.digest == digest).values(seen_at=at))


def end(connection: Connection, digest: bytes) -> None:
    """End one session."""
    connection.execute(delete(portal_sessions).where(portal_sessions.c.digest == digest))


def end_all(connection: Connection, license_id: str) -> int:
    """End every session of a license, and return how many there were."""
    return connection.execute(delete(portal_sessions).where(portal_sessions.c.license_id == license_id)).rowcount


def forget_before(connection: Connection, at: int) -> None:
    """Remove the sessions that began before ``at``."""
    connection.execute(delete(portal_sessions).where(portal_sessions.c.started_at < at))

"""Who has called too often? Guesses count by address, calls with a known key by key and address (protocol §6)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from license_server import policy
from license_server.errors import RateLimited
from license_server.records import License
from license_server.service.context import Context
from license_server.store import call_counts

UNREADABLE_TOLD_SECONDS = 3_600
"""How long the log is silent after it has told of an address that cannot be read."""

_GUESSES = "failures"
_UNREADABLE = "unreadable"


class Door(StrEnum):
    """Where a license key is used: what happens at one door does not count at the other."""

    SITES = "sites"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCalls:
    """The calls of one known key at one door from one address.

    ``subject`` is key and address as they count together, None where the address cannot be read: then nothing counts.
    ``spent`` refuses a call that counts; None while some are left.
    """

    door: Door
    subject: str | None
    at: int
    spent: RateLimited | None = None

    def count(self, connection: Connection, *, refused: bool) -> None:
        """Count one call that was refused, or one that was granted and counts."""
        if self.subject is not None:
            scope = _scope(self.door, refused=refused)
            call_counts.hit(connection, scope=scope, subject=self.subject, now=self.at, seconds=policy.KEY_WINDOW)


def key_calls(context: Context, license: License, *, door: Door, address: str) -> KeyCalls:
    """Return the calls that the key of a license has at a door from an address; a read, which no lock is held for.

    Raises :class:`RateLimited` once as many were refused as may be.
    """
    group, now = _group(context, address), context.clock()
    if group is None:
        return KeyCalls(door=door, subject=None, at=now)
    subject, per_key = f"{license.id} {group}", context.settings.calls_per_key

    def over(connection: Connection, *, refused: bool, allowed: int) -> RateLimited | None:
        window = call_counts.current(
            connection, scope=_scope(door, refused=refused), subject=subject, now=now, seconds=policy.KEY_WINDOW
        )
        return RateLimited(retry_after=window.ends_at - now, counted_by="key") if window.count >= allowed else None

    def read(connection: Connection) -> tuple[RateLimited | None, RateLimited | None]:
        granted = policy.calls_allowed(per_key, domains=license.domain_limit)
        return over(connection, refused=True, allowed=per_key), over(connection, refused=False, allowed=granted)

    refused, spent = context.store.query(read)
    if refused is not None:
        raise refused
    return KeyCalls(door=door, subject=subject, at=now, spent=spent)


def count_guess(context: Context, address: str) -> None:
    """Count one unknown key, malformed key or bad token. Raises :class:`RateLimited`, writing nothing, after too many.

    Nothing else that comes from the address is refused for it.
    """
    group, now, seconds = _group(context, address), context.clock(), policy.FAILURE_WINDOW
    if group is None:
        return
    window = context.store.query(
        lambda connection: call_counts.current(connection, scope=_GUESSES, subject=group, now=now, seconds=seconds)
    )
    if window.count >= context.settings.failures_per_address:
        raise RateLimited(retry_after=window.ends_at - now, counted_by="address")
    context.store.transact(
        lambda connection: call_counts.hit(connection, scope=_GUESSES, subject=group, now=now, seconds=seconds)
    )


def had_unreadable_address(connection: Connection, *, now: int, seconds: int = policy.DAY) -> bool:
    """Return whether a caller's address could not be read within ``seconds``, a day unless told."""
    return call_counts.current(connection, scope=_UNREADABLE, subject="", now=now, seconds=seconds).count > 0


def forget_old(context: Context) -> None:
    """Remove the counts whose windows are over."""
    now = context.clock()

    def forget(connection: Connection) -> None:
        call_counts.forget_before(connection, now - policy.KEY_WINDOW, but=_UNREADABLE)
        call_counts.forget_before(connection, now - policy.DAY)

    context.store.transact(forget)


def _scope(door: Door, *, refused: bool) -> str:
    return f"{door}_{'refused' if refused else 'granted'}"


def _group(context: Context, address: str) -> str | None:
    """Return what the address counts as; None, logged and kept for the doctor once an hour, if it cannot be read."""
    group = policy.address_group(address)
    if group is None:
        _note_unreadable(context)
    return group


def _note_unreadable(context: Context) -> None:
    now = context.clock()
    if context.store.query(
        lambda connection: had_unreadable_address(connection, now=now, seconds=UNREADABLE_TOLD_SECONDS)
    ):
        return
    window = context.store.transact(
        lambda connection: call_counts.hit(
            connection, scope=_UNREADABLE, subject="", now=now, seconds=UNREADABLE_TOLD_SECONDS
        )
    )
    if window.count == 1:  # of several workers, the first
        import structlog  # which commands that log nothing need not load

        # Without the text: it is a proxy's or a caller's, and could hold a key.
        reason = "what a proxy says of a caller is no IP address, so its guesses are not limited: see doctor"
        structlog.get_logger("license_server").warning("address_unreadable", reason=reason)

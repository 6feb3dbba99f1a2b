"""Who has called too often? Failures count by address, calls by license key (protocol §6)."""

from sqlalchemy import Connection

from license_server import policy
from license_server.errors import RateLimited
from license_server.service.context import Context
from license_server.store import call_counts

_ADDRESS = "failures"
_KEY = "key_calls"


def require_not_blocked(context: Context, address: str) -> None:
    """Raise :class:`RateLimited` while the address has had its failures; reads only."""
    now = context.clock()
    subject = policy.address_group(address)
    window = context.store.query(
        lambda connection: call_counts.current(
            connection, scope=_ADDRESS, subject=subject, now=now, seconds=policy.FAILURE_WINDOW
        )
    )
    if window.count >= context.settings.failures_per_address:
        raise RateLimited(retry_after=window.ends_at - now, counted_by="address")


def count_failure(context: Context, connection: Connection, address: str) -> None:
    """Count one guess at a key or a token."""
    call_counts.hit(
        connection,
        scope=_ADDRESS,
        subject=policy.address_group(address),
        now=context.clock(),
        seconds=policy.FAILURE_WINDOW,
    )


def record_failure(context: Context, address: str) -> None:
    """Count one guess in a transaction of its own."""
    context.store.transact(lambda connection: count_failure(context, connection, address))


def count_key_call(context: Context, connection: Connection, license_id: str) -> RateLimited | None:
    """Count one call of a license key; return the refusal when there were too many."""
    now = context.clock()
    window = call_counts.hit(connection, scope=_KEY, subject=license_id, now=now, seconds=policy.KEY_WINDOW)
    if window.count > context.settings.calls_per_key:
        return RateLimited(retry_after=window.ends_at - now, counted_by="key")
    return None


def forget_old(context: Context) -> None:
    """Remove the counts whose windows are over."""
    at = context.clock() - max(policy.KEY_WINDOW, policy.FAILURE_WINDOW)
    context.store.transact(lambda connection: call_counts.forget_before(connection, at))

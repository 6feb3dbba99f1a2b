"""Names that exist, for completing what somebody types: quick, and silent whatever is wrong."""

from collections.abc import Callable

from sqlalchemy import Connection

from license_server.config import load_settings
from license_server.store import Store, completion

LIMIT = 60
WAIT_SECONDS = 1.0

KINDS: dict[str, Callable[[Connection, str, int], completion.Names]] = {
    "license": completion.of_licenses,
    "activation": completion.of_activations,
    "domain": completion.of_domains,
    "product": completion.of_products,
    "plan": completion.of_plans,
    "signing_key": completion.of_signing_keys,
}
"""What can be completed."""


def matching(kind: str, start: str) -> completion.Names:
    """Return at most :data:`LIMIT` names of ``kind`` that begin with ``start``; none when they cannot be had."""
    try:
        store = Store(load_settings().store_url, connections=1, wait_seconds=WAIT_SECONDS)
        try:
            return store.query(lambda connection: KINDS[kind](connection, start, LIMIT))
        finally:
            store.dispose()
    except Exception:  # a shell that completes has no place for an error
        return []

"""Which place does a domain get? (protocol §6, Leases out)"""

from enum import StrEnum

MAX_PLAN_DOMAINS = 1_000_000


class PlaceKind(StrEnum):
    """A license has ordinary places, and some for test copies beside them."""

    ORDINARY = "ordinary"
    STAGING = "staging"


class Place(StrEnum):
    """How an activation came to its place."""

    FREE = "free"
    """Nobody had it, or nothing that was signed for who had it is good any more."""
    RETURN = "return"
    """It is held for this domain, or a move took it away and has paid for its return."""
    MOVE = "move"
    """It was held for another domain, whose hold this ends: only this counts, in a staging place as a change."""


def place_for(*, limit: int, used: int, held: int, is_held: bool, is_paid: bool) -> Place | None:
    """Return how a domain comes to one of ``limit`` places of a kind, or None when all are in use.

    ``held`` places beside the ``used`` are held for other domains; ``is_held`` says that one is for this domain,
    ``is_paid`` that it may end another's hold without a move. Together they are never more than ``limit``, unless a
    restore brought back more.
    """
    if used >= limit:
        return None
    if used + held < limit:
        return Place.RETURN if is_held else Place.FREE
    return Place.RETURN if is_paid else Place.MOVE


def keeps_place(*, is_test_copy: bool, in_staging_place: bool, is_offline: bool, staging_left: bool) -> bool:
    """Return whether a domain stays in the place that it has when it is activated again, as a test copy or not.

    A test copy goes to a staging place that is left, but not away from a place that an offline license holds
    (``is_offline``): that one may say production, and goes on whatever is decided here.
    """
    if not is_test_copy:
        return not in_staging_place
    return in_staging_place or is_offline or not staging_left

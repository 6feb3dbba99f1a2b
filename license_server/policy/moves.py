"""How often may a license move to a new domain, and how long may a release be taken back? (protocol §6)"""

from license_server.policy.places import PlaceKind
from license_server.policy.times import DAY

MOVES_PER_YEAR = 4
STAGING_CHANGES_PER_YEAR = 10
"""Moves between staging places, whatever the plan."""
MOVE_WINDOW = 365 * DAY
UNDO_SECONDS = 24 * 3_600
"""How long an owner may take a release back, and a domain may return that was moved away from."""


def moves_allowed(kind: PlaceKind, *, per_year: int) -> int:
    """Return how many moves of a kind 365 days have; ``per_year`` is the plan's for ordinary places."""
    return STAGING_CHANGES_PER_YEAR if kind is PlaceKind.STAGING else per_year


def moves_left(moves: list[int], *, allowed: int, now: int) -> int:
    """Return how many moves are left at ``now``; ``moves`` are the times of past ones."""
    return max(0, allowed - sum(at > now - MOVE_WINDOW for at in moves))


def may_return(released_at: int | None, *, is_paid: bool, now: int) -> bool:
    """Return whether a released domain may end another's hold without a move: ``is_paid`` says that one took its own.

    Only within 24 hours of its release.
    """
    return is_paid and released_at is not None and now < released_at + UNDO_SECONDS


def next_move_at(moves: list[int], *, allowed: int, now: int) -> int | None:
    """Return None when another move is allowed at ``now``, else the time of the first that will be.

    ``moves`` are the times of past moves; those of 365 days ago and more no longer count.
    """
    recent = sorted(at for at in moves if at > now - MOVE_WINDOW)
    if len(recent) < allowed:
        return None
    return recent[len(recent) - allowed] + MOVE_WINDOW if allowed else now + MOVE_WINDOW

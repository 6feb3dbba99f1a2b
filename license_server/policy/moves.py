"""How often may a license move to a new domain, and until when is a release taken back? (protocol §6)"""

from license_server.policy.times import DAY

MOVES_PER_YEAR = 4
MOVE_WINDOW = 365 * DAY
UNDO_SECONDS = 24 * 3_600


def moves_left(moves: list[int], *, allowed: int, now: int) -> int:
    """Return how many moves are left at ``now``; ``moves`` are the times of past ones."""
    return max(0, allowed - sum(at > now - MOVE_WINDOW for at in moves))


def next_move_at(moves: list[int], *, allowed: int, now: int) -> int | None:
    """Return None when another move is allowed at ``now``, else the time of the first that will be.

    ``moves`` are the times of past moves; those of 365 days ago and more no longer count.
    """
    recent = sorted(at for at in moves if at > now - MOVE_WINDOW)
    if len(recent) < allowed:
        return None
    return recent[len(recent) - allowed] + MOVE_WINDOW if allowed else now + MOVE_WINDOW


def undo_until(*, released_at: int | None, released_by: str | None) -> int | None:
    """Return the end of the time in which a release can be taken back, or None: only an owner's can be."""
    return released_at + UNDO_SECONDS if released_at is not None and released_by == "owner" else None

"""How often may a license move to a new domain, and how long may a release be taken back? (protocol §6)"""

from license_server.policy.times import DAY

MOVES_PER_YEAR = 4
MOVE_WINDOW = 365 * DAY
UNDO_SECONDS = 24 * 3_600
"""How long an owner may take a release back."""


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

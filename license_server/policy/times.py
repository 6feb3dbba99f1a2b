"""How long does a lease last, and when does a site ask again? (protocol §3)"""

DAY = 86_400
LEASE_DAYS = 30
GRACE_DAYS = 14
REFRESH_HOURS = 24
REFRESH_SPREAD = 0.2


def refresh_at(now: int, *, seconds: int, chance: float) -> int:
    """Return when the site asks again: the plan's ``seconds`` from now ± 20 %, spread by ``chance`` (0 to 1)."""
    return now + round(seconds * (1 - REFRESH_SPREAD + 2 * REFRESH_SPREAD * chance))

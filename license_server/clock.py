"""Seconds since 1970-01-01 UTC as people and JSON read them; the only place that asks what time it is."""

import time
from datetime import UTC, datetime


def now() -> int:
    """Return the present time in whole seconds since 1970-01-01 UTC."""
    return int(time.time())


def iso(seconds: int | None) -> str | None:
    """Return ``2026-11-23T09:30:00Z`` for a time in seconds, None for None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: int) -> str:
    """Return the UTC date of a time in seconds, as ``2026-11-23``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def ago(seconds: int) -> str:
    """Return a length of time in the past as people say it: ``4 minutes ago``."""
    if seconds < 60:
        return "less than a minute ago"
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    raise AssertionError("unreachable")  # pragma: no cover

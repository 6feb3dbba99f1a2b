"""Is this machine's clock right? Only other clocks can say."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from license_server.clock import iso
from license_server.service.operating.doctor.findings import Finding, Flaw, fault, ok, warning

TOLERANCE = 10
"""Seconds that two clocks may differ: what a slow answer and a header in whole seconds explain."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Another clock, and this one at the same moment; seconds since 1970-01-01 UTC."""

    whose: str
    theirs: float
    ours: float


def check_clock(readings: Sequence[Reading], *, now: float, newest_entry: int | None) -> Finding:
    """Return whether this clock agrees with the others, and with the audit log, which cannot be of the future."""
    for reading in readings:
        ahead = round(reading.ours - reading.theirs)
        if abs(ahead) > TOLERANCE:
            told = f"{_length(ahead)} {'fast' if ahead > 0 else 'slow'} by {reading.whose}"
            return fault("clock", told, Flaw.CLOCK_WRONG)
    if newest_entry is not None and newest_entry - now > TOLERANCE:
        told = f"the audit log's newest entry is of {iso(newest_entry)}, {_length(newest_entry - round(now))} ahead"
        return fault("clock", f"slow, or was fast before: {told}", Flaw.CLOCK_WRONG)
    if readings:
        return ok("clock", f"agrees with {' and '.join(reading.whose for reading in readings)}")
    if newest_entry is None:
        return warning("clock", "nothing to compare it with", Flaw.NO_CLOCK)
    return ok("clock", "not before the audit log's newest entry; there was no other clock to ask")


def seconds_of_date(header: str | None) -> float | None:
    """Return the middle of the second that a ``Date`` header names, or None for anything else."""
    try:
        return None if header is None else parsedate_to_datetime(header).timestamp() + 0.5
    except (ValueError, TypeError, OverflowError):
        return None


def _length(seconds: int) -> str:
    size = abs(seconds)
    if size < 600:
        return f"{size} s"
    return f"{size // 60:,} min" if size < 2 * 86_400 else f"{size // 86_400:,} days"

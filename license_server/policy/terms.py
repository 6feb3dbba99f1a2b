"""How long is a license paid for, and is that over?"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MAX_TERM_YEARS = 1_000

_TERM = re.compile(r"([1-9][0-9]{0,5})([dmy])")


@dataclass(frozen=True, slots=True)
class Term:
    """How long a license is paid for: ``count`` of ``unit`` (d, m or y), or for ever when ``unit`` is empty."""

    count: int
    unit: str

    @property
    def text(self) -> str:
        """The term as it is typed: ``30d``, ``6m``, ``1y`` or ``perpetual``."""
        return f"{self.count}{self.unit}" if self.unit else "perpetual"

    def ends_at(self, start: int) -> int | None:
        """Return when a term that starts at ``start`` is over (the first second outside it), or None if never.

        Calendar arithmetic in UTC at the same time of day: 31 January + 1m is the last of February, 29 February + 1y
        is 28 February.
        """
        if not self.unit:
            return None
        begin = datetime.fromtimestamp(start, UTC)
        if self.unit == "d":
            return int((begin + timedelta(days=self.count)).timestamp())
        months = begin.year * 12 + begin.month - 1 + self.count * (12 if self.unit == "y" else 1)
        year, month = months // 12, months % 12 + 1
        day = min(begin.day, calendar.monthrange(year, month)[1])
        return int(begin.replace(year=year, month=month, day=day).timestamp())


def parse_term(text: str) -> Term | None:
    """Return the term that ``text`` names (``Nd``, ``Nm``, ``Ny``, up to 1,000 years, or ``perpetual``), or None."""
    if text == "perpetual":
        return Term(0, "")
    match = _TERM.fullmatch(text)
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    longest = {"d": 365 * MAX_TERM_YEARS, "m": 12 * MAX_TERM_YEARS, "y": MAX_TERM_YEARS}[unit]
    return Term(count, unit) if count <= longest else None


def is_over(term_ends_at: int | None, *, now: int) -> bool:
    """Return whether the paid term is over; its last second is the one before ``term_ends_at``."""
    return term_ends_at is not None and now >= term_ends_at

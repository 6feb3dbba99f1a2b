"""Who may have what, and until when? Pure rules: nothing here knows HTTP, SQL, files or the clock."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from publicsuffixlist import PublicSuffixList

from theme_license.domain import Decision, Domain

DAY = 86_400
LEASE_DAYS = 30
GRACE_DAYS = 14
MOVES_PER_YEAR = 4
MOVE_WINDOW = 365 * DAY
REFRESH_HOURS = 24
UNDO_SECONDS = 24 * 3_600
REFRESH_SPREAD = 0.2

FAILURE_WINDOW = 600
KEY_WINDOW = 3_600

MAX_PLAN_DOMAINS = 1_000_000
MAX_TERM_YEARS = 1_000

DENY_PUBLIC_SUFFIX = "deny:public_suffix"

_TERM = re.compile(r"([1-9][0-9]{0,5})([dmy])")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_slug(text: str) -> bool:
    """Return whether ``text`` may name a product or a plan: lower-case letters, digits, inner dashes, up to 63."""
    return _SLUG.fullmatch(text) is not None


# Domains (protocol §5).


def decide(domain: Domain) -> str:
    """Return the server's decision on a canonical domain: the client's, or ``deny:public_suffix``."""
    if domain.decision is Decision.SITE and _suffixes().is_public(domain.name):
        return DENY_PUBLIC_SUFFIX
    return domain.decision.value


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # Names that companies listed for cookies, such as github.io, are sites; only the ICANN section counts. Without
    # accept_unknown=False every name of one label would be a suffix.
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def denial(domain: Domain, *, allowed: bool) -> str | None:
    """Return why no license may be activated on ``domain``, or None; ``allowed`` is the vendor's own exception."""
    decision = decide(domain)
    if decision == Decision.SITE or (allowed and decision.startswith("deny:")):
        return None
    return "development" if decision == Decision.DEV else decision.removeprefix("deny:")


# Terms.


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


# Places and moves (protocol §6).


class Place(StrEnum):
    """What kind of place an activation takes."""

    FREE = "free"
    """One that nobody had, or that the vendor freed."""
    RETURN = "return"
    """Any, for a domain that this license had before."""
    MOVE = "move"
    """One that the owner freed, for a domain new to the license: only this counts as a move."""
    STAGING = "staging"
    """One for test copies, beside the domains."""


def place_for(*, limit: int, used: int, freed: int, known: bool) -> Place | None:
    """Return the kind of place that a domain takes, or None when all of ``limit`` are in use.

    ``freed`` of the unused places were freed by the owner; ``known`` says that the license had the domain before.
    """
    if used >= limit:
        return None
    if known:
        return Place.RETURN
    return Place.FREE if limit - used > freed else Place.MOVE


def freed_after(place: Place, *, limit: int, used: int, freed: int) -> int:
    """Return how many unused places count as freed by the owner after ``place`` was taken.

    A returning domain takes an owner's free place first, so that coming and going never uses up the free ones.
    """
    if place is Place.STAGING:
        return freed
    left = freed if place is Place.FREE else max(0, freed - 1)
    return min(left, max(0, limit - used - 1))


def keeps_place(*, is_test_copy: bool, in_staging_place: bool, is_held: bool, staging_left: bool) -> bool:
    """Return whether a domain stays in the place that it has when it is activated again, as a test copy or not.

    A test copy goes to a staging place that is left, but not away from a place that is held for an offline license
    (``is_held``): that one may say production, and goes on whatever is decided here.
    """
    if not is_test_copy:
        return not in_staging_place
    return in_staging_place or is_held or not staging_left


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


# Times (protocol §3).


def is_over(term_ends_at: int | None, *, now: int) -> bool:
    """Return whether the paid term is over; its last second is the one before ``term_ends_at``."""
    return term_ends_at is not None and now >= term_ends_at


def undo_until(*, released_at: int | None, released_by: str | None) -> int | None:
    """Return the end of the time in which a release can be taken back, or None: only an owner's can be."""
    return released_at + UNDO_SECONDS if released_at is not None and released_by == "owner" else None


def refresh_at(now: int, *, seconds: int, chance: float) -> int:
    """Return when the site asks again: the plan's ``seconds`` from now ± 20 %, spread by ``chance`` (0 to 1)."""
    return now + round(seconds * (1 - REFRESH_SPREAD + 2 * REFRESH_SPREAD * chance))


# Limits by address.


def address_group(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 of an IPv6 address (mapped ones are IPv4)."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)

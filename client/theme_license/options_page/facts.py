"""What does an owner want to know of a license that works? Names and values, in the order in which they are asked."""

from collections.abc import Mapping

from markupsafe import Markup

from ..signed_license import Environment, SignedLicense
from ..state import SiteState
from ..words import Words, isolated, latin
from .states import days_left

Fact = tuple[Markup, Markup | str]


def facts(words: Words, license: SignedLicense, kept: SiteState, *, now: int) -> tuple[Fact, ...]:
    """Return the facts of the stored license; what the server told beside it is shown where it has the right shape."""
    told = kept.activation or {}
    plan, last5 = told.get("plan_name"), told.get("key_last5")
    found: list[Fact] = [
        (words.tell("Plan"), isolated(plan if isinstance(plan, str) else license.plan)),
        (words.tell("Domain"), words.domain(license.domain)),
    ]
    if license.environment is Environment.STAGING:
        found.append((words.tell("Kind"), words.tell("Test copy")))
    if isinstance(last5, str):
        found.append((words.tell("License key"), latin(f"…{last5}")))
    found.append((words.tell("Term"), _term(words, license, now=now)))
    found += _use(words, told)
    if license.refresh_at is None:
        ends = words.day(license.lease_ends_at)
        found.append((words.tell("Validated offline"), words.tell("Needs no connection until {date}.", date=ends)))
    if kept.last_success_at is not None:
        found.append((words.tell("Last check"), words.moment(kept.last_success_at)))
    return tuple(found)


def _term(words: Words, license: SignedLicense, *, now: int) -> Markup:
    left = days_left(license, now=now)
    if license.term_ends_at is None or left is None:
        return words.tell("Perpetual")
    ends = words.day(license.term_ends_at)
    if now >= license.term_ends_at:
        return words.tell("Ended on {date}", date=ends)
    return words.tell_count("Until {date} ({count} day left)", "Until {date} ({count} days left)", left, date=ends)


def _use(words: Words, told: Mapping[str, object]) -> list[Fact]:
    used, limit = told.get("used"), told.get("limit")
    if type(used) is not int or type(limit) is not int:
        return []
    return [(words.tell("Activations used"), words.tell("{used} of {limit}", used=used, limit=limit))]

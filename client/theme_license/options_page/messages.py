"""Which sentence does the owner read above the facts? What failed, what to know, and what the state means."""

from datetime import datetime

from markupsafe import Markup

from ..signed_license import Status, Verdict, VerdictCode
from ..state import SiteState
from ..words import Words, isolated
from .failure import Failure
from .sentences import ANSWERS, CAUSES, DAMAGED, REFUSALS, UNKNOWN_REFUSAL
from .states import State, days_left


def error(words: Words, verdict: Verdict, failure: Failure | None) -> Markup | None:
    """Return what went wrong after a click, or why what is stored cannot be used."""
    if failure is not None:
        is_known_good = failure.is_unreachable and verdict.ok and verdict.license is not None
        return None if is_known_good else failure_text(words, failure, verdict.domain or "")
    sentence = DAMAGED.get(verdict.code)
    return None if sentence is None else words.tell(sentence)


def failure_text(words: Words, failure: Failure, domain: str) -> Markup:
    """Return the one sentence that belongs to a refusal or to the cause for which nobody could be asked."""
    code, problem = failure.code, failure.problem
    next_move_at = seconds_of(problem.get("next_move_at"))
    if code == "moves_exhausted" and next_move_at is not None:
        return words.tell(
            "The license has moved to new domains as often as its plan allows in a year. The next move is possible on "
            "{date}; until then the vendor can release a domain.",
            date=words.day(next_move_at),
        )
    if code == "rate_limited":
        wait = problem.get("retry_after")
        minutes = max(1, -(-wait // 60)) if type(wait) is int else 10
        return words.tell_count(
            "There were too many attempts. Wait for {count} minute, then try again.",
            "There were too many attempts. Wait for {count} minutes, then try again.",
            minutes,
        )
    sentence = CAUSES.get(code) or REFUSALS.get(code) or ANSWERS.get(code) or UNKNOWN_REFUSAL
    return words.tell(sentence, domain=words.domain(domain), code=code)


def warning(words: Words, verdict: Verdict, kept: SiteState, failure: Failure | None) -> Markup | None:
    """Return what the owner of a license that works should know: while it is good, no call is more than a warning."""
    if verdict.code is VerdictCode.CLOCK_BEHIND:
        return words.tell("This server's clock is more than a day behind. Ask your host to set it right.")
    license = verdict.license
    if license is None or not verdict.ok or (failure is not None and failure.is_answer):
        return None
    until = words.day(license.lease_ends_at + license.grace_seconds)
    unchanged = words.tell("Nothing changes before {date}.", date=until)
    cause = standing_cause(kept, failure)
    if cause is not None and cause in CAUSES:
        away = words.tell("The license server cannot be reached.")
        return Markup("{} {} {}").format(away, unchanged, words.tell(CAUSES[cause]))
    if failure is not None:
        return unchanged  # the refusal itself is told as an error
    if cause is not None:
        return Markup("{} {}").format(failure_text(words, Failure(cause), license.domain), unchanged)
    if verdict.code is not VerdictCode.VALID_IN_GRACE:
        return None
    if license.refresh_at is None:
        return words.tell("The offline license has ended. Validate the license again before {date}.", date=until)
    late = words.tell("The license server has not confirmed the license for a while.")
    return Markup("{} {}").format(late, unchanged)


def explanation(words: Words, state: State, verdict: Verdict, kept: SiteState, *, now: int) -> Markup | None:
    """Return what the state means for this site."""
    license = verdict.license
    if state is State.DEVELOPMENT:
        return _development(words, kept, license_domain=None if license is None else license.domain)
    if state is State.TERM_EXPIRED:
        return words.tell("Your site keeps working. Updates and support have stopped.")
    if license is None or state in (State.OFFLINE, State.LIMIT_REACHED):
        return None
    told_on = words.day(license.issued_at)
    if state is State.EXPIRING and license.term_ends_at is not None:
        return words.tell_count(
            "The term ends in {count} day, on {date}. Your site keeps working then; updates and support stop.",
            "The term ends in {count} days, on {date}. Your site keeps working then; updates and support stop.",
            days_left(license, now=now) or 1,
            date=words.day(license.term_ends_at),
        )
    if state is State.SUSPENDED:
        return words.tell("The vendor has suspended this license; told on {date}.", date=told_on)
    if state is State.REVOKED:
        return words.tell("The vendor has revoked this license; told on {date}.", date=told_on)
    if state is State.WRONG_DOMAIN:
        old, new = words.domain(license.domain), words.domain(verdict.domain or "")
        return words.tell("Validated for {old}; this is {new}.", old=old, new=new)
    if license.status is Status.RELEASED:
        return _released(words, kept, told_on)
    if verdict.code is VerdictCode.LEASE_ENDED:
        return words.tell(
            "The license could not be renewed with the license server for too long. Check it now, or paste the key."
        )
    return None


def reason(words: Words, state: State, kept: SiteState) -> Markup | None:
    """Return why the vendor suspended or revoked the license, where that was told."""
    told = (kept.activation or {}).get("reason")
    if state not in (State.SUSPENDED, State.REVOKED) or not isinstance(told, str):
        return None
    return words.tell("Reason: {reason}", reason=isolated(told))


def standing_cause(kept: SiteState, failure: Failure | None) -> str | None:
    """Return why the server could not be asked or refused: just now, or else at the last refresh."""
    if failure is not None:
        return failure.code
    return kept.last_failure if kept.failures else None


def seconds_of(text: object) -> int | None:
    """Return the moment that an answer tells as RFC 3339, or None for anything else."""
    try:
        return int(datetime.fromisoformat(text).timestamp()) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


def _released(words: Words, kept: SiteState, told_on: str) -> Markup:
    until = seconds_of((kept.activation or {}).get("undo_until"))
    if until is None:
        return words.tell(
            "The license of this site was released on {date}, so that another domain can use it. Nothing was deleted.",
            date=told_on,
        )
    return words.tell(
        "This site's license was released on the vendor's license page. It can be taken back there until {date}; then "
        "check again here.",
        date=words.moment(until),
    )


def _development(words: Words, kept: SiteState, *, license_domain: str | None) -> Markup:
    needless = words.tell("No license is needed on a development name.")
    if license_domain is None:
        return needless
    stored = words.tell(
        "A license for {domain} is stored and takes effect as soon as the site runs under that name.",
        domain=words.domain(license_domain),
    )
    return Markup("{} {}").format(needless, stored)

"""Which state is the card in, and what does it say there? From a verdict and what the site keeps, to words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from ..domain import display_name
from ..formats import day_text
from ..languages import catalog, marked
from ..signed_license import SignedLicense, Verdict, VerdictCode
from ..state import SiteState
from .links import shown_links
from .sentences import CAUSES, REFUSALS, UNKNOWN_REFUSAL

DAY = 86_400
EXPIRING_WITHIN_DAYS = 30

_ACTIVE = frozenset({VerdictCode.VALID, VerdictCode.VALID_IN_GRACE, VerdictCode.CLOCK_BEHIND})
_DAMAGED = frozenset({VerdictCode.MALFORMED, VerdictCode.BAD_SIGNATURE})
_ASKS_FOR_KEY = frozenset({"not_activated", "suspended", "revoked", "limit_reached", "wrong_domain"})
_BADGES = {
    "not_activated": ("warning", marked("Not validated")),
    "active": ("active", marked("Active")),
    "expiring": ("warning", marked("Expires soon")),
    "term_expired": ("warning", marked("Term ended")),
    "suspended": ("error", marked("Suspended")),
    "revoked": ("error", marked("Revoked")),
    "limit_reached": ("error", marked("In use elsewhere")),
    "wrong_domain": ("warning", marked("Another domain")),
    "development": ("neutral", marked("Development")),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong after a click: the code of a refusal, or the cause for which no server could be asked."""

    code: str
    problem: Mapping[str, object]

    @property
    def is_unreachable(self) -> bool:
        """Whether nobody answered, so that nothing is known."""
        return self.code in CAUSES


@dataclass(frozen=True, slots=True)
class OtherActivation:
    """Another domain on which the license is in use."""

    activation_id: str
    domain: Markup
    last_seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the template shows: a state, its badge, messages, facts, and the links that the product has set."""

    state: str
    badge_kind: str
    badge_word: str
    domain: Markup
    error: Markup | None
    warning: Markup | None
    warns_after_click: bool
    explanation: Markup | None
    reason: Markup | None
    facts: tuple[tuple[str, Markup], ...]
    others: tuple[OtherActivation, ...]
    old_activation_id: str | None
    links: Mapping[str, str]
    asks_for_key: bool
    question: Markup
    can_check: bool
    can_deactivate: bool


class CardWriter:
    """Writes cards for one theme in one card language, at one moment."""

    def __init__(self, *, theme: str, server: str, language: str, now: int) -> None:
        self._theme = theme
        self._server = server
        self._language = language
        self._now = now
        self._: Callable[[str], str] = catalog(language).gettext

    def write(self, verdict: Verdict, kept: SiteState, failure: Failure | None) -> Card:
        """Return the card for what was concluded, what is kept, and what just failed, if anything did."""
        state = self._state(verdict, failure)
        kind, word = _BADGES[state]
        activation = kept.activation or {}
        license = verdict.license
        return Card(
            state=state,
            badge_kind=kind,
            badge_word=self._(word),
            domain=domain_html(verdict.domain or ""),
            error=self._error(failure, verdict),
            warning=self._warning(verdict, kept, failure),
            warns_after_click=failure is not None,
            explanation=self._explanation(state, verdict),
            reason=self._reason(state, activation),
            facts=(
                *(self._facts(license, activation, kept) if verdict.ok and license is not None else ()),
                *self._whom_to_reach(kept, failure),
            ),
            others=self._others(failure),
            old_activation_id=license.activation_id if license and state == "wrong_domain" else None,
            links=shown_links(failure.problem if failure else {}) or shown_links(activation),
            asks_for_key=state in _ASKS_FOR_KEY or (state != "development" and _is_forgotten(kept, failure)),
            question=self._tell("Deactivate the license on {domain}?", domain=domain_html(verdict.domain or "")),
            can_check=kept.token is not None and state not in ("development", "wrong_domain", "limit_reached"),
            can_deactivate=kept.token is not None and verdict.ok and state != "development",
        )

    def _state(self, verdict: Verdict, failure: Failure | None) -> str:
        if failure is not None and failure.code == "no_activations_left":
            return "limit_reached"
        if verdict.code in _ACTIVE:
            return "expiring" if self._days_left(verdict.license) <= EXPIRING_WITHIN_DAYS else "active"
        by_code = {
            VerdictCode.EXPIRED_TERM: "term_expired",
            VerdictCode.SUSPENDED: "suspended",
            VerdictCode.REVOKED: "revoked",
            VerdictCode.WRONG_DOMAIN: "wrong_domain",
            VerdictCode.DEVELOPMENT: "development",
        }
        return by_code.get(verdict.code, "not_activated")

    def _error(self, failure: Failure | None, verdict: Verdict) -> Markup | None:
        if failure is not None and not (failure.is_unreachable and verdict.ok and verdict.license is not None):
            return self._failure_text(failure, verdict.domain or "")
        if verdict.code in _DAMAGED:
            return self._tell(
                "The signature does not match: the license stored on this site was altered or damaged. Paste the key "
                "again: on the same domain it costs nothing."
            )
        if verdict.code is VerdictCode.UNKNOWN_KEY:
            return self._tell("The stored license was signed by a key that this theme does not know. Update the theme.")
        if verdict.code is VerdictCode.WRONG_PRODUCT:
            return self._tell("The stored license is for another theme. Paste the key that you bought for {theme}.")
        return None

    def _failure_text(self, failure: Failure, domain: str) -> Markup:
        sentence = CAUSES.get(failure.code) or REFUSALS.get(failure.code) or UNKNOWN_REFUSAL
        wait = failure.problem.get("retry_after")
        minutes = max(1, -(-wait // 60)) if isinstance(wait, int) else 10
        return self._tell(sentence, domain=domain_html(domain), minutes=minutes, code=failure.code)

    def _warning(self, verdict: Verdict, kept: SiteState, failure: Failure | None) -> Markup | None:
        if verdict.code is VerdictCode.CLOCK_BEHIND:
            return self._tell("This server's clock is more than a day behind. Ask your host to set it right.")
        license = verdict.license
        if license is None or not verdict.ok:
            return None
        # While a license is good, not being able to ask is a warning at most.
        until = day_text(license.lease_ends_at + license.grace_seconds, self._language)
        unchanged = self._tell("Nothing changes before {date}.", date=until)
        cause = _standing_cause(kept, failure)
        if cause is not None and cause in CAUSES:
            away = self._tell("The license server cannot be reached.")
            return Markup("{} {} {}").format(away, unchanged, self._tell(CAUSES[cause]))
        if failure is not None:
            return unchanged  # the refusal itself is told as an error
        if cause is not None:
            return Markup("{} {}").format(self._failure_text(Failure(cause, {}), license.domain), unchanged)
        if verdict.code is VerdictCode.VALID_IN_GRACE:
            late = self._tell("The license server has not confirmed the license for a while.")
            return Markup("{} {}").format(late, unchanged)
        return None

    def _explanation(self, state: str, verdict: Verdict) -> Markup | None:
        license = verdict.license
        if state == "development":
            return self._tell("No license is needed on a development name.")
        if state == "term_expired":
            return self._tell("Your site keeps working. Updates and support have stopped.")
        if license is None:
            return None
        since = day_text(license.issued_at, self._language)
        if state == "expiring" and license.term_ends_at is not None:
            ends = day_text(license.term_ends_at, self._language)
            return self._tell(
                "The term ends on {date}. Your site keeps working then; updates and support stop.", date=ends
            )
        if state == "suspended":
            return self._tell("The vendor has suspended this license; told on {date}.", date=since)
        if state == "revoked":
            return self._tell("The vendor has revoked this license; told on {date}.", date=since)
        if state == "wrong_domain":
            old, new = domain_html(license.domain), domain_html(verdict.domain or "")
            return self._tell("Validated for {old}; this is {new}.", old=old, new=new)
        if verdict.code is VerdictCode.LEASE_ENDED:
            return self._tell(
                "The license could not be renewed with the license server for too long. Check it now, or paste the key."
            )
        return None

    def _reason(self, state: str, activation: Mapping[str, object]) -> Markup | None:
        reason = activation.get("reason")
        if state not in ("suspended", "revoked") or not isinstance(reason, str):
            return None
        return self._tell("Reason: {reason}", reason=Markup("<bdi>{}</bdi>").format(reason))

    def _facts(
        self, license: SignedLicense, activation: Mapping[str, object], kept: SiteState
    ) -> tuple[tuple[str, Markup], ...]:
        plan, last5 = activation.get("plan_name"), activation.get("key_last5")
        used, limit = activation.get("used"), activation.get("limit")
        facts = [
            (self._("Plan"), Markup("<bdi>{}</bdi>").format(plan if isinstance(plan, str) else license.plan)),
            (self._("Domain"), domain_html(license.domain)),
        ]
        if isinstance(last5, str):
            facts.append((self._("License key"), Markup('<bdi dir="ltr">…{}</bdi>').format(last5)))
        facts.append((self._("Term"), self._term(license)))
        if type(used) is int and type(limit) is int:
            facts.append((self._("Activations used"), self._tell("{used} of {limit}", used=used, limit=limit)))
        if kept.last_success_at is not None:
            facts.append((self._("Last check"), Markup("{}").format(day_text(kept.last_success_at, self._language))))
        return tuple(facts)

    def _whom_to_reach(self, kept: SiteState, failure: Failure | None) -> tuple[tuple[str, Markup], ...]:
        """Return the server's address while it cannot be reached: what the site's host needs to know."""
        if _standing_cause(kept, failure) not in CAUSES:
            return ()
        return ((self._("License server"), Markup('<bdi dir="ltr">{}</bdi>').format(self._server)),)

    def _term(self, license: SignedLicense) -> Markup:
        if license.term_ends_at is None:
            return self._tell("Perpetual")
        ends = day_text(license.term_ends_at, self._language)
        if self._now >= license.term_ends_at:
            return self._tell("Ended on {date}", date=ends)
        return self._tell("Until {date} (days left: {days})", date=ends, days=self._days_left(license))

    def _days_left(self, license: SignedLicense | None) -> int:
        if license is None or license.term_ends_at is None:
            return EXPIRING_WITHIN_DAYS + 1
        return max(0, license.term_ends_at - self._now) // DAY

    def _others(self, failure: Failure | None) -> tuple[OtherActivation, ...]:
        listed = failure.problem.get("activations") if failure else None
        others = []
        for item in listed if isinstance(listed, list) else []:
            if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                continue
            seen = item.get("last_seen")
            told = self._("never seen")
            if isinstance(seen, str):
                told = self._("last seen {date}").replace("{date}", _day_of(seen, self._language))
            others.append(OtherActivation(item["id"], domain_html(str(item.get("domain", ""))), told))
        return tuple(others)

    def _tell(self, sentence: str, **values: object) -> Markup:
        """Return the translated sentence, escaped, with its escaped values put in."""
        values.setdefault("theme", Markup("<bdi>{}</bdi>").format(self._theme))
        return Markup.escape(self._(sentence)).format(**values)


def domain_html(name: str) -> Markup:
    """Return a canonical domain as people read it, kept left-to-right inside any text."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(display_name(name))


def _standing_cause(kept: SiteState, failure: Failure | None) -> str | None:
    """Return why the server could not be asked or refused: just now, or else at the last refresh."""
    if failure is not None:
        return failure.code
    return kept.last_failure if kept.failures else None


def _is_forgotten(kept: SiteState, failure: Failure | None) -> bool:
    """Return whether the server no longer knows this activation, which only the key can mend."""
    return "token_invalid" in (failure.code if failure else None, kept.last_failure)


def _day_of(text: str, language: str) -> str:
    from datetime import datetime

    try:
        return day_text(int(datetime.fromisoformat(text).timestamp()), language)
    except (ValueError, OverflowError):
        return "—"

"""What does the card show? From a verdict, what the site keeps and what just failed, to words and choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from ..checker import Checker
from ..signed_license import SignedLicense, Status, Verdict, VerdictCode
from ..state import SiteState
from ..words import Words
from . import messages
from .facts import Fact, facts
from .failure import Failure
from .links import shown_links
from .sentences import CAUSES
from .states import ASKS_FOR_KEY, BADGES, State, state_of

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class OtherActivation:
    """Another domain on which the license is in use; one that an offline license holds cannot be moved."""

    activation_id: str
    domain: Markup
    told: Markup
    can_move: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the template shows: a state, its badge, messages, facts, choices, and the links that the product has set.

    ``faulty_field`` is the name of the field that holds what was refused, ``remedy`` the link that helps against it.
    """

    state: State
    badge_kind: str
    badge_word: Markup
    domain: Markup
    error: Markup | None
    warning: Markup | None
    warns_after_click: bool
    explanation: Markup | None
    reason: Markup | None
    facts: tuple[Fact, ...]
    details: str | None
    others: tuple[OtherActivation, ...]
    old_activation_id: str | None
    public_name: str | None
    links: Mapping[str, str]
    asks_for_key: bool
    faulty_field: str | None
    remedy: str | None
    is_offline: bool
    can_check: bool
    can_deactivate: bool


def write_card(
    words: Words,
    checker: Checker,
    failure: Failure | None,
    *,
    is_offline_step: bool = False,
    wants_key: bool = False,
    public_name: str | None = None,
) -> Card:
    """Return the card of a site now.

    ``wants_key`` says that the owner asked for the field where none is needed; ``public_name`` is the domain that a
    site under a development name will have.
    """
    verdict, kept, now = checker.check(), checker.state.read(), checker.now()
    state = state_of(verdict, failure, is_offline_step=is_offline_step, now=now)
    license = checker.stored_license() if state is State.DEVELOPMENT else verdict.license
    is_offline = verdict.ok and license is not None and license.refresh_at is None
    has_token = kept.token is not None and state not in (State.DEVELOPMENT, State.WRONG_DOMAIN, State.LIMIT_REACHED)
    badge = BADGES[state]
    return Card(
        state=state,
        badge_kind=badge.kind,
        badge_word=words.tell(badge.word),
        domain=words.domain(verdict.domain or ""),
        error=messages.error(words, verdict, failure),
        warning=messages.warning(words, verdict, kept, failure),
        warns_after_click=failure is not None,
        explanation=messages.explanation(words, state, _with(verdict, license), kept, now=now),
        reason=messages.reason(words, state, kept),
        facts=facts(words, license, kept, now=now) if _has_facts(state, verdict, license) and license else (),
        details=_details(checker, verdict, kept, failure),
        others=_others(words, failure),
        old_activation_id=license.activation_id if license and state is State.WRONG_DOMAIN else None,
        public_name=public_name if verdict.code is VerdictCode.DEVELOPMENT else None,
        links=shown_links(failure.problem if failure else {}) or shown_links(kept.activation or {}),
        asks_for_key=state in ASKS_FOR_KEY or _needs_key_again(kept, failure) or (wants_key and is_offline),
        faulty_field=None if failure is None else _FAULTY_FIELDS.get(failure.code),
        remedy=None if failure is None else _REMEDIES.get(failure.code),
        is_offline=is_offline,
        can_check=has_token and state is not State.OFFLINE,
        can_deactivate=has_token and verdict.ok and state is not State.OFFLINE,
    )


_FAULTY_FIELDS = {
    "key_malformed": "license_key",
    "license_not_found": "license_key",
    "product_mismatch": "license_key",
    "public_name_refused": "public_name",
}
_REMEDIES = {
    "license_expired": "renew",
    "license_suspended": "support",
    "license_revoked": "support",
    "moves_exhausted": "support",
}


def _with(verdict: Verdict, license: SignedLicense | None) -> Verdict:
    """Return the verdict with what is stored: on a development name ``check`` does not look at it."""
    return verdict._replace(license=license)


def _has_facts(state: State, verdict: Verdict, license: SignedLicense | None) -> bool:
    is_shown = state not in (State.OFFLINE, State.LIMIT_REACHED)
    return is_shown and verdict.ok and license is not None and license.status is Status.ACTIVE


def _needs_key_again(kept: SiteState, failure: Failure | None) -> bool:
    """Return whether the server no longer knows this activation, which only the key can mend."""
    return "token_invalid" in (failure.code if failure else None, kept.last_failure)


def _details(checker: Checker, verdict: Verdict, kept: SiteState, failure: Failure | None) -> str | None:
    """Return what the support of the site's host needs to know while no call gets through; in English, for them."""
    cause = messages.standing_cause(kept, failure)
    if cause not in CAUSES:
        return None
    server = checker.configuration.server
    last = "never" if kept.last_success_at is None else _utc(kept.last_success_at)
    return (
        f"Site: {verdict.domain}\nLicense server: {server}\nProblem: {_PROBLEMS[cause]}\nLast answer: {last}\n"
        f"This server's clock: {_utc(checker.now())}\n"
        f"Please allow outgoing connections of this site to {server}, and check DNS, proxy and clock."
    )


def _utc(moment: int) -> str:
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return "unknown"


_PROBLEMS = {
    "dns": "the name cannot be resolved (DNS)",
    "refused": "connection refused",
    "tls": "the TLS certificate cannot be verified",
    "clock": "the TLS certificate is not valid at this server's time",
    "timeout": "no answer within 10 seconds",
    "redirect": "the request is redirected elsewhere",
    "not_the_server": "the answer comes from somebody else, such as a proxy",
    "server_error": "the license server answers with an error (HTTP 5xx)",
    "no_reply": "the connection breaks off",
}


def _others(words: Words, failure: Failure | None) -> tuple[OtherActivation, ...]:
    listed = failure.problem.get("activations") if failure else None
    found = []
    for item in listed[:MAX_LISTED] if isinstance(listed, list) else []:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            continue
        held_until = messages.seconds_of(item.get("offline_until"))
        seen = messages.seconds_of(item.get("last_seen"))
        if held_until is not None:
            told = words.tell("held by an offline license until {date}", date=words.day(held_until))
        elif seen is not None:
            told = words.tell("last seen {date}", date=words.day(seen))
        else:
            told = words.tell("never seen")
        domain = words.domain(str(item.get("domain", "")))
        found.append(OtherActivation(item["id"], domain, told, can_move=held_until is None))
    return tuple(found)

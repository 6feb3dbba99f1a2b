"""Which state is the card in? One name, one badge, and what may be done there."""

from dataclasses import dataclass
from enum import StrEnum

from ..languages import marked
from ..signed_license import SignedLicense, Verdict, VerdictCode
from .failure import Failure

DAY = 86_400
EXPIRING_WITHIN_DAYS = 30

_ACTIVE = frozenset({VerdictCode.VALID, VerdictCode.VALID_IN_GRACE, VerdictCode.CLOCK_BEHIND})


class State(StrEnum):
    """Every state that an owner can find the card in."""

    NOT_ACTIVATED = "not_activated"
    ACTIVE = "active"
    EXPIRING = "expiring"
    TERM_EXPIRED = "term_expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    LIMIT_REACHED = "limit_reached"
    WRONG_DOMAIN = "wrong_domain"
    OFFLINE = "offline_activation"
    DEVELOPMENT = "development"


ASKS_FOR_KEY = frozenset(
    {
        State.NOT_ACTIVATED,
        State.SUSPENDED,
        State.REVOKED,
        State.LIMIT_REACHED,
        State.WRONG_DOMAIN,
        State.DEVELOPMENT,
    }
)


@dataclass(frozen=True, slots=True)
class Badge:
    """An icon and a colour by ``kind``, and a word."""

    kind: str
    word: str


BADGES = {
    State.NOT_ACTIVATED: Badge("warning", marked("Not validated")),
    State.ACTIVE: Badge("active", marked("Active")),
    State.EXPIRING: Badge("warning", marked("Expires soon")),
    State.TERM_EXPIRED: Badge("warning", marked("Term ended")),
    State.SUSPENDED: Badge("error", marked("Suspended")),
    State.REVOKED: Badge("error", marked("Revoked")),
    State.LIMIT_REACHED: Badge("error", marked("In use elsewhere")),
    State.WRONG_DOMAIN: Badge("warning", marked("Another domain")),
    State.OFFLINE: Badge("neutral", marked("Offline activation")),
    State.DEVELOPMENT: Badge("neutral", marked("Development")),
}


def state_of(verdict: Verdict, failure: Failure | None, *, is_offline_step: bool, now: int) -> State:
    """Return the state; ``is_offline_step`` says that the owner is about to carry a request to the portal."""
    if is_offline_step and verdict.code is not VerdictCode.DEVELOPMENT:
        return State.OFFLINE
    if failure is not None and failure.code == "no_activations_left":
        return State.LIMIT_REACHED
    if verdict.code in _ACTIVE:
        left = days_left(verdict.license, now=now)
        return State.ACTIVE if left is None or left > EXPIRING_WITHIN_DAYS else State.EXPIRING
    return _BY_CODE.get(verdict.code, State.NOT_ACTIVATED)


def days_left(license: SignedLicense | None, *, now: int) -> int | None:
    """Return the whole days until the paid term ends, 1 on the last of them, None for a perpetual license."""
    if license is None or license.term_ends_at is None:
        return None
    return max(DAY, license.term_ends_at - now) // DAY


_BY_CODE = {
    VerdictCode.EXPIRED_TERM: State.TERM_EXPIRED,
    VerdictCode.SUSPENDED: State.SUSPENDED,
    VerdictCode.REVOKED: State.REVOKED,
    VerdictCode.WRONG_DOMAIN: State.WRONG_DOMAIN,
    VerdictCode.DEVELOPMENT: State.DEVELOPMENT,
}

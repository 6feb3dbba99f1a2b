"""How is a refusal told where it happened? The status of the API, and a sentence that names the next step."""

from dataclasses import dataclass

from flask import g
from markupsafe import Markup

from license_server.errors import (
    DomainNotAllowed,
    LicenseRevoked,
    LicenseSuspended,
    MovesExhausted,
    NotFound,
    RateLimited,
    ServerUnavailable,
    ServiceError,
)
from license_server.web.http.problems import PROBLEMS, kind_of
from license_server.web.owners.sentences import DEVELOPMENT, REFUSALS, UNKNOWN_REFUSAL, too_many
from theme_license.words import Words, isolated

_OWN_STATUS = {"undo_over": 409}
"""Of what no call of the API is refused with; 400 where nothing is said."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the page says, and the status it has; ``retry_after`` is in seconds."""

    code: str
    status: int
    text: Markup
    reason: Markup | None = None
    retry_after: int | None = None

    @property
    def is_about_key(self) -> bool:
        """Whether the key is what has to be corrected."""
        return self.code in ("key_malformed", "license_not_found", "product_mismatch")


def refusal(error: ServiceError, words: Words, **values: object) -> Refusal:
    """Return how ``error`` is told; ``values`` are put into its sentence.

    What is no matter of what was typed has a page of its own, so it is raised: a server that is away, nothing found.
    """
    if isinstance(error, ServerUnavailable | NotFound):
        raise error
    kind = kind_of(error)
    wait = reason = None
    if isinstance(error, RateLimited):
        g.counted_by, wait = error.counted_by, error.retry_after
        text = too_many(words, wait)
    elif isinstance(error, MovesExhausted):
        text = words.tell(REFUSALS[error.code], date=words.day(error.next_move_at))
    elif isinstance(error, DomainNotAllowed) and error.is_development:
        text = words.tell(DEVELOPMENT)
    else:
        text = words.tell(REFUSALS.get(error.code, UNKNOWN_REFUSAL), code=error.code, **values)
    if isinstance(error, LicenseSuspended | LicenseRevoked) and error.license.status_reason is not None:
        reason = words.tell("Reason: {reason}", reason=isolated(error.license.status_reason))
    return Refusal(
        error.code,
        _OWN_STATUS.get(error.code, 400) if kind is None else PROBLEMS[kind].status,
        text,
        reason,
        wait,
    )

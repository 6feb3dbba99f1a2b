"""How is a refusal told where it happened? The status of the API, and a sentence that names the next step."""

from dataclasses import dataclass
from datetime import datetime

from flask import g
from markupsafe import Markup

from license_server.errors import NotFound, ServerUnavailable, ServiceError
from license_server.web.http.problems import PROBLEMS
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
    problem = PROBLEMS.get(type(error))
    wait, reason = error.members.get("retry_after"), error.members.get("reason")
    next_move_at = error.members.get("next_move_at")
    if error.code == "rate_limited" and isinstance(wait, int):
        g.counted_by = getattr(error, "counted_by", "address")
        text = too_many(words, wait)
    else:
        date = words.day(moment_of(next_move_at)) if isinstance(next_move_at, str) else ""
        sentence = DEVELOPMENT if reason == "development" else REFUSALS.get(error.code, UNKNOWN_REFUSAL)
        text = words.tell(sentence, code=error.code, date=date, **values)
    is_told_why = error.code in ("license_suspended", "license_revoked") and isinstance(reason, str)
    return Refusal(
        error.code,
        _OWN_STATUS.get(error.code, 400) if problem is None else problem.status,
        text,
        words.tell("Reason: {reason}", reason=isolated(str(reason))) if is_told_why else None,
        wait if isinstance(wait, int) else None,
    )


def moment_of(text: str) -> int:
    """Return the seconds since 1970-01-01 UTC of a time as the API writes it."""
    return int(datetime.fromisoformat(text).timestamp())

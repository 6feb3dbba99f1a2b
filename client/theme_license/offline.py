"""How does a site get its license where no call goes out? Its owner carries a request there and an answer back (§8).

The request is no secret and unsigned; the license key is typed on the vendor's portal and is never part of it. What
comes back is proved like every signed license, and taken once, by the administrator who asked.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from .base64url import encode_segment
from .checker import Checker
from .configuration import Configuration
from .domain import parse_domain
from .errors import AnswerRefused, DomainRefused, KeyMalformed, LicenseRefused
from .license_key import parse_license_key
from .signed_license import SignedLicense, Status
from .wire import decode_signed_license

REQUEST_VERSION = 1
PENDING_SECONDS = 24 * 3_600
ANSWER_MEMBER = "signed_license"
"""The member of the query in which an answer comes back through the browser."""

PORTAL_PAGE = "/portal/activate"


class Pending(NamedTuple):
    """A request that waits for its answer: its nonce, and when it was made in seconds since 1970-01-01 UTC."""

    nonce: str
    made_at: int

    def is_over(self, now: int) -> bool:
        """Return whether its answer comes too late (exactly 24 h later it does)."""
        return now >= self.made_at + PENDING_SECONDS


def new_request(checker: Checker) -> Pending:
    """Return a request with a fresh nonce, made now."""
    return Pending(checker.new_nonce(), checker.now())


def request_text(configuration: Configuration, pending: Pending, *, return_url: str | None) -> str:
    """Return the request as it is carried: base64url of its JSON. ``return_url`` None: the answer comes by hand."""
    members = {
        "v": REQUEST_VERSION,
        "product": configuration.product,
        "domain": configuration.domain.name,
        "nonce": pending.nonce,
        "iat": pending.made_at,
        "return_url": return_url,
    }
    return encode_segment(json.dumps(members, separators=(",", ":")).encode("ascii"))


def portal_address(configuration: Configuration, request: str) -> str:
    """Return the page of the vendor's portal that answers ``request``."""
    return f"{configuration.server}{PORTAL_PAGE}?{urlencode({'request': request})}"


def can_return_to(configuration: Configuration, url: str) -> bool:
    """Return whether an answer may come back to ``url``: its host must be this site's domain, or its ``www``."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and parse_domain(parts.netloc) == configuration.domain
    except (ValueError, DomainRefused):
        return False


def take_answer(checker: Checker, text: str, pending: Sequence[Pending], *, pasted: bool) -> Pending | None:
    """Keep the offline license ``text`` and return the request that it answers, None for one that answers none.

    ``pending`` are the requests of this administrator's session. Raises :class:`AnswerRefused`, which says what is
    wrong; then nothing has changed. A license whose nonce is null is taken only when ``pasted``.
    """
    text = "".join(text.split())
    with checker.state.lock(wait_seconds=1.0):
        license, key_id = _proved(checker, text)
        _require_fit(checker, license)
        answered = _answered(checker, license, pending, pasted=pasted)
        if checker.is_below_floor(key_id):
            raise AnswerRefused("answer_retired_key")
        former = checker.state.read().activation or {}
        links = former.get("links")
        checker.keep(license, text, token=None, activation=None if links is None else {"links": links})
    return answered


def _proved(checker: Checker, text: str) -> tuple[SignedLicense, str]:
    try:
        return decode_signed_license(text, checker.configuration.pinned)
    except LicenseRefused as error:
        code = "answer_is_a_key" if _is_license_key(text) else f"answer_{error.code}"
        raise AnswerRefused(code) from error


def _require_fit(checker: Checker, license: SignedLicense) -> None:
    configuration = checker.configuration
    if license.product != configuration.product:
        raise AnswerRefused("answer_wrong_product")
    if license.domain != configuration.domain.name:
        raise AnswerRefused("answer_wrong_domain")
    if license.status is not Status.ACTIVE:
        raise AnswerRefused("answer_not_active")
    if checker.now() >= license.lease_ends_at + license.grace_seconds:
        raise AnswerRefused("answer_over")


def _answered(checker: Checker, license: SignedLicense, pending: Sequence[Pending], *, pasted: bool) -> Pending | None:
    if license.nonce is None:
        if not pasted:
            raise AnswerRefused("answer_must_be_pasted")
        return None
    for request in pending:
        if request.nonce == license.nonce and not request.is_over(checker.now()):
            return request
    stored = checker.stored_license()
    is_stored = stored is not None and stored.nonce == license.nonce
    raise AnswerRefused("answer_used" if is_stored else "answer_old")


def _is_license_key(text: str) -> bool:
    try:
        parse_license_key(text)
    except KeyMalformed:
        return False
    return True

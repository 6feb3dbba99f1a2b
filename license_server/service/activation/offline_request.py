"""What does a site ask that cannot call out? The request that its owner carries to the portal (protocol §8)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from license_server import policy, strict_json
from license_server.errors import RequestOld, RequestUnreadable, ReturnElsewhere
from theme_license.base64url import decode_segment, encode_segment
from theme_license.domain import Domain, parse_domain
from theme_license.errors import DomainRefused, MalformedLicense

VERSION = 1
MAX_BYTES = 4_096
NONCE_BYTES = 32
MAX_RETURN_URL = 2_000
MAX_AGE = 24 * 3_600
"""Seconds after which a request is refused, and by which a site's clock may be ahead."""

_MAX_TEXT = len(encode_segment(bytes(MAX_BYTES)))


@dataclass(frozen=True, slots=True)
class OfflineRequest:
    """What a site asks, unsigned; ``made_at`` is by its own clock, ``return_url`` None where a person carries it."""

    product: str
    domain: Domain
    nonce: str
    made_at: int
    return_url: str | None


def parse_request(text: str, *, now: int) -> OfflineRequest:
    """Return the request that the text is; white space around it does not matter.

    Raises :class:`RequestUnreadable`, :class:`ReturnElsewhere` or :class:`RequestOld`; none echoes the text.
    """
    members = _members(text.strip())
    product, nonce = _string(members, "product"), _string(members, "nonce")
    domain, made_at = _domain(_string(members, "domain")), members.get("iat")
    # type() and not isinstance(): True is no integer on a wire.
    if type(members.get("v")) is not int or members["v"] != VERSION or not policy.is_slug(product):
        raise RequestUnreadable
    if type(made_at) is not int or made_at < 0 or not _is_nonce(nonce):
        raise RequestUnreadable
    return_url = None
    if members.get("return_url", ...) is not None:
        return_url = _string(members, "return_url")
        if not _leads_to(domain, return_url):
            raise ReturnElsewhere
    if abs(now - made_at) > MAX_AGE:
        raise RequestOld
    return OfflineRequest(product=product, domain=domain, nonce=nonce, made_at=made_at, return_url=return_url)


def _members(text: str) -> dict[str, Any]:
    if len(text) > _MAX_TEXT:
        raise RequestUnreadable
    try:
        return strict_json.read_object(decode_segment(text))
    except (MalformedLicense, ValueError) as error:
        raise RequestUnreadable from error


def _string(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise RequestUnreadable
    return value


def _domain(text: str) -> Domain:
    try:
        domain = parse_domain(text)
    except DomainRefused as error:
        raise RequestUnreadable from error
    if domain.name != text:
        raise RequestUnreadable
    return domain


def _is_nonce(text: str) -> bool:
    try:
        return len(decode_segment(text)) == NONCE_BYTES
    except MalformedLicense:
        return False


def _leads_to(domain: Domain, url: str) -> bool:
    """Return whether every browser that opens ``url`` lands on the domain.

    A URL is ASCII (RFC 3986), and a browser takes a backslash for a slash, so neither is left to be read in two ways.
    """
    if len(url) > MAX_RETURN_URL or not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\#"):
        return False
    try:
        parts = urlsplit(url)
        # What stands before the path is read by the one function that knows domains; an @ in it is refused there.
        return parts.scheme in ("http", "https") and parse_domain(parts.netloc) == domain
    except (ValueError, DomainRefused):
        return False

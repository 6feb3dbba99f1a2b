"""Does the address that stands in every license lead to this server?"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from license_server.config import Settings, variable
from license_server.service.operating.doctor.findings import Finding, Flaw, fault, ok, warning
from theme_license.domain import Decision, parse_domain
from theme_license.errors import DomainRefused

CONNECT_SECONDS = 3
READ_SECONDS = 5
MAX_BYTES = 65_536


class NotReached(Exception):
    """Nobody answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answered."""

    status: int
    body: bytes
    date: str | None = None
    location: str | None = None


Fetch = Callable[[str], Reply]
"""Gets an address, following no redirect, within seconds. Raises :class:`NotReached`."""


def fetch(url: str) -> Reply:
    """Get ``url`` over the network."""
    import requests

    try:
        with requests.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True) as answer:
            body = answer.raw.read(MAX_BYTES, decode_content=True)
            return Reply(answer.status_code, body, answer.headers.get("Date"), answer.headers.get("Location"))
    except requests.exceptions.SSLError as error:
        raise NotReached("its certificate is not trusted, or it does not speak TLS") from error
    except requests.exceptions.Timeout as error:
        raise NotReached(f"no answer within {READ_SECONDS} seconds") from error
    except (requests.exceptions.RequestException, OSError, ValueError) as error:
        raise NotReached(_why(str(error))) from error


def check_url(settings: Settings) -> Finding:
    """Return whether the address is one that a theme takes."""
    if settings.url is None:
        told = f"{variable('url')} is not set; licenses would name {settings.base_url}"
        return fault("url", told, Flaw.NO_URL)
    parts = urlsplit(settings.url)
    if parts.scheme == "https":
        return ok("url", settings.url)
    if _is_development(parts.hostname or ""):
        return warning("url", f"{settings.url} is for development only", Flaw.URL_OF_DEVELOPMENT)
    return fault("url", f"{settings.url} is not https, and themes refuse it", Flaw.URL_NOT_HTTPS)


def told_of_addresses() -> Finding:
    """Return the advice for a server that could not read the address of a caller."""
    told = "within the last day a caller's address was no IP address; the guesses of such callers are not limited"
    return warning("addresses", told, Flaw.ADDRESS_UNREADABLE)


def check_ready(url: str, reply: Reply | NotReached) -> Finding:
    """Return whether the server at ``url`` says that it can do its work."""
    if isinstance(reply, NotReached):
        return fault("server", f"nobody answers at {url}: {reply}", Flaw.NOBODY_ANSWERS)
    if 300 <= reply.status < 400:
        told = f"{url} redirects to {reply.location}, and themes follow no redirect"
        return fault("server", told, Flaw.REDIRECTED)
    found = _json(reply.body)
    checks = found.get("checks")
    if not isinstance(checks, dict):
        told = f"{url}/readyz answers {reply.status}, and not as a license server"
        return fault("server", told, Flaw.ANOTHER_ANSWERS)
    wrong = [name for name, well in checks.items() if well is not True]
    if reply.status != 200 or wrong:
        return fault("server", f"{url} answers, not ready: {', '.join(map(str, wrong))}", Flaw.NOT_READY)
    return ok("server", f"{url} answers and is ready")


def check_published(url: str, reply: Reply | NotReached, *, key_id: str) -> Finding:
    """Return whether the server at ``url`` publishes the key that signs."""
    if isinstance(reply, NotReached):
        return fault("published key", f"{url}/.well-known/jwks.json: {reply}", Flaw.NOT_READY)
    keys = _json(reply.body).get("keys")
    kids = [key.get("kid") for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    if key_id in kids:
        return ok("published key", "the server there publishes the key in use")
    told = f"{url} publishes {len(kids)} keys, and the one in use is not among them"
    return fault("published key", told, Flaw.OTHER_KEYS)


def _json(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_development(host: str) -> bool:
    try:
        return parse_domain(host).decision is Decision.DEV
    except DomainRefused:
        return False


def _why(text: str) -> str:
    for part, told in (
        ("resol", "its name cannot be resolved"),
        ("refused", "connection refused"),
        ("unreachable", "the network is unreachable"),
        ("reset", "the connection was reset"),
    ):
        if part in text.lower():
            return told
    return "no connection"

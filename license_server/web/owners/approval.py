"""What has the owner at this browser proved and been shown, before a site's request is signed? (protocol §8)

It stands in the portal's signed cookie: of the key nothing but a tag, which a new key makes worthless.
"""

import hashlib

from flask import session

from license_server.service.license.license_key_lookup import Proof
from license_server.web.http.opened_server import context

APPROVAL_SECONDS = 15 * 60
"""How long a typed key is good for the request that it was typed for; at that second it is asked for again."""

_MEMBER = "asked"


def remember(request_text: str, proof: Proof, *, shown: str | None) -> None:
    """Keep the proof for one request; ``shown`` is the choice that the page asks to confirm, None where it is none."""
    session[_MEMBER] = [_digest(request_text), proof.license_id, proof.tag, context().clock(), shown]


def proof(request_text: str) -> Proof | None:
    """Return the proof for a request, or None where none was given for it, or too long ago."""
    digest, license_id, tag, at, _ = session.get(_MEMBER, ("", "", "", 0, None))
    if digest != _digest(request_text) or abs(context().clock() - at) >= APPROVAL_SECONDS:
        return None
    return Proof(license_id, tag)


def was_shown(request_text: str, choice: str) -> bool:
    """Return whether the page that asks to confirm was shown for this request and this choice."""
    digest, *_, shown = session.get(_MEMBER, ("", None))
    return (digest, shown) == (_digest(request_text), choice)


def forget() -> None:
    """Forget the proof: what it was given for is done."""
    session.pop(_MEMBER, None)


def _digest(request_text: str) -> str:
    return hashlib.sha256(request_text.encode("utf-8", "replace")).hexdigest()

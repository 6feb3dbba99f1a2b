"""Activation tokens: what a site shows instead of its license key, without anything being stored (protocol §6).

``thma_`` + base64url of secret id (1 byte) ‖ activation id (15) ‖ license id (15) ‖ environment (1) ‖ activated at
(5, seconds) ‖ HMAC-SHA-256(secret, those ‖ domain) (32). The version before had neither environment nor time.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from license_server.ids import ACTIVATION, ID_BYTES, LICENSE, format_id, parse_id
from license_server.secret_purposes import Purpose, derive, signing_id
from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense
from theme_license.signed_license import Environment

PREFIX = "thma_"
_IDS = 1 + 2 * ID_BYTES
_TIME_BYTES = 5
_DATED = _IDS + 1 + _TIME_BYTES
_MAC_BYTES = 32
_ENVIRONMENTS = (Environment.PRODUCTION, Environment.STAGING)
_HEADS = {
    len(PREFIX) + len(encode_segment(bytes(head + _MAC_BYTES))): (head, purpose)
    for head, purpose in ((_IDS, Purpose.UNDATED_TOKEN), (_DATED, Purpose.ACTIVATION_TOKEN))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaim:
    """What a genuine token says.

    ``activated_at`` is when the activation was made that it is of, ``environment`` as it was then; both None where the
    version before made the token. ``is_newest`` unless another should take its place.
    """

    activation_id: str
    license_id: str
    environment: str | None
    activated_at: int | None
    is_newest: bool


def make_token(
    secrets: Mapping[int, bytes],
    *,
    activation_id: str,
    license_id: str,
    domain: str,
    environment: str,
    activated_at: int,
) -> str:
    """Return the token of an activation on ``domain``, the same each time while the newest secret stays."""
    activation, license = parse_id(ACTIVATION, activation_id), parse_id(LICENSE, license_id)
    if activation is None or license is None:
        raise ValueError("not an activation id and a license id")
    secret_id = signing_id(secrets)
    told = bytes([_ENVIRONMENTS.index(Environment(environment))]) + activated_at.to_bytes(_TIME_BYTES, "big")
    head = bytes([secret_id]) + activation + license + told
    return PREFIX + encode_segment(head + _mac(secrets[secret_id], Purpose.ACTIVATION_TOKEN, head, domain))


def read_token(secrets: Mapping[int, bytes], text: str, *, domain: str) -> TokenClaim | None:
    """Return what ``text`` says if this server made it for ``domain``, else None; compares in constant time."""
    if len(text) not in _HEADS or not text.startswith(PREFIX) or not text.isascii():
        return None
    try:
        raw = decode_segment(text[len(PREFIX) :])
    except MalformedLicense:
        return None
    length, purpose = _HEADS[len(text)]
    head, mac = raw[:length], raw[length:]
    secret = secrets.get(head[0])
    if secret is None or not hmac.compare_digest(mac, _mac(secret, purpose, head, domain)):
        return None
    is_dated = purpose is Purpose.ACTIVATION_TOKEN
    return TokenClaim(
        activation_id=format_id(ACTIVATION, head[1 : 1 + ID_BYTES]),
        license_id=format_id(LICENSE, head[1 + ID_BYTES : _IDS]),
        environment=_ENVIRONMENTS[head[_IDS]].value if is_dated else None,
        activated_at=int.from_bytes(head[_IDS + 1 :], "big") if is_dated else None,
        is_newest=is_dated and head[0] == signing_id(secrets),
    )


def _mac(secret: bytes, purpose: Purpose, head: bytes, domain: str) -> bytes:
    return derive(secret, purpose, head, domain.encode("ascii"))

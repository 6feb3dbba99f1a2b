"""Activation tokens: what a site shows instead of its license key, without anything being stored (protocol §6).

``thma_`` + base64url of secret id (1 byte) ‖ activation id (15) ‖ license id (15) ‖ HMAC-SHA-256(secret, those ‖
domain) (32).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from license_server.ids import ACTIVATION, ID_BYTES, LICENSE, format_id, parse_id
from license_server.secret_purposes import Purpose, derive, signing_id
from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense

PREFIX = "thma_"
_HEAD_BYTES = 1 + 2 * ID_BYTES
_MAC_BYTES = 32
_TEXT_LENGTH = len(PREFIX) + len(encode_segment(bytes(_HEAD_BYTES + _MAC_BYTES)))


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """What a genuine token names."""

    activation_id: str
    license_id: str


def make_token(secrets: Mapping[int, bytes], *, activation_id: str, license_id: str, domain: str) -> str:
    """Return the token of an activation on ``domain``, the same each time while the newest secret stays."""
    activation, license = parse_id(ACTIVATION, activation_id), parse_id(LICENSE, license_id)
    if activation is None or license is None:
        raise ValueError("not an activation id and a license id")
    secret_id = signing_id(secrets)
    head = bytes([secret_id]) + activation + license
    return PREFIX + encode_segment(head + _mac(secrets[secret_id], head, domain))


def read_token(secrets: Mapping[int, bytes], text: str, *, domain: str) -> TokenClaim | None:
    """Return what ``text`` names if this server made it for ``domain``, else None; compares in constant time."""
    if len(text) != _TEXT_LENGTH or not text.startswith(PREFIX) or not text.isascii():
        return None
    try:
        raw = decode_segment(text[len(PREFIX) :])
    except MalformedLicense:
        return None
    head, mac = raw[:_HEAD_BYTES], raw[_HEAD_BYTES:]
    secret = secrets.get(head[0])
    if secret is None or not hmac.compare_digest(mac, _mac(secret, head, domain)):
        return None
    return TokenClaim(
        activation_id=format_id(ACTIVATION, head[1 : 1 + ID_BYTES]), license_id=format_id(LICENSE, head[1 + ID_BYTES :])
    )


def _mac(secret: bytes, head: bytes, domain: str) -> bytes:
    return derive(secret, Purpose.ACTIVATION_TOKEN, head, domain.encode("ascii"))

"""Which public key does a text hold, and is it fit to be pinned? (protocol §2, §4)"""

import json
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .base64url import decode_segment, encode_segment
from .ed25519 import PUBLIC_KEY_BYTES, is_usable_point, lies_on_curve
from .errors import MalformedLicense, UnusablePublicKey


class PublicKey(NamedTuple):
    """An Ed25519 public key fit to be pinned; build it with :func:`parse_public_key`."""

    raw: bytes
    key_id: str

    @property
    def text(self) -> str:
        """The 43 characters by which the key is written everywhere: base64url of its 32 bytes."""
        return encode_segment(self.raw)


def parse_public_key(text: str) -> PublicKey:
    """Read a public key as 43 characters of base64url, as a JWK (RFC 8037) or as PEM.

    Raises :class:`UnusablePublicKey` for everything else, and for points that no honest key has: not on the curve,
    not canonical, of low order.
    """
    text = text.strip()
    if text.startswith("{"):
        raw = _raw_from_jwk(text)
    elif text.startswith("-----BEGIN"):
        raw = _raw_from_pem(text)
    else:
        raw = _raw_from_segment(text)
    if not is_usable_point(raw) or not lies_on_curve(raw):
        raise UnusablePublicKey("these 32 bytes are no safe Ed25519 public key; copy the key from the vendor again")
    return PublicKey(raw, key_id(raw))


def key_id(public_key: bytes) -> str:
    """Return the 43-character JWK thumbprint (RFC 7638) of a 32-byte Ed25519 public key."""
    from hashlib import sha256

    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{encode_segment(public_key)}"}}'
    return encode_segment(sha256(jwk.encode("ascii")).digest())


def _raw_from_segment(text: str) -> bytes:
    try:
        raw = decode_segment(text)
    except MalformedLicense as error:
        raise UnusablePublicKey("a public key is written as 43 characters of base64url") from error
    if len(raw) != PUBLIC_KEY_BYTES:
        raise UnusablePublicKey(f"a public key is written as 43 characters of base64url; this has {len(text)}")
    return raw


def _raw_from_jwk(text: str) -> bytes:
    try:
        jwk = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusablePublicKey("a JWK must be a JSON object") from error
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or not isinstance(jwk.get("x"), str):
        raise UnusablePublicKey('a JWK must have "kty": "OKP", "crv": "Ed25519" and "x"')
    if "d" in jwk:
        raise UnusablePublicKey("this JWK holds a private key; a theme pins the public one, without its member d")
    return _raw_from_segment(jwk["x"])


def _raw_from_pem(text: str) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(text.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusablePublicKey("a PEM must be one BEGIN PUBLIC KEY block") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusablePublicKey("this PEM holds a key of another kind; a license is signed with Ed25519")
    return key.public_bytes_raw()

"""Did the vendor sign this text, byte for byte, with a key that the theme pins? (protocol §2)

JWS compact (RFC 7515) in a frozen profile: one header for each kind of document, one algorithm, Ed25519. What is
verified are the bytes received, and what they say is read by nobody before.
"""

import re
from collections.abc import Callable

from .base64url import decode_segment, encode_segment
from .ed25519 import verify_signature
from .errors import BadSignature, MalformedLicense, UnknownKey
from .pinned_keys import PinnedKeys

MAX_BYTES = 16_384

_HEADER = re.compile(rb'\{"alg":"EdDSA","kid":"([A-Za-z0-9_-]{43})","typ":"([^"\\]+)"\}')


def encode_jws(payload: bytes, *, typ: str, key_id: str, sign: Callable[[bytes], bytes]) -> str:
    """Return the text of a document of kind ``typ``; ``sign`` returns the 64-byte Ed25519 signature of its argument."""
    header = f'{{"alg":"EdDSA","kid":"{key_id}","typ":"{typ}"}}'
    signed = f"{encode_segment(header.encode('ascii'))}.{encode_segment(payload)}"
    return f"{signed}.{encode_segment(sign(signed.encode('ascii')))}"


def decode_jws(text: str, pinned: PinnedKeys, *, typ: str) -> tuple[bytes, str]:
    """Return the payload of a document of kind ``typ``, and the id of the pinned key that signed it.

    Raises the :class:`~theme_license.errors.LicenseRefused` of the first of these steps of protocol §2 that fails: the
    size, three parts, their base64url, the header's bytes, the key, the signature. Not checked: what the payload says.
    """
    if len(text) > MAX_BYTES or not text.isascii():
        raise MalformedLicense("longer than 16 KiB, or not ASCII")
    segments = text.split(".")
    if len(segments) != 3:
        raise MalformedLicense("not three parts")
    header, payload, signature = map(decode_segment, segments)
    named = _HEADER.fullmatch(header)
    if named is None or named[2] != typ.encode("ascii"):
        raise MalformedLicense("not the one header that such a document has")
    key = pinned.find(named[1].decode("ascii"))
    if key is None:
        raise UnknownKey("signed by a key that is not pinned")
    if not verify_signature(key.raw, text[: text.rindex(".")].encode("ascii"), signature):
        raise BadSignature("the signature does not match")
    return payload, key.key_id

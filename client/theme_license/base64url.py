"""Which bytes does a part of a signed document spell? Base64url without padding, in its one canonical spelling."""

import binascii

from .errors import MalformedLicense

_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def encode_segment(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(raw, newline=False).rstrip(b"=").translate(_TO_URL_SAFE).decode("ascii")


def decode_segment(text: str) -> bytes:
    """Return the bytes of canonical base64url without padding; every other spelling is :class:`MalformedLicense`."""
    try:
        raw = binascii.a2b_base64(text.encode("ascii").translate(_FROM_URL_SAFE) + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise MalformedLicense("a part is not base64url") from error
    if encode_segment(raw) != text:
        raise MalformedLicense("a part is not canonical base64url")
    return raw

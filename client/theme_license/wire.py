"""Is this text a signed license, and what does it say? (protocol §2)

No JSON is parsed before the signature holds. Keys, pins and signatures are here by name too, so that nothing else need
be imported to verify a license.
"""

import json
from collections.abc import Callable

from .base64url import decode_segment, encode_segment
from .ed25519 import verify_signature
from .errors import LicenseRefused, LicenseTooLong
from .jws import MAX_BYTES as MAX_SIGNED_LICENSE_BYTES
from .jws import decode_jws, encode_jws
from .pinned_keys import PinnedKeys
from .public_key import PublicKey, key_id, parse_public_key
from .signed_license import SignedLicense, Verdict, VerdictCode, judge
from .strict_json import read_object

__all__ = [
    "MAX_SIGNED_LICENSE_BYTES",
    "PinnedKeys",
    "PublicKey",
    "decode_segment",
    "decode_signed_license",
    "encode_segment",
    "encode_signed_license",
    "key_id",
    "parse_public_key",
    "verify_signature",
    "verify_signed_license",
]

_TYP = "theme-license+jwt"


def encode_signed_license(license: SignedLicense, *, key_id: str, sign: Callable[[bytes], bytes]) -> str:
    """Return the JWS compact text of ``license``; ``sign`` returns the 64-byte Ed25519 signature of its argument.

    Raises :class:`LicenseTooLong` where no client would read the text.
    """
    payload = json.dumps(license.to_claims(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = encode_jws(payload.encode("utf-8"), typ=_TYP, key_id=key_id, sign=sign)
    if len(text) > MAX_SIGNED_LICENSE_BYTES:
        raise LicenseTooLong(f"{len(text):,} characters, and clients read up to {MAX_SIGNED_LICENSE_BYTES:,}")
    return text


def decode_signed_license(text: str, pinned: PinnedKeys) -> tuple[SignedLicense, str]:
    """Return the license and the id of the pinned key that signed it.

    Raises the :class:`LicenseRefused` of the first step of protocol §2 that fails. Not checked here: product,
    domain, status and times, which are :func:`~theme_license.signed_license.judge`'s.
    """
    payload, signed_by = decode_jws(text, pinned, typ=_TYP)
    return SignedLicense.from_claims(read_object(payload)), signed_by


def verify_signed_license(text: str, *, pinned: PinnedKeys, product: str, domain: str, now: int) -> Verdict:
    """Return the verdict on ``text`` by every step of protocol §2. Never raises, whatever the text.

    ``domain`` must be canonical; ``now`` is in seconds since 1970-01-01 UTC.
    """
    try:
        license, _ = decode_signed_license(text, pinned)
    except LicenseRefused as error:
        return Verdict(VerdictCode(error.code), None, domain)
    return judge(license, product=product, domain=domain, now=now)

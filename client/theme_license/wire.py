"""Did the vendor sign this text, byte for byte, with a key that the theme pins? (protocol §2, §4)

JWS compact (RFC 7515) in a frozen profile: one header, one algorithm, Ed25519 (RFC 8032, RFC 8037). No JSON is
parsed before the signature holds, and what is verified are the bytes received.
"""

import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .ed25519 import is_usable_point, lies_on_curve
from .errors import BadSignature, LicenseRefused, MalformedLicense, UnknownKey, UnusablePublicKey
from .signed_license import SignedLicense, Verdict, VerdictCode, judge

MAX_SIGNED_LICENSE_BYTES = 16_384
MAX_NESTING = 64
MAX_INTEGER_DIGITS = 16

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

_HEADER = re.compile(rb'\{"alg":"EdDSA","kid":"[A-Za-z0-9_-]{43}","typ":"theme-license\+jwt"\}')
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class PublicKey(NamedTuple):
    """An Ed25519 public key fit to be pinned; build it with :func:`parse_public_key`."""

    raw: bytes
    key_id: str

    @property
    def text(self) -> str:
        """The 43 characters by which the key is written everywhere: base64url of its 32 bytes."""
        return encode_segment(self.raw)


class PinnedKeys:
    """The ordered public keys that a theme trusts: the first signs today, the later ones stand by (protocol §4)."""

    __slots__ = ("_by_header", "_keys", "_positions")

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = tuple(keys)
        self._positions = {key.key_id: position for position, key in enumerate(self._keys)}
        if not self._keys:
            raise UnusablePublicKey("no public key is pinned; pin at least the one that signs today")
        if len(self._positions) != len(self._keys):
            raise UnusablePublicKey("the same public key is pinned twice; pin each once, in the order of their use")
        self._by_header = {_header_segment(key.key_id): key for key in self._keys}

    @classmethod
    def parse(cls, texts: Sequence[str]) -> "PinnedKeys":
        """Read each text as :func:`parse_public_key` does. Raises :class:`UnusablePublicKey`."""
        return cls([parse_public_key(text) for text in texts])

    def find(self, key_id: str) -> PublicKey | None:
        """Return the pinned key with this id, or None."""
        position = self._positions.get(key_id)
        return None if position is None else self._keys[position]

    def find_by_header(self, segment: str) -> PublicKey | None:
        """Return the pinned key whose licenses begin with this base64url header, or None."""
        return self._by_header.get(segment)

    def position(self, key_id: str) -> int | None:
        """Return where the key stands in the order, from 0, or None when it is not pinned."""
        return self._positions.get(key_id)

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether ``signature`` is the Ed25519 signature of ``message`` by ``public_key`` (RFC 8032 5.1.7).

    Low-order and non-canonical keys and points R are refused before any library is asked, because libraries differ
    on them; the equation is the one without the cofactor. Wrong lengths are False, nothing raises for any bytes.
    """
    if len(public_key) != PUBLIC_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    if not is_usable_point(public_key) or not is_usable_point(signature[:PUBLIC_KEY_BYTES]):
        return False
    try:
        _load(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(public_key: bytes) -> str:
    """Return the 43-character JWK thumbprint (RFC 7638) of a 32-byte Ed25519 public key."""
    from hashlib import sha256

    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{encode_segment(public_key)}"}}'
    return encode_segment(sha256(jwk.encode("ascii")).digest())


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


def encode_signed_license(license: SignedLicense, *, key_id: str, sign: Callable[[bytes], bytes]) -> str:
    """Return the JWS compact text of ``license``; ``sign`` returns the 64-byte Ed25519 signature of its argument."""
    payload = json.dumps(license.to_claims(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    signed = f"{_header_segment(key_id)}.{encode_segment(payload.encode('utf-8'))}"
    return f"{signed}.{encode_segment(sign(signed.encode('ascii')))}"


def decode_signed_license(text: str, pinned: PinnedKeys) -> tuple[SignedLicense, str]:
    """Return the license and the id of the pinned key that signed it.

    Raises the :class:`LicenseRefused` of the first step of protocol §2 that fails. Not checked here: product,
    domain, status and times, which are :func:`~theme_license.signed_license.judge`'s.
    """
    if len(text) > MAX_SIGNED_LICENSE_BYTES or not text.isascii():
        raise MalformedLicense("longer than 16 KiB, or not ASCII")
    segments = text.split(".")
    if len(segments) != 3:
        raise MalformedLicense("not three parts")
    payload, signature = decode_segment(segments[1]), decode_segment(segments[2])
    # There is one header per key, so a pinned key's header is known by its text before it is decoded.
    key = pinned.find_by_header(segments[0])
    if key is None:
        if _HEADER.fullmatch(decode_segment(segments[0])) is None:
            raise MalformedLicense("not the one header that a signed license has")
        raise UnknownKey("signed by a key that is not pinned")
    if not verify_signature(key.raw, text[: text.rindex(".")].encode("ascii"), signature):
        raise BadSignature("the signature does not match")
    return SignedLicense.from_claims(_parse_payload(payload)), key.key_id


def verify_signed_license(text: str, *, pinned: PinnedKeys, product: str, domain: str, now: int) -> Verdict:
    """Return the verdict on ``text`` by every step of protocol §2. Never raises, whatever the text.

    ``domain`` must be canonical; ``now`` is in seconds since 1970-01-01 UTC.
    """
    try:
        license, _ = decode_signed_license(text, pinned)
    except LicenseRefused as error:
        return Verdict(VerdictCode(error.code), None, domain)
    return judge(license, product=product, domain=domain, now=now)


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


def _header_segment(key_id: str) -> str:
    return encode_segment(f'{{"alg":"EdDSA","kid":"{key_id}","typ":"theme-license+jwt"}}'.encode("ascii"))


_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@lru_cache(maxsize=16)
def _load(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


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


def _parse_payload(payload: bytes) -> dict[str, object]:
    """Read the claims of a payload whose signature holds, as strictly as every JSON reader can (protocol §2)."""
    try:
        text = payload.decode("utf-8")
        claims = _STRICT_JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedLicense("the payload is not one JSON value") from error
    if type(claims) is not dict:
        raise MalformedLicense("the payload is not a JSON object")
    if payload.count(b"[") + payload.count(b"{") > MAX_NESTING and _nesting(claims) > MAX_NESTING:
        raise MalformedLicense("the payload is nested too deeply")
    if _SURROGATE_ESCAPE.search(payload) and not _is_unicode(claims):
        raise MalformedLicense("the payload holds half a surrogate pair")
    return claims


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedLicense("the payload names a member twice")
    return members


def _refuse_constant(name: str) -> None:
    raise MalformedLicense(f"{name} is no JSON number")


def _read_integer(text: str) -> int | float:
    """Return an int only where every language reads one: not for -0, nor for more digits than a claim may have."""
    return int(text) if len(text) <= MAX_INTEGER_DIGITS and text != "-0" else float(text)


_STRICT_JSON = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates, parse_constant=_refuse_constant, parse_int=_read_integer
)


def _nesting(value: object) -> int:
    """Return how many arrays and objects stand within each other in ``value``, itself included."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [member for item in level for member in (item.values() if isinstance(item, dict) else item)]
    return depth


def _is_unicode(claims: dict[str, object]) -> bool:
    try:
        json.dumps(claims, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

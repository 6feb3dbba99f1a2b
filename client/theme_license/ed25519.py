"""Did this key sign these bytes? (RFC 8032)

Cryptographic libraries agree on honest points and differ on these: encodings of y not below the field's prime, and the
eight points whose order divides the cofactor. They are refused here, so that every client gives one verdict.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

_PRIME = 2**255 - 19
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME

# The y coordinates of the eight points of low order; x and -x share one.
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER_Y = frozenset({0, 1, _PRIME - 1, _Y_OF_ORDER_8, _PRIME - _Y_OF_ORDER_8})


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


def is_usable_point(encoded: bytes) -> bool:
    """Return whether ``encoded``, 32 bytes, is canonical and not of low order; not whether it is on the curve."""
    y = _y(encoded)
    return y < _PRIME and y not in _LOW_ORDER_Y


def lies_on_curve(encoded: bytes) -> bool:
    """Return whether some x satisfies -x² + y² = 1 + d·x²·y² for the y of ``encoded`` (RFC 8032 section 5.1.3)."""
    y_squared = _y(encoded) ** 2 % _PRIME
    # x² = numerator / denominator is a square where their product is one (Euler's criterion).
    product = (y_squared - 1) * (_D * y_squared + 1) % _PRIME
    return pow(product, (_PRIME - 1) // 2, _PRIME) <= 1


def _y(encoded: bytes) -> int:
    return int.from_bytes(encoded, "little") & (1 << 255) - 1


@lru_cache(maxsize=16)
def _load(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)

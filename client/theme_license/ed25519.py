"""Which 32 bytes may stand for a point of edwards25519 in a key or a signature? (RFC 8032 section 5.1.3)

Cryptographic libraries agree on honest points and differ on these: encodings of y not below the field's prime, and
the eight points whose order divides the cofactor. They are refused here, so that every client gives one verdict.
"""

_PRIME = 2**255 - 19
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME

# The y coordinates of the eight points of low order; x and -x share one.
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER_Y = frozenset({0, 1, _PRIME - 1, _Y_OF_ORDER_8, _PRIME - _Y_OF_ORDER_8})


def is_usable_point(encoded: bytes) -> bool:
    """Return whether ``encoded``, 32 bytes, is canonical and not of low order; not whether it is on the curve."""
    y = _y(encoded)
    return y < _PRIME and y not in _LOW_ORDER_Y


def lies_on_curve(encoded: bytes) -> bool:
    """Return whether some x satisfies -x² + y² = 1 + d·x²·y² for the y of ``encoded``."""
    y_squared = _y(encoded) ** 2 % _PRIME
    # x² = numerator / denominator is a square where their product is one (Euler's criterion).
    product = (y_squared - 1) * (_D * y_squared + 1) % _PRIME
    return pow(product, (_PRIME - 1) // 2, _PRIME) <= 1


def _y(encoded: bytes) -> int:
    return int.from_bytes(encoded, "little") & (1 << 255) - 1

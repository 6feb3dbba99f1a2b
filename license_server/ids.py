"""Random identifiers: ``lic_…`` and ``act_…``, 120 bits in Crockford's base32."""

from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_BYTES = 15
_SYMBOLS = ID_BYTES * 8 // 5
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}

LICENSE = "lic"
ACTIVATION = "act"


def new_id(kind: str, random_bytes: Callable[[int], bytes]) -> str:
    """Return a new identifier of ``kind``; ``random_bytes(n)`` must give n unpredictable bytes."""
    return format_id(kind, random_bytes(ID_BYTES))


def format_id(kind: str, raw: bytes) -> str:
    """Return the text of the identifier whose 15 bytes are ``raw``."""
    bits = int.from_bytes(raw, "big")
    return f"{kind}_" + "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))


def parse_id(kind: str, text: str) -> bytes | None:
    """Return the 15 bytes of an identifier of ``kind``, or None when ``text`` is none, letter for letter."""
    head, _, symbols = text.partition("_")
    if head != kind or len(symbols) != _SYMBOLS or not all(symbol in _VALUES for symbol in symbols):
        return None
    bits = 0
    for symbol in symbols:
        bits = bits << 5 | _VALUES[symbol]
    return bits.to_bytes(ID_BYTES, "big")

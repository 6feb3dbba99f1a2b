"""Random identifiers: ``lic_…`` and ``act_…``, 120 bits in Crockford's base32."""

from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_BYTES = 15
_SYMBOLS = ID_BYTES * 8 // 5
LENGTH = len("lic_") + _SYMBOLS
SHARED_SYMBOLS = 4
_SYMBOL_OF_BYTE = (ALPHABET * 8).encode("ascii")  # for bytes.translate: a random byte is a random symbol
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}

LICENSE = "lic"
ACTIVATION = "act"


def new_id(kind: str, random_bytes: Callable[[int], bytes]) -> str:
    """Return a new identifier of ``kind``; ``random_bytes(n)`` must give n unpredictable bytes."""
    return format_id(kind, random_bytes(ID_BYTES))


def new_batch(kind: str, count: int, random_bytes: Callable[[int], bytes]) -> list[bytes]:
    """Return ``count`` new identifiers of ``kind``, as ASCII, which share their first four symbols, drawn for them.

    The other 100 bits are each one's own. In a database's index neighbours lie on few pages, strangers on a page each:
    a large batch is stored twice as fast, whatever the size of the table.
    """
    own = _SYMBOLS - SHARED_SYMBOLS
    text = random_bytes(SHARED_SYMBOLS + own * count).translate(_SYMBOL_OF_BYTE)
    start = f"{kind}_".encode("ascii") + text[:SHARED_SYMBOLS]
    return [start + text[at : at + own] for at in range(SHARED_SYMBOLS, len(text), own)]


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


def repeatable(kind: str, text: str) -> str | None:
    """Return what an error may repeat of what was typed for an id of ``kind``: an id, else None.

    Anything else may be a license key, which must reach no log.
    """
    return text if parse_id(kind, text) is not None else None

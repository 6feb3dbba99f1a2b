"""What license key does the text that a person pasted hold? (protocol §1)

A key is 30 symbols of Crockford's base32: 26 random ones (130 bits) and four check symbols of a Reed-Solomon code,
which catch every two wrong symbols and every swap before any server is asked. Whoever holds the key holds the
license, so nothing here prints one unless it is told to.
"""

import os
import re
from collections.abc import Callable, Iterable
from functools import cache

from .errors import KeyMalformed

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DEFAULT_PREFIX = "THM"
MAX_INPUT_LENGTH = 256

DATA_SYMBOLS = 26
CHECK_SYMBOLS = 4
KEY_SYMBOLS = DATA_SYMBOLS + CHECK_SYMBOLS
GROUP_SYMBOLS = 5

LEAK_PATTERN = r"\b(?:[A-Z]{2,6}(?:-[0-9A-HJKMNP-TV-Z]{5}){6}\b|thma_[A-Za-z0-9_-]{40,})"
"""One regular expression that finds license keys and activation tokens in leaked text, logs and repositories."""

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_ALIASES = str.maketrans("ILO", "110")
_PREFIX = re.compile(r"[A-Z]{2,6}")
_DIGEST_CONTEXT = b"theme-license key 1"

# GF(32) by x^5 + x^2 + 1; powers of its generator, written twice so that a sum of two logarithms needs no modulus.
_ANTILOG = [1]
for _ in range(61):
    _next = _ANTILOG[-1] << 1
    _ANTILOG.append(_next ^ 0b100101 if _next & 32 else _next)
_LOG = {value: exponent for exponent, value in enumerate(_ANTILOG[:31])}
# The check symbols are XORed with "THEM", so that neither thirty zeros nor a rotated key is a key.
_MASK = tuple(_VALUES[symbol] for symbol in "THEM")

# Dashes that Unicode does not file under "dash": minus signs, bullet, swung dash, Arabic tatweel, box-drawing lines.
_OTHER_DASHES = frozenset("\u2212\u02d7\u2043\u2053\u0640\u2500\u2501")
# Marks without width that Unicode does not file under "format": the joiner and the variation selectors.
_OTHER_ZERO_WIDTH = frozenset("\u034f" + "".join(map(chr, range(0xFE00, 0xFE10))))


class LicenseKey:
    """A license key whose check symbols hold; ``symbols`` are its 30 characters without prefix and dashes.

    No named tuple: ``"%s" % key`` would print a tuple's only member.
    """

    __slots__ = ("symbols",)

    symbols: str

    def __init__(self, symbols: str) -> None:
        object.__setattr__(self, "symbols", symbols)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a license key does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LicenseKey) and self.symbols == other.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)

    @property
    def last5(self) -> str:
        """The last five symbols, which may be shown to tell one key from another."""
        return self.symbols[-GROUP_SYMBOLS:]

    def digest(self) -> bytes:
        """Return the 32 bytes under which a server stores the key; the key cannot be found from them."""
        return digests([self.symbols.encode("ascii")])[0]

    def text(self, prefix: str = DEFAULT_PREFIX) -> str:
        """Return the key as it is shown once to its owner: prefix and six groups of five."""
        starts = range(0, KEY_SYMBOLS, GROUP_SYMBOLS)
        return "-".join([prefix, *(self.symbols[start : start + GROUP_SYMBOLS] for start in starts)])

    def __repr__(self) -> str:
        return f"<LicenseKey …{self.last5}>"

    def __str__(self) -> str:
        return repr(self)


def parse_license_key(text: str) -> LicenseKey:
    """Read a license key as people paste it: any case, any dashes or spaces, any script's digits, I and L for 1.

    Raises :class:`KeyMalformed` for everything else, a mistyped symbol included; the prefix is not compared.
    """
    symbols = _read_symbols(text)
    prefix, symbols = symbols[:-KEY_SYMBOLS], symbols[-KEY_SYMBOLS:].translate(_ALIASES)
    if prefix and not is_key_prefix(prefix):
        raise KeyMalformed("before the six groups of five there may be a prefix of 2 to 6 letters and nothing else")
    if len(symbols) != KEY_SYMBOLS:
        raise KeyMalformed(f"a license key has {KEY_SYMBOLS} symbols after its prefix; this has {len(symbols)}")
    try:
        values = [_VALUES[symbol] for symbol in symbols]
    except KeyError as error:
        raise KeyMalformed("a license key has only digits and letters, and no U") from error
    if _check_symbols(values[:DATA_SYMBOLS]) != values[DATA_SYMBOLS:]:
        raise KeyMalformed("the check symbols do not match: at least one character is mistyped")
    return LicenseKey(symbols)


def new_license_key(random_bytes: Callable[[int], bytes] = os.urandom) -> LicenseKey:
    """Return a new key from 130 random bits; ``random_bytes(n)`` must give n unpredictable bytes."""
    bits = int.from_bytes(random_bytes(17), "big") >> 6
    values = [bits >> 5 * position & 31 for position in reversed(range(DATA_SYMBOLS))]
    return LicenseKey("".join(ALPHABET[value] for value in values + _check_symbols(values)))


def new_symbols(count: int, random_bytes: Callable[[int], bytes] = os.urandom) -> list[bytes]:
    """Return the 30 symbols of each of ``count`` new keys, as ASCII: :func:`new_license_key` for very many at once.

    The code is linear, so each symbol adds its own share to each check symbol; here it adds it for all keys in one
    step: column by column, a byte a key.
    """
    table, shares = _many_tables()
    raw = random_bytes(DATA_SYMBOLS * count)
    symbols = bytearray(KEY_SYMBOLS * count)
    checks = [int.from_bytes(bytes([mask]) * count, "big") for mask in _MASK]
    for place in range(DATA_SYMBOLS):
        column = raw[place::DATA_SYMBOLS]
        symbols[place::KEY_SYMBOLS] = column
        for check in range(CHECK_SYMBOLS):
            checks[check] ^= int.from_bytes(column.translate(shares[place][check]), "big")
    for check, values in enumerate(checks, start=DATA_SYMBOLS):
        symbols[check::KEY_SYMBOLS] = values.to_bytes(count, "big")
    text = bytes(symbols.translate(table))
    return [text[start : start + KEY_SYMBOLS] for start in range(0, len(text), KEY_SYMBOLS)]


def digests(symbols: Iterable[bytes]) -> list[bytes]:
    """Return the digest of each key, given its 30 symbols as ASCII."""
    from hashlib import sha256

    return [sha256(_DIGEST_CONTEXT + each).digest() for each in symbols]


def is_key_prefix(text: str) -> bool:
    """Return whether ``text`` may stand before a product's keys: two to six upper-case ASCII letters."""
    return _PREFIX.fullmatch(text) is not None


def _read_symbols(text: str) -> str:
    """Return the letters and digits of ``text`` in upper-case ASCII, without what only separates them."""
    if len(text) > MAX_INPUT_LENGTH:
        raise KeyMalformed(f"a license key is never longer than {MAX_INPUT_LENGTH} characters")
    if text.isascii():
        kept = "".join(text.split()).replace("-", "")
    else:
        import unicodedata

        kept = "".join(_ascii_digit(c) for c in unicodedata.normalize("NFKC", text) if not _is_separator(c))
    return kept.upper()


def _is_separator(character: str) -> bool:
    import unicodedata

    return (
        character.isspace()
        or unicodedata.category(character) in ("Zs", "Zl", "Zp", "Pd", "Cf")
        or character in _OTHER_DASHES
        or character in _OTHER_ZERO_WIDTH
    )


def _ascii_digit(character: str) -> str:
    import unicodedata

    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _check_symbols(data: Iterable[int]) -> list[int]:
    """Return the remainder of ``data`` · x^4 by the generator with the roots α, α², α³, α⁴, masked."""
    remainder = [0] * CHECK_SYMBOLS
    for value in data:
        feedback = value ^ remainder[0]
        remainder = [
            after ^ _multiply(feedback, coefficient)
            for after, coefficient in zip([*remainder[1:], 0], _GENERATOR, strict=True)
        ]
    return [value ^ mask for value, mask in zip(remainder, _MASK, strict=True)]


@cache
def _many_tables() -> tuple[bytes, list[list[bytes]]]:
    """Return two kinds of tables for ``bytes.translate``: byte to symbol; byte to its share in a check symbol.

    Of a byte its last five bits count, so random bytes are random symbols; the shares are by place, then by check.
    """
    shares = []
    for place in range(DATA_SYMBOLS):
        alone = [[0] * place + [value] + [0] * (DATA_SYMBOLS - place - 1) for value in range(32)]
        unmasked = [[a ^ b for a, b in zip(_check_symbols(data), _MASK, strict=True)] for data in alone]
        shares.append([bytes(each[check] for each in unmasked) * 8 for check in range(CHECK_SYMBOLS)])
    return (ALPHABET * 8).encode("ascii"), shares


def _multiply(a: int, b: int) -> int:
    return _ANTILOG[_LOG[a] + _LOG[b]] if a and b else 0


def _generator() -> list[int]:
    """Return the coefficients of (x-α)(x-α²)(x-α³)(x-α⁴) below its leading 1, highest power first."""
    product = [1]
    for power in range(1, CHECK_SYMBOLS + 1):
        root = _ANTILOG[power]
        product = [a ^ _multiply(root, b) for a, b in zip([*product, 0], [0, *product], strict=True)]
    return product[1:]


_GENERATOR = _generator()

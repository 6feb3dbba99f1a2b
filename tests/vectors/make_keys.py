"""Writes the vectors of license keys as people type them: `python tests/vectors/make_keys.py`.

The check symbols are found by another way than the implementation's: not by dividing polynomials, but by solving for
the four symbols that make the word vanish at the code's four roots.
"""

import itertools
import json
from pathlib import Path

HERE = Path(__file__).parent
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MASK = "THEM"
DATA = "7Q4M8RTD2XK9V3HW6PZC41BNE8"


def times(a: int, b: int) -> int:
    """The product in GF(32) by x^5 + x^2 + 1, by shift and add."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0b100101 if a & 16 else 0)
        b >>= 1
    return product


def power(a: int, exponent: int) -> int:
    product = 1
    for _ in range(exponent):
        product = times(product, a)
    return product


def value_at(word: list[int], x: int) -> int:
    value = 0
    for symbol in word:
        value = times(value, x) ^ symbol
    return value


def check_symbols(data: str) -> str:
    """The four symbols, XORed with the mask, that make data · x^4 + check vanish at α … α^4."""
    word = [ALPHABET.index(symbol) for symbol in data]
    roots = [power(2, exponent) for exponent in (1, 2, 3, 4)]
    rows = [[*(power(x, 3 - column) for column in range(4)), value_at([*word, 0, 0, 0, 0], x)] for x in roots]
    for column in range(4):
        pivot = next(row for row in range(column, 4) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = power(rows[column][column], 30)
        rows[column] = [times(inverse, value) for value in rows[column]]
        for row in range(4):
            if row != column and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [a ^ times(factor, b) for a, b in zip(rows[row], rows[column], strict=True)]
    return "".join(ALPHABET[row[4] ^ ALPHABET.index(mask)] for row, mask in zip(rows, MASK, strict=True))


def grouped(symbols: str, separator: str = "-") -> str:
    return separator.join(symbols[start : start + 5] for start in range(0, 30, 5))


def rows() -> list[dict[str, str | None]]:
    key = DATA + check_symbols(DATA)
    shown = f"JNH-{grouped(key)}"
    zeros = "0" * 26 + check_symbols("0" * 26)
    looks_alike = "1011" + DATA[4:]
    with_aliases = looks_alike + check_symbols(looks_alike)
    good = [
        ("as it is shown", shown, key),
        ("without a prefix", grouped(key), key),
        ("without dashes", f"JNH{key}", key),
        ("in small letters", shown.lower(), key),
        ("with spaces", shown.replace("-", " "), key),
        ("white space around", f"\t {shown}\r\n", key),
        ("another prefix: it is cosmetic", f"THM-{grouped(key)}", key),
        ("a prefix of two letters", f"AB-{grouped(key)}", key),
        ("a prefix of six letters, I, L, O and U among them", f"ILOUAB-{grouped(key)}", key),
        ("full-width", "".join(chr(ord(c) + 0xFEE0) for c in shown), key),
        ("I, L and O for 1, 1 and 0", f"JNH-{grouped('IOLI' + with_aliases[4:])}", with_aliases),
        ("i, l and o", f"jnh-{grouped('iolI' + with_aliases[4:]).lower()}", with_aliases),
        ("all data symbols zero", grouped(zeros), zeros),
        ("256 characters", shown + " " * (256 - len(shown)), key),
    ]
    for name, zero in (("Arabic-Indic", 0x660), ("Persian", 0x6F0), ("Devanagari", 0x966), ("mathematical", 0x1D7CE)):
        good.append((f"{name} digits", "".join(chr(zero + int(c)) if c.isdigit() else c for c in shown), key))
    for code in (
        0x2010,
        0x2011,
        0x2012,
        0x2013,
        0x2014,
        0x2015,
        0x2212,
        0x2053,
        0xFE58,
        0xFE63,
        0xFF0D,
        0x58A,
        0x640,
        0x2500,
    ):
        good.append((f"dashes U+{code:04X}", shown.replace("-", chr(code)), key))
    for code in (0xA0, 0x2003, 0x202F, 0x3000, 0x2028):
        good.append((f"spaces U+{code:04X}", shown.replace("-", chr(code)), key))
    for code in (
        0xAD,
        0x34F,
        0x61C,
        0x200B,
        0x200C,
        0x200D,
        0x200E,
        0x200F,
        0x202A,
        0x202E,
        0x2060,
        0x2067,
        0xFE0F,
        0xFEFF,
    ):
        good.append((f"marks U+{code:04X} in every place", chr(code).join(shown), key))
    bad = [
        ("nothing", ""),
        ("a prefix alone", "JNH-"),
        ("29 symbols", shown[:-1]),
        ("31 symbols", shown + "0"),
        ("a symbol missing in the middle", shown[:12] + shown[13:]),
        ("thirty zeros", grouped("0" * 30)),
        ("thirty ones", grouped("1" * 30)),
        ("U for V", shown.replace("V", "U", 1)),
        ("a digit in the prefix", f"J1H-{grouped(key)}"),
        ("a prefix of one letter", f"J-{grouped(key)}"),
        ("a prefix of seven letters", f"JANNAHX-{grouped(key)}"),
        ("the key twice", shown + shown),
        ("words around it", f"key: {shown} thanks"),
        ("a NUL", shown[:10] + "\0" + shown[10:]),
        ("an underscore", shown.replace("-", "_")),
        ("a Cyrillic letter that looks like one of ours", shown.replace("M", "\u041c", 1)),
        ("an accent", shown.replace("M", "M\u0301", 1)),
        ("257 characters", shown + " " * (257 - len(shown))),
        ("half a surrogate pair", shown + "\ud800"),
        ("rotated by one", grouped(key[1:] + key[:1])),
        ("backwards", grouped(key[::-1])),
    ]
    for a, b in ((0, 1), (3, 20), (24, 27), (25, 26), (26, 29)):
        swapped = list(key)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        if swapped != list(key):
            bad.append((f"symbols {a} and {b} swapped", grouped("".join(swapped))))
    for place in range(30):
        wrong = ALPHABET[(ALPHABET.index(key[place]) + 7) % 32]
        bad.append((f"symbol {place} wrong", grouped(key[:place] + wrong + key[place + 1 :])))
    told = [{"description": name, "input": text, "symbols": symbols} for name, text, symbols in good]
    return [*told, *({"description": name, "input": text, "symbols": None} for name, text in bad)]


def write(folder: Path) -> None:
    """Write the file into ``folder``."""
    for a, b in itertools.combinations(range(1, 32), 2):
        assert times(a, b) == times(b, a)
        assert times(a, b) != 0
    content = json.dumps(rows(), indent=1, ensure_ascii=True)
    (folder / "license_keys.json").write_text(content + "\n", "utf-8")


if __name__ == "__main__":
    write(HERE)

"""Which mistakes in a license key are caught before any call? All of one or two symbols, and every swap.

Promise: key guessing.
"""

import hashlib
import itertools
import random
import re

import pytest

from theme_license.errors import KeyMalformed
from theme_license.license_key import (
    ALPHABET,
    LEAK_PATTERN,
    LicenseKey,
    digests,
    is_key_prefix,
    new_license_key,
    new_symbols,
    parse_license_key,
)

KEY = new_license_key(lambda n: hashlib.shake_128(b"a key for tests").digest(n))


def is_key(symbols: str) -> bool:
    try:
        parse_license_key(symbols)
    except KeyMalformed:
        return False
    return True


def check_of(data: str) -> str:
    """The check symbols of 26 data symbols, asked of the one who makes keys."""
    bits = 0
    for symbol in data:
        bits = bits << 5 | ALPHABET.index(symbol)
    return new_license_key(lambda n: (bits << 6).to_bytes(n, "big")).symbols[26:]


def test_every_single_wrong_symbol_is_caught() -> None:
    for place in range(30):
        for wrong in ALPHABET.replace(KEY.symbols[place], ""):
            assert not is_key(KEY.symbols[:place] + wrong + KEY.symbols[place + 1 :])


def test_every_pair_of_wrong_symbols_is_caught() -> None:
    # The code is linear: what an error of 1..31 at a place does to the check symbols is the same in every key. So all
    # 418,035 pairs of errors are tried by what each does alone.
    zero = check_of("0" * 26)
    effects: list[list[tuple[int, ...]]] = []
    for place in range(26):
        changed = (check_of("0" * place + wrong + "0" * (25 - place)) for wrong in ALPHABET[1:])
        effects.append([difference(zero, check) for check in changed])
    for place in range(4):
        effects.append([tuple(error if at == place else 0 for at in range(4)) for error in range(1, 32)])
    tried = 0
    for one, other in itertools.combinations(effects, 2):
        tried += len(one) * len(other)
        assert not set(one) & set(other)
    assert tried == 435 * 31 * 31


def test_the_code_is_linear_as_that_test_takes_it_to_be() -> None:
    chance = random.Random(1)
    for _ in range(500):
        a, b = ("".join(chance.choices(ALPHABET, k=26)) for _ in range(2))
        both = "".join(ALPHABET[ALPHABET.index(x) ^ ALPHABET.index(y)] for x, y in zip(a, b, strict=True))
        zero = check_of("0" * 26)
        added = tuple(x ^ y for x, y in zip(difference(zero, check_of(a)), difference(zero, check_of(b)), strict=True))
        assert difference(zero, check_of(both)) == added


def test_pairs_of_wrong_symbols_are_caught_by_the_reader_too() -> None:
    chance = random.Random(2)
    for _ in range(5_000):
        one, other = chance.sample(range(30), 2)
        wrong = list(KEY.symbols)
        for place in (one, other):
            wrong[place] = chance.choice(ALPHABET.replace(wrong[place], ""))
        assert not is_key("".join(wrong))


def test_every_swap_is_caught() -> None:
    for one, other in itertools.combinations(range(30), 2):
        swapped = list(KEY.symbols)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert swapped == list(KEY.symbols) or not is_key("".join(swapped))


def test_neither_zeros_nor_a_rotation_is_a_key() -> None:
    assert not any(is_key(symbol * 30) for symbol in ALPHABET)
    assert not any(is_key(KEY.symbols[turn:] + KEY.symbols[:turn]) for turn in range(1, 30))


def test_new_keys_read_back_and_differ() -> None:
    keys = {new_license_key() for _ in range(2_000)}
    assert len(keys) == 2_000
    assert all(parse_license_key(key.text("JNH")) == key for key in keys)


def test_all_130_bits_are_random() -> None:
    ones = new_license_key(lambda n: b"\xff" * n).symbols
    zeros = new_license_key(lambda n: b"\x00" * n).symbols
    assert (ones[:26], zeros[:26]) == ("Z" * 26, "0" * 26)


def test_digest_is_what_the_protocol_says() -> None:
    assert KEY.digest() == hashlib.sha256(b"theme-license key 1" + KEY.symbols.encode()).digest()


def test_key_is_not_shown_by_accident() -> None:
    for shown in (repr(KEY), str(KEY), f"{KEY}", f"{KEY!r}", "%s" % KEY, repr([KEY]), repr({"key": KEY})):  # noqa: UP031
        assert KEY.symbols[:20] not in shown
        assert KEY.last5 in shown


@pytest.mark.parametrize("text", ["", "JNH", "a" * 257, "\ud800" * 30, "U" * 30, "\0" * 30])
def test_refusal_never_repeats_what_was_typed(text: str) -> None:
    with pytest.raises(KeyMalformed) as caught:
        parse_license_key(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(("text", "may"), [("JNH", True), ("AB", True), ("ABCDEF", True), ("A", False)])
def test_prefix(text: str, may: bool) -> None:
    assert is_key_prefix(text) is may
    assert not is_key_prefix(text.lower())
    assert not is_key_prefix(f"{text}\n")
    assert not is_key_prefix("ABCDEFG")


def test_one_expression_finds_leaked_secrets() -> None:
    token = "thma_" + "Ab_-9" * 18
    leaked = (
        f"POST body: license_key={KEY.text('JNH')}&x=1 Authorization: Bearer {token} lic_7Q4M8RTD2XK9V3HW6PZC41BNE8"
    )
    assert re.findall(LEAK_PATTERN, leaked) == [KEY.text("JNH"), token]
    assert re.search(LEAK_PATTERN, "An ordinary sentence with UUID 123e4567-e89b-12d3-a456-426614174000.") is None


def test_many_new_keys_are_like_single_ones() -> None:
    many = new_symbols(2_000)
    assert len(set(many)) == 2_000
    assert {len(symbols) for symbols in many} == {30}
    for symbols, digest in zip(many, digests(many), strict=True):
        key = parse_license_key(symbols.decode("ascii"))
        assert key.symbols.encode("ascii") == symbols
        assert key.digest() == digest
    assert new_symbols(0) == []


def test_every_random_bit_of_many_keys_counts_once() -> None:
    # Thirty-two bytes stand for each symbol eight times, whatever their other bits; so every key is as likely.
    for place in range(26):
        raw = [bytes([0] * place + [byte] + [0] * (25 - place)) for byte in range(256)]
        given = b"".join(raw)
        made = new_symbols(256, lambda count, given=given: given[:count])  # type: ignore[misc]
        assert [chr(symbols[place]) for symbols in made] == list(ALPHABET * 8)


def test_type() -> None:
    assert isinstance(KEY, LicenseKey)
    assert len(KEY.symbols) == 30


def difference(a: str, b: str) -> tuple[int, ...]:
    return tuple(ALPHABET.index(x) ^ ALPHABET.index(y) for x, y in zip(a, b, strict=True))

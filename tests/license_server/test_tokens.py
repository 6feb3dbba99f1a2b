"""Activation tokens: the same each time, and good for one domain only."""

import re

import pytest

from license_server import ids, tokens
from theme_license import license_key

SECRETS = {1: bytes(range(32))}
ACTIVATION = ids.format_id("act", bytes(range(1, 16)))
LICENSE = ids.format_id("lic", bytes(range(201, 216)))


def make(secrets: dict[int, bytes] = SECRETS, domain: str = "a.example.com") -> str:
    return tokens.make_token(secrets, activation_id=ACTIVATION, license_id=LICENSE, domain=domain)


def test_a_token_says_what_it_is_of() -> None:
    claim = tokens.read_token(SECRETS, make(), domain="a.example.com")
    assert claim == tokens.TokenClaim(activation_id=ACTIVATION, license_id=LICENSE)
    assert make() == make()


def test_a_token_of_a_released_server_is_good_for_ever() -> None:
    assert make() == "thma_AQECAwQFBgcICQoLDA0OD8nKy8zNzs_Q0dLT1NXW16Hh79vqzrPKm07nZR_w3g28Fq0lPcLGJUT7kLJrC0cx"


def test_only_ids_are_put_into_a_token() -> None:
    for wrong in ({"activation_id": LICENSE}, {"license_id": ACTIVATION}):
        ids_of = {"activation_id": ACTIVATION, "license_id": LICENSE, **wrong}
        with pytest.raises(ValueError, match="not an activation id"):
            tokens.make_token(SECRETS, domain="a.example.com", **ids_of)


def test_a_token_is_of_one_domain() -> None:
    assert tokens.read_token(SECRETS, make(), domain="b.example.com") is None


def test_a_token_of_another_server_is_none() -> None:
    assert tokens.read_token({1: bytes(32)}, make(), domain="a.example.com") is None
    assert tokens.read_token({2: SECRETS[1]}, make(), domain="a.example.com") is None


def test_a_new_secret_makes_the_new_tokens_and_the_old_ones_stay_good() -> None:
    both = {**SECRETS, 2: b"n" * 32}
    assert make(both) != make()
    assert tokens.read_token(both, make(), domain="a.example.com") is not None
    assert tokens.read_token(both, make(both), domain="a.example.com") is not None


def test_every_changed_character_and_every_other_length_is_refused() -> None:
    text = make()
    for place in range(len(text)):
        for other in "A_b9!":
            changed = text[:place] + other + text[place + 1 :]
            assert changed == text or tokens.read_token(SECRETS, changed, domain="a.example.com") is None
        assert tokens.read_token(SECRETS, text[:place], domain="a.example.com") is None
    for other in (text + "A", text + "=", " " + text, text.upper(), "", "thma_", text.replace("thma", "thmä")):
        assert tokens.read_token(SECRETS, other, domain="a.example.com") is None


def test_leaked_tokens_can_be_found() -> None:
    assert re.fullmatch(license_key.LEAK_PATTERN, make())


@pytest.mark.parametrize(
    "text", ["lic_", "act_" + "0" * 24, "lic_" + "0" * 23, "lic_" + "U" * 24, "lic_" + "a" * 24, ""]
)
def test_other_texts_are_no_license_id(text: str) -> None:
    assert ids.parse_id("lic", text) is None


def test_ids_come_back() -> None:
    raw = bytes(range(15))
    assert ids.parse_id("act", ids.format_id("act", raw)) == raw

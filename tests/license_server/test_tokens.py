"""Activation tokens: the same each time, and good for one domain only."""

import re
from dataclasses import replace

import pytest

from license_server import ids, tokens
from theme_license import license_key

SECRETS = {1: bytes(range(32))}
ACTIVATION = ids.format_id("act", bytes(range(1, 16)))
LICENSE = ids.format_id("lic", bytes(range(201, 216)))


NEWEST = tokens.TokenClaim(
    activation_id=ACTIVATION, license_id=LICENSE, environment="staging", activated_at=1_800_000_000, is_newest=True
)
UNDATED = "thma_AQECAwQFBgcICQoLDA0OD8nKy8zNzs_Q0dLT1NXW16Hh79vqzrPKm07nZR_w3g28Fq0lPcLGJUT7kLJrC0cx"
"""Of the format before, by the same secret."""


def make(secrets: dict[int, bytes] = SECRETS, domain: str = "a.example.com", **changes: object) -> str:
    told = {"activation_id": ACTIVATION, "license_id": LICENSE, "environment": "staging", "activated_at": 1_800_000_000}
    return tokens.make_token(secrets, domain=domain, **{**told, **changes})  # type: ignore[arg-type]


def test_a_token_says_what_it_is_of() -> None:
    assert tokens.read_token(SECRETS, make(), domain="a.example.com") == NEWEST
    assert make() == make()
    latest = (1 << 40) - 1
    claim = tokens.read_token(SECRETS, make(environment="production", activated_at=latest), domain="a.example.com")
    assert claim == replace(NEWEST, environment="production", activated_at=latest)


def test_a_token_of_the_format_before_is_good_for_ever_and_gives_way() -> None:
    claim = tokens.read_token(SECRETS, UNDATED, domain="a.example.com")
    assert claim == replace(NEWEST, environment=None, activated_at=None, is_newest=False)


def test_only_ids_are_put_into_a_token() -> None:
    for wrong in ({"activation_id": LICENSE}, {"license_id": ACTIVATION}):
        with pytest.raises(ValueError, match="not an activation id"):
            make(**wrong)


def test_a_token_is_of_one_domain() -> None:
    assert tokens.read_token(SECRETS, make(), domain="b.example.com") is None


def test_a_token_of_another_server_is_none() -> None:
    assert tokens.read_token({1: bytes(32)}, make(), domain="a.example.com") is None
    assert tokens.read_token({2: SECRETS[1]}, make(), domain="a.example.com") is None


def test_a_new_secret_makes_the_new_tokens_and_the_old_ones_stay_good() -> None:
    both = {**SECRETS, 2: b"n" * 32}
    assert make(both) != make()
    assert tokens.read_token(both, make(), domain="a.example.com") == replace(NEWEST, is_newest=False)
    assert tokens.read_token(both, make(both), domain="a.example.com") == NEWEST


@pytest.mark.parametrize("text", [make(), UNDATED])
def test_every_changed_character_and_every_other_length_is_refused(text: str) -> None:
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

"""Can anything but the vendor's own bytes pass for a signed license?

Promise: any bit of a signed license changed, any part cut off, any other spelling of its base64.
Promise: a license copied to another domain.
"""

import random
import string

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import OKPKey

from tests.client.site import NOW, Vendor
from theme_license.errors import LicenseRefused, LicenseTooLong, UnusablePublicKey
from theme_license.signed_license import Verdict, VerdictCode
from theme_license.wire import (
    MAX_SIGNED_LICENSE_BYTES,
    PinnedKeys,
    PublicKey,
    decode_segment,
    decode_signed_license,
    encode_segment,
    key_id,
    parse_public_key,
    verify_signature,
    verify_signed_license,
)

VENDOR = Vendor()
PUBLIC = VENDOR.key
PINNED = PinnedKeys([PUBLIC])
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
GOOD = VENDOR.sign(features=("demos",), nonce="n" * 43)
REFUSED = {VerdictCode.MALFORMED, VerdictCode.UNKNOWN_KEY, VerdictCode.BAD_SIGNATURE}


def verdict(text: str, domain: str = "news.example.com") -> VerdictCode:
    return verify_signed_license(text, pinned=PINNED, product="jannah", domain=domain, now=NOW).code


def test_what_was_signed_comes_back() -> None:
    signed = VENDOR.license(features=("demos",), nonce="n" * 43)
    assert decode_signed_license(GOOD, PINNED) == (signed, PUBLIC.key_id)
    assert verdict(GOOD) is VerdictCode.VALID


def test_a_license_is_written_without_a_byte_to_spare() -> None:
    payload = decode_segment(VENDOR.sign(plan="größte", features=("demos",)).split(".")[1])
    assert payload.decode("utf-8") == (
        '{"v":1,"iss":"https://licenses.example.com","sub":"lic_1","jti":"act_1","aud":"news.example.com",'
        '"product":"jannah","plan":"größte","env":"production","status":"active","iat":1800000000,"exp":1802592000,'
        '"grace":1209600,"refresh":1800086400,"expires":1831536000,"features":["demos"],"nonce":null}'
    )


def test_a_refused_text_says_nothing_of_a_license() -> None:
    told = verify_signed_license("x", pinned=PINNED, product="jannah", domain="news.example.com", now=NOW)
    assert told == Verdict(VerdictCode.MALFORMED, None, "news.example.com")


def test_every_flipped_bit_is_refused() -> None:
    raw = GOOD.encode("ascii")
    for place in range(len(raw)):
        for bit in range(8):
            changed = raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
            assert verdict(changed.decode("latin-1")) in REFUSED


def test_every_flipped_bit_of_the_decoded_parts_is_refused() -> None:
    parts = [decode_segment(part) for part in GOOD.split(".")]
    for which, part in enumerate(parts):
        for place in range(len(part)):
            for bit in range(8):
                changed = part[:place] + bytes([part[place] ^ 1 << bit]) + part[place + 1 :]
                text = ".".join(encode_segment(changed if at == which else parts[at]) for at in range(3))
                assert verdict(text) in REFUSED


def test_every_truncation_and_every_added_character_is_refused() -> None:
    for length in range(len(GOOD)):
        assert verdict(GOOD[:length]) in REFUSED
    for character in ALPHABET + "=. \n\0\x7f\u200b":
        assert verdict(GOOD + character) in REFUSED
        assert verdict(character + GOOD) in REFUSED


def test_every_other_last_character_of_a_part_is_refused() -> None:
    ends = [place for place, character in enumerate(GOOD + ".") if character == "."]
    for end in ends:
        for character in ALPHABET.replace(GOOD[end - 1], ""):
            assert verdict(GOOD[: end - 1] + character + GOOD[end:]) in REFUSED


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert verdict(text) in REFUSED


@given(st.lists(st.text("abcAZ09-_.=", max_size=40), max_size=5).map(".".join))
def test_nothing_like_a_license_raises(text: str) -> None:
    assert verdict(f"{GOOD.split('.')[0]}.{text}") in REFUSED


def test_spliced_licenses_are_refused() -> None:
    chance = random.Random(3)
    other = VENDOR.sign(domain="shop.example.org")
    for _ in range(2_000):
        cut = chance.randrange(1, len(GOOD))
        spliced = GOOD[:cut] + other[cut:]
        assert spliced in (GOOD, other) or verdict(spliced) in REFUSED


def test_a_license_passes_on_its_own_domain_alone() -> None:
    texts = {f"site{number}.example.com": VENDOR.sign(domain=f"site{number}.example.com") for number in range(40)}
    for domain in texts:
        passing = [other for other, text in texts.items() if verdict(text, domain) is VerdictCode.VALID]
        assert passing == [domain]
    one = texts["site7.example.com"]
    assert all(verdict(one, f"site{number}.example.com") is VerdictCode.WRONG_DOMAIN for number in range(40, 1_040))


def test_independent_readers_agree() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": PUBLIC.text}
    told = VENDOR.license(features=("demos",), nonce="n" * 43).to_claims()
    key = jwt.PyJWK(jwk | {"alg": "EdDSA"}).key
    options = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(GOOD, key, algorithms=["EdDSA"], audience="news.example.com", options=options) == told
    with pytest.warns(match="EdDSA is deprecated"):  # docs/decisions/0001 says why the header keeps this name
        read = joserfc_jwt.decode(GOOD, OKPKey.import_key(jwk), algorithms=["EdDSA"])
    assert read.claims == told


def test_key_id_is_the_thumbprint_of_rfc_7638() -> None:
    # The key and the thumbprint of RFC 8037, appendix A.3.
    raw = decode_segment("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    assert key_id(raw) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_pinned_keys_keep_their_order() -> None:
    standby = parse_public_key(encode_segment(Ed25519PrivateKey.generate().public_key().public_bytes_raw()))
    pinned = PinnedKeys([PUBLIC, standby])
    assert [pinned.position(key.key_id) for key in pinned] == [0, 1]
    assert pinned.position("x" * 43) is None
    assert len(pinned) == 2


@pytest.mark.parametrize(
    ("texts", "told"),
    [([], "no public key is pinned"), ([PUBLIC.text, PUBLIC.text], "pinned twice"), (["no key"], "43 characters")],
)
def test_pins_that_cannot_be_used(texts: list[str], told: str) -> None:
    with pytest.raises(UnusablePublicKey, match=told):
        PinnedKeys.parse(texts)


def test_a_key_that_is_pinned_past_the_parser_still_verifies_nothing_weak() -> None:
    neutral = bytes([1]) + bytes(31)
    assert not verify_signature(neutral, b"anything", neutral + bytes(32))
    pinned = PinnedKeys([PublicKey(neutral, PUBLIC.key_id)])
    head, payload, _ = GOOD.split(".")
    with pytest.raises(LicenseRefused):
        decode_signed_license(f"{head}.{payload}.{encode_segment(neutral + bytes(32))}", pinned)


def test_what_no_client_would_read_is_not_signed() -> None:
    unread = len(VENDOR.sign(features=("",)))
    longest = "x" * ((MAX_SIGNED_LICENSE_BYTES - unread) * 3 // 4)
    assert MAX_SIGNED_LICENSE_BYTES - 4 < len(VENDOR.sign(features=(longest,))) <= MAX_SIGNED_LICENSE_BYTES
    assert verdict(VENDOR.sign(features=(longest,))) is VerdictCode.VALID
    with pytest.raises(LicenseTooLong, match=r"16,38\d characters"):
        VENDOR.sign(features=(f"{longest}xxx",))

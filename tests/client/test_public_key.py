"""Does a key that cannot be pinned say why, so that whoever writes the theme copies the right one?"""

import pytest

from tests.client.site import Vendor
from theme_license.errors import UnusablePublicKey
from theme_license.public_key import parse_public_key

KEY = Vendor().key.text
JWK = f'{{"kty":"OKP","crv":"Ed25519","x":"{KEY}"}}'
UNHEARD_OF = "-----BEGIN PUBLIC KEY-----\nMAswBQYDKgMEAwIAAQ==\n-----END PUBLIC KEY-----"
"""A PEM of an algorithm that nobody knows, by the object identifier 1.2.3.4."""


@pytest.mark.parametrize("text", [KEY, f"  {KEY}\n", JWK, JWK.replace('"x"', '"use":"sig","x"')])
def test_a_key_is_read_as_it_is_copied(text: str) -> None:
    assert parse_public_key(text) == Vendor().key


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no key", "43 characters of base64url$"),
        (KEY[:-1], "43 characters of base64url$"),
        (KEY + "A", "this has 44$"),
        ("A" * 43, "no safe Ed25519 public key"),
        ("{", "must be a JSON object"),
        ('{"x":' * 100_000, "must be a JSON object"),
        (JWK.replace("OKP", "EC"), "a JWK must have"),
        (JWK.replace("Ed25519", "X25519"), "a JWK must have"),
        (JWK.replace(f'"{KEY}"', "7"), "a JWK must have"),
        (JWK.replace("}", ',"d":"x"}'), "holds a private key"),
        ("-----BEGIN PRIVATE KEY-----", "one BEGIN PUBLIC KEY block"),
        (UNHEARD_OF, "one BEGIN PUBLIC KEY block"),
    ],
)
def test_what_is_no_key_says_what_is_wrong_with_it(text: str, told: str) -> None:
    with pytest.raises(UnusablePublicKey, match=told):
        parse_public_key(text)

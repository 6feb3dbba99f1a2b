"""Can a signed document of one kind pass for another, and is a payload read before its signature holds?"""

import json

import pytest

from tests.client.test_wire import GOOD, PINNED, PRIVATE, PUBLIC
from theme_license.base64url import encode_segment
from theme_license.errors import BadSignature, LicenseRefused, MalformedLicense, UnknownKey
from theme_license.jws import decode_jws, encode_jws
from theme_license.wire import decode_signed_license

LICENSE = "theme-license+jwt"
OTHER = "theme-release+jwt"
CLAIMS = GOOD.split(".")[1]


def signed(payload: bytes, *, typ: str = OTHER, key_id: str = PUBLIC.key_id) -> str:
    return encode_jws(payload, typ=typ, key_id=key_id, sign=PRIVATE.sign)


def raw(header: str, payload: str = CLAIMS) -> str:
    """Return a text whose signature holds, whatever its header."""
    text = f"{encode_segment(header.encode())}.{payload}"
    return f"{text}.{encode_segment(PRIVATE.sign(text.encode('ascii')))}"


def test_what_was_signed_comes_back_byte_for_byte() -> None:
    payload = b'{ "a": 1 }\n'
    assert decode_jws(signed(payload), PINNED, typ=OTHER) == (payload, PUBLIC.key_id)


def test_a_document_of_another_kind_is_malformed_though_its_signature_holds() -> None:
    payload, _ = decode_jws(GOOD, PINNED, typ=LICENSE)
    with pytest.raises(MalformedLicense):
        decode_signed_license(signed(payload), PINNED)
    with pytest.raises(MalformedLicense):
        decode_jws(GOOD, PINNED, typ=OTHER)


@pytest.mark.parametrize("typ", [LICENSE.upper(), f"{LICENSE} ", f" {LICENSE}", "", LICENSE[:-1], "theme-license.jwt"])
def test_a_kind_has_one_spelling(typ: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_jws(signed(b"{}", typ=typ), PINNED, typ=LICENSE)


@pytest.mark.parametrize(
    "header",
    [
        json.dumps({"alg": "EdDSA", "kid": PUBLIC.key_id, "typ": LICENSE}),
        f'{{"alg":"none","kid":"{PUBLIC.key_id}","typ":"{LICENSE}"}}',
        f'{{"alg":"EdDSA","typ":"{LICENSE}","kid":"{PUBLIC.key_id}"}}',
        f'{{"alg":"EdDSA","kid":"{PUBLIC.key_id}","typ":"{LICENSE}","crit":[]}}',
        f'{{"alg":"EdDSA","kid":"{PUBLIC.key_id}","typ":"{LICENSE}"}}\n',
    ],
    ids=["spaced", "algorithm", "order", "member", "line-feed"],
)
def test_a_header_has_one_spelling(header: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_jws(raw(header), PINNED, typ=LICENSE)


def test_the_key_is_looked_for_before_the_signature_and_the_signature_before_the_payload() -> None:
    text = signed(b"no JSON", key_id="A" * 43)
    with pytest.raises(UnknownKey):
        decode_jws(text, PINNED, typ=OTHER)
    head, payload, signature = signed(b"no JSON", typ=LICENSE).split(".")
    altered = f"{head}.{encode_segment(b'nor JSON')}.{signature}"
    with pytest.raises(BadSignature):
        decode_signed_license(altered, PINNED)
    with pytest.raises(MalformedLicense, match="not one JSON value"):
        decode_signed_license(f"{head}.{payload}.{signature}", PINNED)


def test_no_kind_is_taken_for_part_of_the_header() -> None:
    for typ in ('x"', "x\\", 'x","crit":[],"y":"'):
        with pytest.raises(LicenseRefused):
            decode_jws(signed(b"{}", typ=typ), PINNED, typ=typ)

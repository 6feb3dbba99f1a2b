"""Can a signed document of one kind pass for another, and is a payload read before its signature holds?"""

import json

import pytest

from tests.client.test_wire import GOOD, PINNED, PRIVATE, PUBLIC
from theme_license.base64url import encode_segment
from theme_license.errors import BadSignature, MalformedLicense, UnknownKey
from theme_license.jws import decode_jws, encode_jws
from theme_license.wire import decode_signed_license

LICENSE = "theme-license+jwt"
OTHER = "theme-release+jwt"
UNWRITABLE = ('x"', "x\\", 'x","y":"z')
NEARLY = (LICENSE.upper(), f"{LICENSE} ", f" {LICENSE}", "", LICENSE[:-1], "theme-license.jwt", *UNWRITABLE)
KINDS = (LICENSE, OTHER, *NEARLY)
SPELLED_HEADERS = {
    "spaces": json.dumps({"alg": "EdDSA", "kid": PUBLIC.key_id, "typ": LICENSE}),
    "another algorithm": f'{{"alg":"none","kid":"{PUBLIC.key_id}","typ":"{LICENSE}"}}',
    "another order": f'{{"alg":"EdDSA","typ":"{LICENSE}","kid":"{PUBLIC.key_id}"}}',
    "a member more": f'{{"alg":"EdDSA","kid":"{PUBLIC.key_id}","typ":"{LICENSE}","crit":[]}}',
    "a line feed": f'{{"alg":"EdDSA","kid":"{PUBLIC.key_id}","typ":"{LICENSE}"}}\n',
    "a longer key id": f'{{"alg":"EdDSA","kid":"{PUBLIC.key_id}A","typ":"{LICENSE}"}}',
}


def signed(payload: bytes, *, typ: str = OTHER, key_id: str = PUBLIC.key_id) -> str:
    return encode_jws(payload, typ=typ, key_id=key_id, sign=PRIVATE.sign)


def raw(header: str) -> str:
    """Return the claims of a good license under another header, with a signature that holds."""
    text = f"{encode_segment(header.encode())}.{GOOD.split('.')[1]}"
    return f"{text}.{encode_segment(PRIVATE.sign(text.encode('ascii')))}"


def test_what_was_signed_comes_back_byte_for_byte() -> None:
    payload = b'{ "a": 1 }\n'
    assert decode_jws(signed(payload), PINNED, typ=OTHER) == (payload, PUBLIC.key_id)


def test_a_document_of_another_kind_is_malformed_though_its_signature_holds() -> None:
    claims, _ = decode_jws(GOOD, PINNED, typ=LICENSE)
    with pytest.raises(MalformedLicense):
        decode_signed_license(signed(claims), PINNED)
    with pytest.raises(MalformedLicense):
        decode_jws(GOOD, PINNED, typ=OTHER)


@pytest.mark.parametrize("typ", NEARLY)
def test_a_kind_has_one_spelling(typ: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_jws(signed(b"{}", typ=typ), PINNED, typ=LICENSE)


@pytest.mark.parametrize("typ", UNWRITABLE)
def test_no_kind_writes_more_into_the_header(typ: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_jws(signed(b"{}", typ=typ), PINNED, typ=typ)


@pytest.mark.parametrize("header", SPELLED_HEADERS.values(), ids=SPELLED_HEADERS)
def test_a_header_has_one_spelling(header: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_jws(raw(header), PINNED, typ=LICENSE)


def test_the_key_is_looked_for_before_the_signature_and_the_signature_before_the_payload() -> None:
    head, payload, signature = signed(b"no JSON", typ=LICENSE).split(".")
    unpinned, _, _ = signed(b"", typ=LICENSE, key_id="A" * 43).split(".")
    with pytest.raises(UnknownKey):
        decode_signed_license(f"{unpinned}.{payload}.{signature}", PINNED)
    with pytest.raises(BadSignature):
        decode_signed_license(f"{head}.{encode_segment(b'nor JSON')}.{signature}", PINNED)
    with pytest.raises(MalformedLicense, match="not one JSON value"):
        decode_signed_license(f"{head}.{payload}.{signature}", PINNED)

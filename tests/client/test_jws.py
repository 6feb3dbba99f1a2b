"""Can a signed document of one kind pass for another, and is a payload read before its signature holds?"""

import pytest

from tests.client.documents import GOOD, HEADERS, KEY, LICENSE, NEARLY, OTHER, PINNED, UNWRITABLE, signed, under
from theme_license.base64url import encode_segment
from theme_license.errors import BadSignature, MalformedLicense, UnknownKey
from theme_license.jws import decode_jws
from theme_license.wire import decode_signed_license


def test_what_was_signed_comes_back_byte_for_byte() -> None:
    payload = b'{ "a": 1 }\n'
    assert decode_jws(signed(payload), PINNED, typ=OTHER) == (payload, KEY.key_id)


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


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_header_has_one_spelling(header: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_jws(under(header), PINNED, typ=LICENSE)


def test_the_key_is_looked_for_before_the_signature_and_the_signature_before_the_payload() -> None:
    head, payload, signature = signed(b"no JSON", typ=LICENSE).split(".")
    unpinned, _, _ = signed(b"", typ=LICENSE, key_id="A" * 43).split(".")
    with pytest.raises(UnknownKey):
        decode_signed_license(f"{unpinned}.{payload}.{signature}", PINNED)
    with pytest.raises(BadSignature):
        decode_signed_license(f"{head}.{encode_segment(b'nor JSON')}.{signature}", PINNED)
    with pytest.raises(MalformedLicense, match="not one JSON value"):
        decode_signed_license(f"{head}.{payload}.{signature}", PINNED)

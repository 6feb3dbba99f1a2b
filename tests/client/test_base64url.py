"""Base64url as any other program writes it, and read in no other spelling."""

import base64
import itertools

import pytest

from theme_license.base64url import decode_segment, encode_segment
from theme_license.errors import MalformedLicense


def test_every_end_of_a_text_is_written_and_read() -> None:
    for raw in (bytes(each) for length in range(3) for each in itertools.product(range(256), repeat=length)):
        text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
        assert encode_segment(raw) == text
        assert decode_segment(text) == raw


@pytest.mark.parametrize("text", ["A", "AB", "AA=", "AA==", "A A", "AA\n", "+A", "/A", "AAAAA", "é", "AA\0", "=", "."])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(MalformedLicense):
        decode_segment(text)

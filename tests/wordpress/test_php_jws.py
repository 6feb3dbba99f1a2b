"""Does PHP take a signed document of any kind for what Python takes it for?"""

import base64

from tests.client.documents import GOOD, HEADERS, KEY, KINDS, PINNED, signed, under
from tests.wordpress.php import ask, text
from theme_license.errors import LicenseRefused
from theme_license.jws import decode_jws


def test_kinds_headers_and_payloads() -> None:
    head, payload, signature = GOOD.split(".")
    texts = [signed(each, typ=typ) for each in (b"{}", b"no JSON\n\xff", b"") for typ in KINDS]
    texts += [under(header) for header in HEADERS.values()]
    texts += [GOOD, signed(b"{}", key_id="A" * 43), f"{head}.{payload}A.{signature}", f"{head}.e30.{signature}"]
    asked = [(each, typ) for each in texts for typ in KINDS]
    expected = [taken_for(each, typ) for each, typ in asked]
    codes = {conclusion[0] for conclusion in expected if len(conclusion) == 1}
    assert codes == {"malformed", "unknown_key", "bad_signature"}
    assert [base64.b64encode(b"no JSON\n\xff").decode(), KEY.key_id] in expected
    answers = ask({"ask": "jws", "text": text(each), "pinned": [KEY.text], "typ": typ} for each, typ in asked)
    assert [(each, a, b) for each, a, b in zip(asked, expected, answers, strict=True) if a != b] == []


def taken_for(each: str, typ: str) -> list[str]:
    try:
        payload, key_id = decode_jws(each, PINNED, typ=typ)
    except LicenseRefused as error:
        return [error.code]
    return [base64.b64encode(payload).decode(), key_id]

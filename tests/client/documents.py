"""Signed documents of other kinds than a license, and licenses under headers that nobody writes."""

import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.client.site import Vendor
from theme_license.base64url import encode_segment
from theme_license.jws import encode_jws
from theme_license.pinned_keys import PinnedKeys
from theme_license.public_key import parse_public_key
from theme_license.wire import encode_signed_license

_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = parse_public_key(encode_segment(_PRIVATE.public_key().public_bytes_raw()))
PINNED = PinnedKeys([KEY])
GOOD = encode_signed_license(Vendor().license(), key_id=KEY.key_id, sign=_PRIVATE.sign)

LICENSE = "theme-license+jwt"
OTHER = "theme-release+jwt"
UNWRITABLE = ('x"', "x\\", 'x","y":"z')
"""What no header can name as a kind."""

NEARLY = (LICENSE.upper(), f"{LICENSE} ", f" {LICENSE}", "", LICENSE[:-1], "theme-license.jwt", *UNWRITABLE)
KINDS = (LICENSE, OTHER, *NEARLY)

HEADERS = {
    "spaces": json.dumps({"alg": "EdDSA", "kid": KEY.key_id, "typ": LICENSE}),
    "another algorithm": f'{{"alg":"none","kid":"{KEY.key_id}","typ":"{LICENSE}"}}',
    "another order": f'{{"alg":"EdDSA","typ":"{LICENSE}","kid":"{KEY.key_id}"}}',
    "a member more": f'{{"alg":"EdDSA","kid":"{KEY.key_id}","typ":"{LICENSE}","crit":[]}}',
    "a line feed": f'{{"alg":"EdDSA","kid":"{KEY.key_id}","typ":"{LICENSE}"}}\n',
    "a longer key id": f'{{"alg":"EdDSA","kid":"{KEY.key_id}A","typ":"{LICENSE}"}}',
}


def signed(payload: bytes, *, typ: str = OTHER, key_id: str = KEY.key_id) -> str:
    """Return a document of kind ``typ``, signed by this key whatever ``key_id`` its header names."""
    return encode_jws(payload, typ=typ, key_id=key_id, sign=_PRIVATE.sign)


def under(header: str) -> str:
    """Return a good license under another header, with a signature that holds."""
    text = f"{encode_segment(header.encode())}.{GOOD.split('.')[1]}"
    return f"{text}.{encode_segment(_PRIVATE.sign(text.encode('ascii')))}"

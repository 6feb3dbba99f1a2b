"""What does the API's description say of the signed license, whose text every answer to a site carries?"""

from typing import Any, Literal

from pydantic import BaseModel, Field

from license_server.web.contract.examples import ACTIVATION_ID, KEY_ID, NONCE

PROSE = """\
JWS in compact serialisation (RFC 7515) with Ed25519 (RFC 8037): three parts of base64url without padding, \
divided by dots. The first decodes to exactly these bytes, with the signing key's id in it:

The second decodes to one JSON object with the members below; ignore others. The third is the signature of \
everything before the last dot.

Verify in this order, and parse no JSON before the signature holds: at most 16,384 characters in three parts; \
strict base64url; the header's bytes; a pinned key of that id; the signature; the members; `product` and `aud` \
are yours; `status`; then the times. From an answer, store a signed license only if it carries the nonce that \
you just sent. Section 2 of `docs/protocol.md` in Theme License's repository is normative, and `tests/vectors/` \
there holds each rule as JSON."""

HEADER = f'{{"alg":"EdDSA","kid":"{KEY_ID}","typ":"theme-license+jwt"}}'
CLAIMS: dict[str, Any] = {
    "v": 1,
    "iss": "https://licenses.example.com",
    "sub": "lic_W6DVA1YH1EPWVG4HFCN66BF0",
    "jti": ACTIVATION_ID,
    "aud": "news.example.com",
    "product": "jannah",
    "plan": "single",
    "env": "production",
    "status": "active",
    "iat": 1_800_000_000,
    "exp": 1_802_592_000,
    "grace": 1_209_600,
    "refresh": 1_800_086_400,
    "expires": 1_831_536_000,
    "features": ["demos"],
    "nonce": NONCE,
}


class SignedLicenseClaims(BaseModel):
    """What a signed license says, once its signature holds. Times are seconds since 1970-01-01 UTC."""

    v: Literal[1] = Field(description="Version of this format.")
    iss: str = Field(description="The server's URL; told, not compared.")
    sub: str = Field(description="The license.")
    jti: str = Field(description="The activation.")
    aud: str = Field(description="The canonical domain. Compare it with the site's own.")
    product: str = Field(description="The vendor's name for the theme. Compare it with your own.")
    plan: str = Field(description="The plan's name on the server.")
    env: Literal["production", "staging"] = Field(description="What kind of place this is.")
    status: Literal["active", "suspended", "revoked", "released"] = Field(description="What the vendor says.")
    iat: int = Field(ge=0, description="When it was signed.")
    exp: int = Field(ge=0, description="End of the lease.")
    grace: int = Field(ge=0, description="Seconds of grace after the lease.")
    refresh: int | None = Field(ge=0, description="When to ask again; null: never.")
    expires: int | None = Field(ge=0, description="End of the paid term; null: perpetual.")
    features: list[str] = Field(description="What the plan includes.")
    nonce: str | None = Field(description="What the request carried.")

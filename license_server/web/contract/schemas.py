"""What a signed license says, and what the server says about itself, as pydantic models."""

from typing import Literal

from pydantic import BaseModel, Field


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


class Jwk(BaseModel):
    """A public key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="The 32 bytes; this is what a theme pins.")
    kid: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="Its RFC 7638 thumbprint.")
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class JwkSet(BaseModel):
    """Every key that may have signed a license; leaked ones are left out."""

    keys: list[Jwk]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Checks(BaseModel):
    """What must hold before a site is answered."""

    database: bool = Field(description="The database answers.")
    schema_: bool = Field(alias="schema", description="Its schema is this version's.")
    signing_key: bool = Field(description="The private half of the key in use is there.")


class Readiness(BaseModel):
    """Whether the server can do its work."""

    status: Literal["ready", "not_ready"]
    checks: Checks

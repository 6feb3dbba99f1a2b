"""What the activation API takes and gives, as pydantic models; the OpenAPI document is made from them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Nonce = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,128}$",
        description="Random text that the answer's signed license repeats; 32 bytes in base64url are right.",
        examples=["2Yd0sLr1tkJ6m0wLh3sQb8bW1gT9v5xN4cZ7pR2aE0k"],
    ),
]
DomainText = Annotated[
    str,
    Field(
        description="The site's domain name or address, in any spelling that names one domain.",
        examples=["https://www.news.example.com/"],
    ),
]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class ActivateBody(_Body):
    """What a site sends to be activated."""

    license_key: str = Field(
        repr=False,
        description="The license key as its owner typed it.",
        examples=["JNH-7Q4M8-RTD2X-K9V3H-W6PZC-41BNE-8GFA5"],
    )
    product: str = Field(max_length=200, description="The product that the theme is.", examples=["jannah"])
    domain: DomainText
    nonce: Nonce
    environment: Literal["production", "staging"] = Field(
        default="production", description="Whether visitors see this site or only its makers."
    )
    replaces: str | None = Field(
        default=None,
        max_length=64,
        description="An activation of the same license that this one takes the place of.",
        examples=["act_3KQ7M2X9V4T8B1C6D5F0G7HJ"],
    )
    client: str | None = Field(
        default=None, max_length=200, description="Name and version of the client.", examples=["theme-license/0.1.0"]
    )


class SiteBody(_Body):
    """What an activated site sends, beside its token."""

    domain: DomainText
    nonce: Nonce


class Links(BaseModel):
    """Where the vendor sends owners; only the ones that are set."""

    renew: str | None = None
    buy: str | None = None
    support: str | None = None
    find_key: str | None = None
    portal: str | None = None


class ActivationView(BaseModel):
    """An activation as its owner sees it."""

    id: str = Field(examples=["act_3KQ7M2X9V4T8B1C6D5F0G7HJ"])
    domain: str = Field(description="The canonical domain.", examples=["news.example.com"])
    environment: Literal["production", "staging"]
    key_last5: str = Field(description="The last five symbols of the license key.", examples=["8GFA5"])
    plan_name: str = Field(examples=["Single"])
    used: int = Field(description="Domains of the license that are in use.", examples=[1])
    limit: int = Field(description="Domains that the license may be in use on.", examples=[1])
    links: Links
    reason: str | None = Field(default=None, description="Why the vendor suspended or revoked the license, if told.")


class SiteAnswer(BaseModel):
    """The activation as it stands, signed."""

    signed_license: str = Field(description="JWS compact; verify it with the pinned public keys and keep it.")
    activation: ActivationView


class ActivateAnswer(SiteAnswer):
    """The activation, signed, and the token for everything that follows."""

    activation_token: str = Field(description="Send it as a bearer token; keep it as secret as a password.")

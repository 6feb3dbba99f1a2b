"""What the activation API takes and gives, as pydantic models; the OpenAPI document is made from them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from license_server.web.contract.examples import ACTIVATION_ID, LICENSE_KEY, NONCE
from license_server.web.contract.schemas import Links, Told, ToldNumber, ToldTime

Nonce = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,128}$",
        description="1 to 128 characters of base64url that the answer's signed license repeats; send 32 random bytes.",
        examples=[NONCE],
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
        description="The license key as its owner typed it, in any case and spacing.",
        examples=[LICENSE_KEY],
    )
    product: str = Field(max_length=200, description="The vendor's name for the theme.", examples=["jannah"])
    domain: DomainText
    nonce: Nonce
    environment: Literal["production", "staging"] = Field(
        default="production", description="Whether visitors see this site or only its makers."
    )
    replaces: str | None = Field(
        default=None,
        max_length=64,
        description="An activation of the same license that this one takes the place of.",
        examples=[ACTIVATION_ID],
    )
    moves: bool = Field(
        default=True,
        description="Whether the place of a domain that left it may be taken by a move. Send `false` where nobody "
        "attends the call, such as for each preview of a site: then only a place that is free, or held for this very "
        "domain, is taken.",
    )
    client: str | None = Field(
        default=None, max_length=200, description="Name and version of the client.", examples=["theme-license/0.1.0"]
    )


class SiteBody(_Body):
    """What an activated site sends, beside its token."""

    domain: DomainText
    nonce: Nonce


class ActivationView(BaseModel):
    """An activation as its owner sees it."""

    id: str = Field(description="The activation.", examples=[ACTIVATION_ID])
    domain: str = Field(description="The canonical domain.", examples=["news.example.com"])
    environment: Literal["production", "staging"] = Field(description="As it was sent.")
    key_last5: str = Field(description="The last five symbols of the license key.", examples=["GDQ8Y"])
    plan_name: str = Field(description="The plan's name for people.", examples=["Single"])
    used: int = Field(description="Domains of the license that are in use.", examples=[1])
    limit: int = Field(description="Domains that the license may be in use on.", examples=[1])
    links: Links
    reason: Told = Field(default=None, description="Why the vendor suspended or revoked the license, if told.")
    moved_from: Told = Field(
        default=None,
        description="Told by an activation that took a move: the domain whose place it took. That one comes back by "
        "a move, but once without within 24 hours of its release.",
        examples=["old.example.org"],
    )
    moves_left: ToldNumber = Field(
        default=None,
        description="Told by an activation that took a move: how many more are left in 365 days.",
        examples=[3],
    )
    undo_until: ToldTime = Field(
        default=None,
        description="Told by a refresh: until when the owner can take back the release of this activation. Keep the "
        "token until then.",
        examples=["2027-02-02T10:30:00Z"],
    )


class SiteAnswer(BaseModel):
    """The activation as it stands, signed."""

    signed_license: str = Field(
        pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        max_length=16_384,
        description="JWS compact; verify it with the pinned public keys, compare the nonce, and keep it.",
    )
    activation: ActivationView


ACTIVATION_TOKEN = r"^thma_[A-Za-z0-9_-]{92}$"  # noqa: S105 - what tokens look like


class RefreshAnswer(SiteAnswer):
    """The activation as it stands, signed."""

    activation_token: Told = Field(
        default=None,
        pattern=ACTIVATION_TOKEN,
        description="Told where it is another than the one that was sent: keep it in its place.",
    )


class ActivateAnswer(SiteAnswer):
    """The activation, signed, and the token for everything that follows."""

    activation_token: str = Field(
        pattern=ACTIVATION_TOKEN,
        description="Send it as a bearer token; keep it as secret as a password. The same each time, until the domain "
        "was released and is activated again: then the former one is good for nothing.",
    )

"""Every fault that the server can name, under one root, each with a permanent code.

Here are the codes: what the activation API and the portal answer with, and the families of what the command line
refuses with. A family's finer names stand in the module of their subject and keep its code. ``web.http.problems`` tells
them over HTTP, ``cli.errors`` by an exit status; what to do next is for whoever tells one to say.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeVar, dataclass_transform

from license_server.records import Activation, License


class ServiceError(Exception):
    """The root; ``str()`` says what happened and why. A subclass names one fault, its members are what it was about.

    Neither the text nor a member holds a secret.
    """

    code: ClassVar[str] = "service_error"
    counted_as: ClassVar[str | None] = None  # in the figures of refusals, beside its code
    default_detail: ClassVar[str] = "The request could not be done."

    def __str__(self) -> str:
        return self.default_detail


Fault = TypeVar("Fault", bound=ServiceError)


@dataclass_transform(kw_only_default=True, eq_default=False)
def with_members(kind: type[Fault]) -> type[Fault]:
    """Make the annotated names of an error its members, given by name."""
    # Neither frozen, since Python writes to an exception on its way, nor compared by value, as no exception is.
    return dataclass(kw_only=True, eq=False, repr=False)(kind)


# What the activation API answers with (protocol §6).


class RequestInvalid(ServiceError):
    """The body or a header is not what the API description says."""

    code = "request_invalid"
    default_detail = "The request is not what the API description at /openapi.json says. Correct it and send it again."


class RequestTooLarge(ServiceError):
    """The body is longer than 16 KiB."""

    code = "request_too_large"
    default_detail = "The body is longer than 16 KiB. Send only the members that the API description names."


class LicenseKeyMalformed(ServiceError):
    """The text is no license key; a client should have found that before the call."""

    code = "key_malformed"
    default_detail = "This is not a license key: at least one character is mistyped. Copy the whole key and try again."


@with_members
class DomainInvalid(ServiceError):
    """The text names no domain; ``reason`` says which rule refused it."""

    code = "domain_invalid"
    default_detail = "This is not a domain name. Send the site's public name, such as news.example.com."

    reason: str


class TokenInvalid(ServiceError):
    """The activation token is missing, altered, of another server, or not of this domain."""

    code = "token_invalid"
    default_detail = (
        "The activation token is missing, or is not one that this server gave to this domain. "
        "Activate the domain again with its license key."
    )


@with_members
class LicenseExpired(ServiceError):
    """The term is over, and the domain is new to the license."""

    code = "license_expired"
    default_detail = (
        "The term of this license is over, so it takes no new domain; the domains it has keep working. "
        "Renew the license, then activate again."
    )

    license: License


@with_members
class LicenseSuspended(ServiceError):
    """The vendor has suspended the license."""

    code = "license_suspended"
    default_detail = "The vendor has suspended this license. Ask the vendor's support how to have it reinstated."

    license: License


@with_members
class LicenseRevoked(ServiceError):
    """The vendor has revoked the license for good."""

    code = "license_revoked"
    default_detail = "The vendor has revoked this license. Use another license key, or ask the vendor's support."

    license: License


@with_members
class DomainNotAllowed(ServiceError):
    """The domain is one that takes no license; ``reason`` says why."""

    code = "domain_not_allowed"
    default_detail = "No license can be activated on this domain. Activate the site's own public domain name."

    reason: str

    @property
    def is_development(self) -> bool:
        """Whether the name is one of development, which needs no license."""
        return self.reason == "development"

    def __str__(self) -> str:
        if self.is_development:
            return "No license is needed on a development name. Activate the site's public domain name when it has one."
        return self.default_detail


class LicenseNotFound(ServiceError):
    """No license has this key."""

    code = "license_not_found"
    default_detail = (
        "This license key is not known here. Compare it with the one you received, or ask the vendor for a new one."
    )


@with_members
class NoActivationsLeft(ServiceError):
    """Every place of the license is in use at the moment ``at``: by those of ``holding``, the longest unseen first."""

    code = "no_activations_left"
    default_detail = (
        "Every domain of this license is in use. Move one of the activations listed here, or buy another license."
    )

    license: License
    holding: tuple[Activation, ...]
    at: int


class ProductMismatch(ServiceError):
    """The license is for another product."""

    code = "product_mismatch"
    default_detail = "This license is for another product. Use the key that you received with this theme."


@with_members
class MovesExhausted(ServiceError):
    """The license has been moved to new domains as often as its plan allows in 365 days; then it may be again."""

    code = "moves_exhausted"
    default_detail = (
        "This license has been moved to a new domain as often as its plan allows in 365 days. "
        "Wait for the time given here, or ask the vendor's support to release a domain."
    )

    license: License
    next_move_at: int


@with_members
class RateLimited(ServiceError):
    """Too many calls; ``retry_after`` is in whole seconds, at least 1, ``counted_by`` what has made them."""

    code = "rate_limited"
    default_detail = "Too many calls. Wait for the number of seconds in Retry-After, then try again."

    retry_after: int
    counted_by: Literal["address", "key"]


class ServerUnavailable(ServiceError):
    """The database did not answer in time, or what was asked for cannot be signed; ``retry_after`` is in seconds."""

    code = "server_unavailable"
    default_detail = "The license server cannot answer just now. Nothing was changed; try again later."
    retry_after: ClassVar[int] = 5


# What the owner's portal refuses with, beside the ones above (protocol §6, §8); no call of the API does.


class UndoOver(ServiceError):
    """A release cannot be taken back: it is too long ago, was not the owner's, or the domain is in use again."""

    code = "undo_over"
    default_detail = "A release can be taken back for 24 hours only. Activate the domain again with the license key."


class RequestUnreadable(ServiceError):
    """The text is no request of a site."""

    code = "request_unreadable"
    default_detail = "This is not a request of a site, or not all of it. Copy it from the theme options page again."


class RequestOld(ServiceError):
    """The request was made more than 24 hours ago, or as far in the future."""

    code = "request_old"
    default_detail = (
        "This request was made more than 24 hours ago, or the site's clock is wrong by as much. "
        "Make a new one on the theme options page."
    )


class ReturnElsewhere(ServiceError):
    """The request wants its answer at another address than the site's own."""

    code = "return_elsewhere"
    default_detail = (
        "This request asks for its answer at an address that is not the site's own. Nothing is sent there; "
        "make a new request on the theme options page."
    )


# What the command line refuses with, beside the ones above.


class ConfigurationInvalid(ServiceError):
    """A setting is missing, unknown or has an impossible value."""

    code = "configuration_invalid"


class InputInvalid(ServiceError):
    """A value on the command line breaks a rule that can be seen without looking anything up."""

    code = "input_invalid"


class NotFound(ServiceError):
    """The named product, plan, license or activation does not exist."""

    code = "not_found"


class AlreadyExists(ServiceError):
    """Something of that name exists; it was left as it is."""

    code = "already_exists"


class Refused(ServiceError):
    """A rule forbids the change in the present state; nothing was changed."""

    code = "refused"


@with_members
class HomeNotInitialised(ServiceError):
    """The home holds no license server yet."""

    code = "home_not_initialised"

    home: Path

    def __str__(self) -> str:
        return f"{self.home} holds no license server"


class HomeNotUsable(ServiceError):
    """The home, or a file in it, cannot be read or written by this user."""

    code = "home_not_usable"


class AlreadyInitialised(ServiceError):
    """The home holds a license server; nothing was changed."""

    code = "already_initialised"


class SchemaMismatch(ServiceError):
    """The database's schema is older or newer than this version of the program."""

    code = "schema_mismatch"

"""What does a signed license say, and what follows from it here and now? (protocol §2, §7)

Pure: no file, no network, no clock, no cryptography. ``wire`` proves who signed; this module only reads and judges.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from .errors import MalformedLicense

VERSION = 1
MAX_INTEGER = 2**53 - 1
CLOCK_TOLERANCE_SECONDS = 24 * 3_600


class Status(StrEnum):
    """What the vendor says of the license, or of this activation of it."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    RELEASED = "released"


class Environment(StrEnum):
    """What kind of place the activation took."""

    PRODUCTION = "production"
    STAGING = "staging"


class VerdictCode(StrEnum):
    """Everything the client can conclude about a domain; the values are stable."""

    VALID = "valid"
    VALID_IN_GRACE = "valid_in_grace"
    EXPIRED_TERM = "expired_term"
    CLOCK_BEHIND = "clock_behind"
    DEVELOPMENT = "development"
    NOT_ACTIVATED = "not_activated"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    LEASE_ENDED = "lease_ended"
    WRONG_DOMAIN = "wrong_domain"
    WRONG_PRODUCT = "wrong_product"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


_OK = frozenset(
    {
        VerdictCode.VALID,
        VerdictCode.VALID_IN_GRACE,
        VerdictCode.EXPIRED_TERM,
        VerdictCode.CLOCK_BEHIND,
        VerdictCode.DEVELOPMENT,
    }
)
_HAS_ITS_OWN_CARD = frozenset({VerdictCode.SUSPENDED, VerdictCode.REVOKED, VerdictCode.WRONG_DOMAIN})


class SignedLicense(NamedTuple):
    """The document for one activation. Times are integer seconds since 1970-01-01 UTC, 0 to 2^53-1."""

    issuer: str
    license_id: str
    activation_id: str
    domain: str
    product: str
    plan: str
    environment: Environment
    status: Status
    issued_at: int
    lease_ends_at: int
    grace_seconds: int
    refresh_at: int | None
    term_ends_at: int | None
    features: tuple[str, ...]
    nonce: str | None

    def to_claims(self) -> dict[str, object]:
        """Return the claims in the order in which this implementation writes them (protocol §2)."""
        return {
            "v": VERSION,
            "iss": self.issuer,
            "sub": self.license_id,
            "jti": self.activation_id,
            "aud": self.domain,
            "product": self.product,
            "plan": self.plan,
            "env": self.environment.value,
            "status": self.status.value,
            "iat": self.issued_at,
            "exp": self.lease_ends_at,
            "grace": self.grace_seconds,
            "refresh": self.refresh_at,
            "expires": self.term_ends_at,
            "features": list(self.features),
            "nonce": self.nonce,
        }

    @classmethod
    def from_claims(cls, claims: Mapping[str, object]) -> "SignedLicense":
        """Read the claims strictly; unknown ones are ignored. Raises :class:`MalformedLicense` for every other flaw."""
        if _integer(claims, "v") != VERSION:
            raise MalformedLicense("a version of the format that this client does not know")
        return cls(
            issuer=_string(claims, "iss"),
            license_id=_string(claims, "sub"),
            activation_id=_string(claims, "jti"),
            domain=_string(claims, "aud"),
            product=_string(claims, "product"),
            plan=_string(claims, "plan"),
            environment=_environment(claims),
            status=_status(claims),
            issued_at=_integer(claims, "iat"),
            lease_ends_at=_integer(claims, "exp"),
            grace_seconds=_integer(claims, "grace"),
            refresh_at=_optional_integer(claims, "refresh"),
            term_ends_at=_optional_integer(claims, "expires"),
            features=_strings(claims, "features"),
            nonce=_optional_string(claims, "nonce"),
        )


class Verdict(NamedTuple):
    """What the client concluded about ``domain``, with the license that it concluded it from, if one was readable."""

    code: VerdictCode
    license: SignedLicense | None
    domain: str | None

    @property
    def ok(self) -> bool:
        """Whether the theme works in full (protocol §7)."""
        return self.code in _OK

    @property
    def needs_notice(self) -> bool:
        """Whether the "license is not validated" notice belongs on the theme options page."""
        return self.code not in _OK and self.code not in _HAS_ITS_OWN_CARD


def judge(license: SignedLicense, *, product: str, domain: str, now: int) -> Verdict:
    """Judge a license whose signature holds (protocol §2, from the product on; the first failure wins).

    ``domain`` must be canonical; ``now`` is in seconds since 1970-01-01 UTC. ``exp``, ``exp`` + ``grace`` and
    ``expires`` are the first second after; a clock is behind from one second more than 24 h before ``iat``.
    """
    return Verdict(_judge_code(license, product, domain, now), license, domain)


def _judge_code(license: SignedLicense, product: str, domain: str, now: int) -> VerdictCode:
    if license.product != product:
        return VerdictCode.WRONG_PRODUCT
    if license.domain != domain:
        return VerdictCode.WRONG_DOMAIN
    if license.status is not Status.ACTIVE:
        return _BY_STATUS[license.status]
    if now < license.issued_at - CLOCK_TOLERANCE_SECONDS:
        return VerdictCode.CLOCK_BEHIND
    if now >= license.lease_ends_at + license.grace_seconds:
        return VerdictCode.LEASE_ENDED
    if now >= license.lease_ends_at:
        return VerdictCode.VALID_IN_GRACE
    if license.term_ends_at is not None and now >= license.term_ends_at:
        return VerdictCode.EXPIRED_TERM
    return VerdictCode.VALID


_BY_STATUS = {
    Status.RELEASED: VerdictCode.NOT_ACTIVATED,
    Status.SUSPENDED: VerdictCode.SUSPENDED,
    Status.REVOKED: VerdictCode.REVOKED,
}


def _string(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if type(value) is not str:
        raise MalformedLicense(f"the claim {name} is not a string")
    return value


def _integer(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:  # type(), because True is an int
        raise MalformedLicense(f"the claim {name} is not an integer from 0 to 2^53-1")
    return value


def _optional_integer(claims: Mapping[str, object], name: str) -> int | None:
    return None if _is_null(claims, name) else _integer(claims, name)


def _optional_string(claims: Mapping[str, object], name: str) -> str | None:
    return None if _is_null(claims, name) else _string(claims, name)


def _is_null(claims: Mapping[str, object], name: str) -> bool:
    return name in claims and claims[name] is None


def _strings(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = claims.get(name)
    if type(value) is not list or any(type(item) is not str for item in value):
        raise MalformedLicense(f"the claim {name} is not a list of strings")
    return tuple(value)


def _environment(claims: Mapping[str, object]) -> Environment:
    try:
        return Environment(_string(claims, "env"))
    except ValueError as error:
        raise MalformedLicense("the claim env is neither production nor staging") from error


def _status(claims: Mapping[str, object]) -> Status:
    try:
        return Status(_string(claims, "status"))
    except ValueError as error:
        raise MalformedLicense("a status that this client does not know") from error

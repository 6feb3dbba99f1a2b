"""The plain values that travel between the rooms: what a row says, without the row."""

from dataclasses import dataclass, field
from enum import StrEnum

from license_server import policy

LINKS = ("renew", "buy", "support", "find_key", "portal")


class LicenseStatus(StrEnum):
    """What the vendor says of a license; stored."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Standing(StrEnum):
    """What a license is worth at a moment: its status, and whether an active one's term is over."""

    ACTIVE = "active"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Actor(StrEnum):
    """Who acts, as the audit log keeps it; a vendor's people are told apart as ``vendor:alice``."""

    SITE = "site"
    OWNER = "owner"
    VENDOR = "vendor"


class ReleasedBy(StrEnum):
    """Who gave an activation's place back; stored."""

    SITE = "site"
    OWNER = "owner"
    VENDOR = "vendor"
    MOVE = "move"
    """Its owner, for another domain."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public half, and what it is used for: current, standby, retired or leaked."""

    name: str
    key_id: str
    public_key: str
    position: int
    status: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Product:
    """A theme; ``links`` holds only the ones that are set."""

    id: int
    slug: str
    name: str
    prefix: str
    links: dict[str, str]
    created_at: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How many domains, and test copies beside them, for how long, with which lease. ``product`` is the slug."""

    id: int
    product: str
    slug: str
    name: str
    domains: int
    term: str
    lease_seconds: int
    grace_seconds: int
    refresh_seconds: int
    moves_per_year: int
    features: tuple[str, ...]
    created_at: int
    staging_domains: int = 0


@dataclass(frozen=True, slots=True)
class License:
    """The vendor's record of a license, with its product and plan."""

    id: str
    key_digest: bytes = field(repr=False)
    key_last5: str
    customer: str | None
    status: LicenseStatus
    status_reason: str | None
    status_since: int
    created_at: int
    term_ends_at: int | None
    domain_limit: int
    used: int
    freed: int
    staging_limit: int
    staging_used: int
    audit_count: int
    audit_head: bytes
    plan: Plan
    product: Product

    def is_over(self, now: int) -> bool:
        """Return whether the paid term is over."""
        return policy.is_over(self.term_ends_at, now=now)

    def standing(self, now: int) -> Standing:
        """Return what the license is worth; a term that is over is told where nothing worse is."""
        if self.status is LicenseStatus.ACTIVE and self.is_over(now):
            return Standing.EXPIRED
        return Standing(self.status.value)


@dataclass(frozen=True, slots=True)
class Activation:
    """One license in use, or formerly in use, on one domain."""

    id: str
    license_id: str
    domain: str
    environment: str
    client: str | None
    activated_at: int
    last_seen_at: int | None
    released_at: int | None
    released_by: ReleasedBy | None
    offline_until: int | None = None
    in_staging_place: bool = False

    def held_until(self, now: int) -> int | None:
        """Return the end of the offline license that is out for the domain, or None when none is.

        Nobody can recall it, so until then the place cannot be given to another domain.
        """
        return self.offline_until if self.offline_until is not None and self.offline_until > now else None

    def undo_until(self, now: int) -> int | None:
        """Return until when its owner can take the release back, or None when nothing can be taken back."""
        if self.released_at is None or self.released_by is not ReleasedBy.OWNER:
            return None
        until = self.released_at + policy.UNDO_SECONDS
        return until if now < until else None


@dataclass(frozen=True, slots=True)
class Signable:
    """All that a signed license is made of: an activation, its license and the id of the key that signs today."""

    activation: Activation
    license: License
    key_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which licenses to list; what is None does not matter."""

    product: str | None = None
    plan: str | None = None
    customer: str | None = None
    status: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which audit entries to list; what is None does not matter.

    ``actor`` also matches whoever acts for it: ``vendor`` matches ``vendor:alice``. Both ends are inclusive.
    """

    chain: str | None = None
    object: str | None = None
    actor: str | None = None
    action: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class BulkJob:
    """What issuing many licenses began with and keeps, whatever becomes of the plan; ``server`` tells servers apart."""

    server: str
    product: str
    plan: str
    plan_id: int
    prefix: str
    count: int
    customer: str | None
    started_at: int
    term_ends_at: int | None
    domains: int
    staging_domains: int = 0  # a job that an earlier version began has none

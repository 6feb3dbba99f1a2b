"""The plain values that travel between the rooms: what a row says, without the row."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from license_server import policy
from license_server.policy import PlaceKind
from theme_license.signed_license import Environment

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
    moves_made: int
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
    signed_until: int | None = None
    staging_signed_until: int | None = None
    longest_lease: int | None = None
    return_is_paid: bool = False
    beyond_limit: bool = False

    @property
    def place_kind(self) -> PlaceKind:
        """The kind of place that it is in, or was in last."""
        return PlaceKind.STAGING if self.in_staging_place else PlaceKind.ORDINARY

    @property
    def is_test_copy(self) -> bool:
        """Whether only the site's makers see it."""
        return self.environment == Environment.STAGING

    def offline_hold(self, now: int) -> int | None:
        """Return the end of the offline license that is out for the domain, or None when none is.

        Nobody can recall it, so until then the place cannot be given to another domain.
        """
        return self.offline_until if self.offline_until is not None and self.offline_until > now else None

    def takes(self, kind: PlaceKind, now: int) -> bool:
        """Return whether a place of the kind is taken by it: in use, or kept by an offline license."""
        return kind is self.place_kind and (self.released_at is None or self.offline_hold(now) is not None)

    def leases_out(self, kind: PlaceKind) -> int | None:
        """Return until when leases are out that were signed while it had a place of the kind, or None."""
        return self.staging_signed_until if kind is PlaceKind.STAGING else self.signed_until

    def with_leases_out(self, kind: PlaceKind, until: int | None) -> "Activation":
        """Return it with another time until which leases are out that were signed in a place of the kind."""
        if kind is PlaceKind.STAGING:
            return replace(self, staging_signed_until=until)
        return replace(self, signed_until=until)

    def lease_hold(self, kind: PlaceKind, now: int) -> int | None:
        """Return until when a place of the kind that it left is held for its domain, or None when none is.

        A move to another domain ends such a hold.
        """
        until = self.leases_out(kind)
        return None if until is None or until <= now or self.takes(kind, now) else until

    def held_until(self, now: int) -> int | None:
        """Return until when the place that it was released from is held for its domain, or None when none is."""
        if self.released_at is None:
            return None
        return self.offline_hold(now) or self.lease_hold(self.place_kind, now)

    def is_held(self, now: int) -> bool:
        """Return whether a place of any kind that it left is held for its domain."""
        if self.released_at is not None and self.offline_hold(now) is not None:
            return True
        return any(self.lease_hold(kind, now) is not None for kind in PlaceKind)

    def undo_until(self, now: int) -> int | None:
        """Return until when its owner can take the release back, or None when nothing can be taken back."""
        if self.released_at is None or self.released_by is not ReleasedBy.OWNER:
            return None
        until = self.released_at + policy.UNDO_SECONDS
        return until if now < until else None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a restore means for tokens and leases: when it was, of which moment the backup is; None for neither.

    Tokens have said since ``dated_tokens_since`` when they were made; None where they always have.
    """

    restored_at: int | None
    backup_of: int | None
    dated_tokens_since: int | None


@dataclass(frozen=True, slots=True)
class Signable:
    """All that a signed license is made of: an activation, its license and the id of the key that signs today.

    ``at`` is when it stood so, at the latest: a lease is counted from there, however long the signing takes.
    """

    activation: Activation
    license: License
    key_id: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: the domain whose place it took, and how many are left."""

    domain: str
    left: int


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

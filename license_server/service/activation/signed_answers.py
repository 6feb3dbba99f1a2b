"""What a site is told: the signed license, and the activation as its owner sees it."""

from dataclasses import dataclass

from license_server import policy
from license_server.errors.keys import NoCurrentKey
from license_server.policy import Lease
from license_server.records import Activation, License, Moved, Signable
from license_server.service.activation import leases
from license_server.service.context import Context
from theme_license.signed_license import Environment, SignedLicense, Status
from theme_license.wire import encode_signed_license


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one call.

    ``token`` is the one that the site should keep from now on, None where it has it; ``is_new`` and ``moved`` matter to
    an activation only, ``undo_until`` to a refresh.
    """

    signed_license: str
    activation: Activation
    license: License
    token: str | None = None
    is_new: bool = False
    moved: Moved | None = None
    undo_until: int | None = None


def signed(context: Context, told: Signable, *, nonce: str) -> str:
    """Return the signed license of an activation as it stands now (protocol §2, §3)."""
    plan, at = told.license.plan, told.at
    lease = leases.lease_of(told.activation, plan)
    refresh_at = policy.refresh_at(at, seconds=plan.refresh_seconds, chance=context.chance())
    return _signed(context, told, lease, refresh_at=refresh_at, nonce=nonce)


def signed_offline(context: Context, told: Signable, *, ends_at: int, nonce: str | None) -> str:
    """Return a license that is never refreshed (§8); one that answers no request is accepted only when pasted."""
    lease = Lease(ends_at - told.at, told.license.plan.grace_seconds)
    return _signed(context, told, lease, refresh_at=None, nonce=nonce)


def _signed(context: Context, told: Signable, lease: Lease, *, refresh_at: int | None, nonce: str | None) -> str:
    if told.key_id is None:
        raise NoCurrentKey
    activation, license = told.activation, told.license
    document = SignedLicense(
        issuer=context.settings.base_url,
        license_id=license.id,
        activation_id=activation.id,
        domain=activation.domain,
        product=license.product.slug,
        plan=license.plan.slug,
        environment=Environment(activation.environment),
        status=_status_of(activation, license),
        issued_at=told.at,
        lease_ends_at=told.at + lease.seconds,
        grace_seconds=lease.grace,
        refresh_at=refresh_at,
        term_ends_at=license.term_ends_at,
        features=license.plan.features,
        nonce=nonce,
    )
    return encode_signed_license(document, key_id=told.key_id, sign=context.signer.signing(told.key_id))


def _status_of(activation: Activation, license: License) -> Status:
    """Return what the site is told; a release comes first, since it is about this site whatever became of the rest."""
    return Status.RELEASED if activation.released_at is not None else Status(license.status.value)

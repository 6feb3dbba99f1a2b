"""What a site is told: the signed license, and the activation as its owner sees it."""

from dataclasses import dataclass

from license_server import policy
from license_server.errors import ServerUnavailable
from license_server.records import Activation, License
from license_server.service.context import Context
from theme_license.signed_license import Environment, SignedLicense, Status
from theme_license.wire import encode_signed_license


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one call; ``token`` and ``is_new`` matter to an activation only."""

    signed_license: str
    activation: Activation
    license: License
    token: str | None = None
    is_new: bool = False


def signed(context: Context, activation: Activation, license: License, *, nonce: str, key_id: str | None) -> str:
    """Return the signed license of an activation as it stands now (protocol §2, §3)."""
    if key_id is None:
        raise ServerUnavailable("no signing key is in use", next_step="license-server signing-key list")
    now = context.clock()
    document = SignedLicense(
        issuer=context.settings.base_url,
        license_id=license.id,
        activation_id=activation.id,
        domain=activation.domain,
        product=license.product.slug,
        plan=license.plan.slug,
        environment=Environment(activation.environment),
        status=status_of(activation, license),
        issued_at=now,
        lease_ends_at=now + license.plan.lease_seconds,
        grace_seconds=license.plan.grace_seconds,
        refresh_at=policy.refresh_at(now, seconds=license.plan.refresh_seconds, chance=context.chance()),
        term_ends_at=license.term_ends_at,
        features=license.plan.features,
        nonce=nonce,
    )
    return encode_signed_license(document, key_id=key_id, sign=context.signer.signing(key_id))


def status_of(activation: Activation, license: License) -> Status:
    """Return what the site is told; a release comes first, since it is about this site whatever became of the rest."""
    if activation.released_at is not None:
        return Status.RELEASED
    return Status(license.status)

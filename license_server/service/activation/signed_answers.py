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
    """The answer to one call: ``token`` and ``is_new`` matter to an activation only, ``undo_until`` to a refresh."""

    signed_license: str
    activation: Activation
    license: License
    token: str | None = None
    is_new: bool = False
    undo_until: int | None = None


def signed(context: Context, activation: Activation, license: License, *, nonce: str, key_id: str | None) -> str:
    """Return the signed license of an activation as it stands now (protocol §2, §3)."""
    now = context.clock()
    refresh = policy.refresh_at(now, seconds=license.plan.refresh_seconds, chance=context.chance())
    ends_at = now + license.plan.lease_seconds
    return _signed(
        context, activation, license, at=now, ends_at=ends_at, refresh_at=refresh, nonce=nonce, key_id=key_id
    )


def signed_offline(
    context: Context, activation: Activation, license: License, *, ends_at: int, nonce: str | None, key_id: str | None
) -> str:
    """Return a license that is never refreshed (§8); one that answers no request is accepted only when pasted."""
    now = context.clock()
    return _signed(context, activation, license, at=now, ends_at=ends_at, refresh_at=None, nonce=nonce, key_id=key_id)


def _signed(
    context: Context,
    activation: Activation,
    license: License,
    *,
    at: int,
    ends_at: int,
    refresh_at: int | None,
    nonce: str | None,
    key_id: str | None,
) -> str:
    if key_id is None:
        raise ServerUnavailable("no signing key is in use", next_step="license-server signing-key list")
    document = SignedLicense(
        issuer=context.settings.base_url,
        license_id=license.id,
        activation_id=activation.id,
        domain=activation.domain,
        product=license.product.slug,
        plan=license.plan.slug,
        environment=Environment(activation.environment),
        status=status_of(activation, license),
        issued_at=at,
        lease_ends_at=ends_at,
        grace_seconds=license.plan.grace_seconds,
        refresh_at=refresh_at,
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

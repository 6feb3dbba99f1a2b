"""What a site asks: activate with a license key, refresh and deactivate with its token (protocol §6)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy, tokens
from license_server.errors import LicenseNotFound, ServiceError, TokenInvalid
from license_server.records import Activation, License
from license_server.service.activation import granting, places
from license_server.service.activation.granting import Wanted
from license_server.service.activation.signed_answers import Answer, signed
from license_server.service.context import Context
from license_server.service.license.locked_license import chain_of
from license_server.service.traffic import call_limits
from license_server.service.traffic.background_notes import BackgroundNotes
from license_server.store import activations, audit, licenses, signing_keys
from license_server.store.activations import Standing
from license_server.tokens import TokenClaim
from theme_license.domain import Domain
from theme_license.license_key import LicenseKey
from theme_license.signed_license import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRequest:
    """What a site asks for with a license key; ``address`` is the caller's, ``replaces`` an activation to be moved."""

    key: LicenseKey
    product: str
    domain: Domain
    nonce: str
    environment: str
    replaces: str | None
    client: str | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRequest:
    """What an activated site sends; ``address`` is the caller's."""

    token: str
    domain: Domain
    nonce: str
    address: str


def activate(context: Context, request: ActivationRequest) -> Answer:
    """Activate, or answer again for the same key and domain, in one transaction.

    Raises the :class:`ServiceError` that says why not; nothing but the counts of calls is changed then. The answer
    leaves only after the commit.
    """
    call_limits.require_not_blocked(context, request.address)
    wanted = Wanted(
        key=request.key,
        product=request.product,
        domain=request.domain,
        environment=request.environment,
        replaces=request.replaces,
        client=request.client,
        address=request.address,
        actor="site",
    )
    outcome = context.store.transact(lambda connection: granting.grant(context, connection, wanted))
    if isinstance(outcome, ServiceError):
        raise outcome
    activation, license = outcome.activation, outcome.license
    return Answer(
        signed_license=signed(context, activation, license, nonce=request.nonce, key_id=outcome.key_id),
        activation=activation,
        license=license,
        token=tokens.make_token(
            context.secrets.tokens, activation_id=activation.id, license_id=license.id, domain=activation.domain
        ),
        is_new=outcome.is_new,
    )


def refresh(context: Context, request: SiteRequest, notes: BackgroundNotes) -> Answer:
    """Return the activation's signed license as it stands: one read, no write, never limited for a good token.

    Raises :class:`TokenInvalid`, or :class:`RateLimited` for a bad token from an address that has sent too many.
    """
    claim = _claim(context, request)
    standing = context.store.query(
        lambda connection: activations.standing(connection, claim.activation_id, claim.license_id)
    )
    if standing is None:
        standing = context.store.transact(lambda connection: _recovered(context, connection, claim, request.domain))
    if standing.activation.released_at is None:
        notes.saw(standing.activation.id)
    answer = _answer(context, standing, request)
    return replace(answer, undo_until=undo_until(standing.activation, now=context.clock()))


def deactivate(context: Context, request: SiteRequest) -> Answer:
    """Release the activation, once; return a signed license that says so. Raises as :func:`refresh` does."""
    claim = _claim(context, request)
    standing = context.store.transact(lambda connection: _deactivate(context, connection, claim, request.domain))
    return _answer(context, standing, request)


def undo_until(activation: Activation, *, now: int) -> int | None:
    """Return until when its owner can take the release back, or None when nothing can be taken back now."""
    until = policy.undo_until(released_at=activation.released_at, released_by=activation.released_by)
    return until if until is not None and now < until else None


def _deactivate(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> Standing:
    at = context.clock()
    license = licenses.lock(connection, claim.license_id)
    standing = activations.standing(connection, claim.activation_id, claim.license_id)
    if license is None or standing is None:
        standing = _recovered(context, connection, claim, domain)
    license, activation = standing.license, standing.activation
    if activation.released_at is not None:
        return standing
    license = places.release(connection, license, activation, at=at, by="site")
    chain = chain_of(context, license)
    entry = chain.entry(
        at=at, actor="site", action="release", object=activation.id, details={"domain": activation.domain}
    )
    audit.add(connection, [entry])
    values = {"freed": license.freed, "audit_count": chain.count, "audit_head": chain.head}
    licenses.change(connection, license.id, values)
    return Standing(replace(activation, released_at=at, released_by="site"), license, standing.key_id)


def _claim(context: Context, request: SiteRequest) -> TokenClaim:
    claim = tokens.read_token(context.secrets.tokens, request.token, domain=request.domain.name)
    if claim is None:
        call_limits.require_not_blocked(context, request.address)
        call_limits.record_failure(context, request.address)
        raise TokenInvalid
    return claim


def _recovered(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> Standing:
    """Make again the row that a restore lost: the token proves that it was granted for this domain.

    A place is taken even beyond the limit, so that no site pays for the vendor's disaster; the audit log shows it. If
    the domain was activated anew meanwhile, that activation answers. Raises :class:`LicenseNotFound` when the license
    itself was lost.
    """
    license = licenses.lock(connection, claim.license_id)
    if license is None:
        raise LicenseNotFound(
            "This server has lost the license of this activation. Ask the vendor's support for a new license key."
        )
    key_id = signing_keys.current_key_id(connection)
    there = activations.find(connection, claim.activation_id)
    if there is None:
        there = activations.latest_on(connection, license.id, domain.name)
        there = None if there is None or there.released_at is not None else there
    if there is not None:
        return Standing(there, license, key_id)
    at = context.clock()
    activation = Activation(
        id=claim.activation_id,
        license_id=license.id,
        domain=domain.name,
        environment=Environment.PRODUCTION.value,
        client=None,
        activated_at=at,
        last_seen_at=at,
        released_at=None,
        released_by=None,
    )
    return Standing(activation, _store_recovered(context, connection, activation, license), key_id)


def _store_recovered(context: Context, connection: Connection, activation: Activation, license: License) -> License:
    chain = chain_of(context, license)
    details = {"domain": activation.domain, "beyond_limit": license.used >= license.domain_limit}
    entry = chain.entry(
        at=activation.activated_at, actor="site", action="recovered", object=activation.id, details=details
    )
    activations.add(connection, activation, counts_as_move=False)
    audit.add(connection, [entry])
    licenses.take_place_regardless(connection, license.id)
    licenses.change(connection, license.id, {"audit_count": chain.count, "audit_head": chain.head})
    return replace(license, used=license.used + 1, audit_count=chain.count, audit_head=chain.head)


def _answer(context: Context, standing: Standing, request: SiteRequest) -> Answer:
    return Answer(
        signed_license=signed(
            context, standing.activation, standing.license, nonce=request.nonce, key_id=standing.key_id
        ),
        activation=standing.activation,
        license=standing.license,
    )

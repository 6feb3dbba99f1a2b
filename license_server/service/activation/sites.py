"""What a site asks: activate with a license key, refresh and deactivate with its token (protocol §6)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import tokens
from license_server.audit_actions import AuditAction
from license_server.errors import ServiceError, TokenInvalid
from license_server.errors.calls import LicenseLost
from license_server.records import Activation, Actor, ReleasedBy, Signable
from license_server.service.activation import granting, places
from license_server.service.activation.granting import Wanted
from license_server.service.activation.signed_answers import Answer, signed
from license_server.service.context import Context
from license_server.service.license import license_key_lookup, locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic import call_limits
from license_server.service.traffic.background_notes import BackgroundNotes
from license_server.service.traffic.call_limits import Door
from license_server.store import activations
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
    _, calls = license_key_lookup.find(context, request.key, door=Door.SITES, address=request.address)
    wanted = Wanted(
        product=request.product,
        domain=request.domain,
        environment=request.environment,
        replaces=request.replaces,
        client=request.client,
        actor=Actor.SITE,
    )

    def work(connection: Connection) -> tuple[Signable, bool] | ServiceError:
        locked = license_key_lookup.lock(context, connection, request.key)
        granted = granting.grant(context, locked, wanted, calls)
        if isinstance(granted, ServiceError):
            return granted
        return locked.signable(granted.activation), granted.is_new

    outcome = context.store.transact(work)
    if isinstance(outcome, ServiceError):
        raise outcome
    found, is_new = outcome
    activation = found.activation
    token = tokens.make_token(
        context.secrets.tokens,
        activation_id=activation.id,
        license_id=activation.license_id,
        domain=activation.domain,
    )
    return replace(_answer(context, found, request.nonce), token=token, is_new=is_new)


def refresh(context: Context, request: SiteRequest, notes: BackgroundNotes) -> Answer:
    """Return the activation's signed license as it stands: one read, no write, never limited for a good token.

    Raises :class:`TokenInvalid`, or :class:`RateLimited` for a bad token from an address that has sent too many.
    """
    claim = _claim(context, request)
    found = context.store.query(
        lambda connection: activations.signable(connection, claim.activation_id, claim.license_id)
    )
    if found is None:
        found = context.store.transact(lambda connection: _recover(context, connection, claim, request.domain))
    activation = found.activation
    if activation.released_at is None:
        notes.saw(activation.id)
    return replace(_answer(context, found, request.nonce), undo_until=activation.undo_until(context.clock()))


def deactivate(context: Context, request: SiteRequest) -> Answer:
    """Release the activation, once; return a signed license that says so. Raises as :func:`refresh` does."""
    claim = _claim(context, request)
    released = context.store.transact(lambda connection: _deactivate(context, connection, claim, request.domain))
    return _answer(context, released, request.nonce)


def _deactivate(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> Signable:
    locked = _locked(context, connection, claim)
    activation = _known(locked, claim, domain) or _brought_back(locked, claim, domain)
    if activation.released_at is None:
        activation = places.release(locked, activation, ReleasedBy.SITE)
        locked.record(AuditAction.RELEASE, activation.id, Actor.SITE, domain=activation.domain)
        locked.save()
    return locked.signable(activation)


def _claim(context: Context, request: SiteRequest) -> TokenClaim:
    claim = tokens.read_token(context.secrets.tokens, request.token, domain=request.domain.name)
    if claim is None:
        call_limits.count_guess(context, request.address)
        raise TokenInvalid
    return claim


def _recover(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> Signable:
    locked = _locked(context, connection, claim)
    activation = _known(locked, claim, domain) or _brought_back(locked, claim, domain)
    return locked.signable(activation)


def _locked(context: Context, connection: Connection, claim: TokenClaim) -> LockedLicense:
    locked = locked_license.lock(context, connection, claim.license_id)
    if locked is None:
        raise LicenseLost
    return locked


def _known(locked: LockedLicense, claim: TokenClaim, domain: Domain) -> Activation | None:
    """Return the activation of a token, else the one by which its domain was activated anew, else None."""
    found = activations.find(locked.connection, claim.activation_id)
    if found is not None:
        return found
    there = activations.latest_on(locked.connection, locked.license.id, domain.name)
    return None if there is None or there.released_at is not None else there


def _brought_back(locked: LockedLicense, claim: TokenClaim, domain: Domain) -> Activation:
    """Make again the row that a restore lost: the token proves that it was granted for this domain.

    A place is taken even beyond the limit, so that no site pays for the vendor's disaster; the audit log shows it.
    """
    license = locked.license
    activation = Activation(
        id=claim.activation_id,
        license_id=license.id,
        domain=domain.name,
        environment=Environment.PRODUCTION.value,
        client=None,
        activated_at=locked.at,
        last_seen_at=locked.at,
        released_at=None,
        released_by=None,
    )
    activations.add(locked.connection, activation, counts_as_move=False)
    beyond_limit = license.used >= license.domain_limit
    details = {"domain": activation.domain, "beyond_limit": beyond_limit}
    locked.record(AuditAction.RECOVERED, activation.id, Actor.SITE, **details)
    locked.change(used=license.used + 1)
    locked.save(beyond_limit=beyond_limit)
    return activation


def _answer(context: Context, found: Signable, nonce: str) -> Answer:
    return Answer(
        signed_license=signed(context, found, nonce=nonce), activation=found.activation, license=found.license
    )

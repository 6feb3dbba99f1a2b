"""What a site asks: activate with a license key, refresh and deactivate with its token (protocol §6)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy, tokens
from license_server.audit_actions import AuditAction
from license_server.errors import ServiceError, TokenInvalid
from license_server.errors.calls import ActivationLost
from license_server.records import Actor, ReleasedBy, Signable
from license_server.service.activation import granting, places, recovery
from license_server.service.activation.granting import Granted, Wanted
from license_server.service.activation.signed_answers import Answer, signed
from license_server.service.context import Context
from license_server.service.license import license_key_lookup
from license_server.service.traffic import call_limits
from license_server.service.traffic.background_notes import BackgroundNotes
from license_server.service.traffic.call_limits import Door
from license_server.store import activations
from license_server.tokens import TokenClaim
from theme_license.domain import Domain
from theme_license.license_key import LicenseKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRequest:
    """What a site asks for with a license key; ``address`` is the caller's, ``replaces`` an activation to be moved.

    Without ``may_move`` only an unheld place is taken, or the domain's own.
    """

    key: LicenseKey
    product: str
    domain: Domain
    nonce: str
    environment: str
    replaces: str | None
    may_move: bool
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
        may_move=request.may_move,
        actor=Actor.SITE,
    )

    def work(connection: Connection) -> tuple[Signable, Granted] | ServiceError:
        locked = license_key_lookup.lock(context, connection, request.key)
        granted = granting.grant(context, locked, wanted, calls)
        if isinstance(granted, ServiceError):
            return granted
        return locked.signable(granted.activation), granted

    outcome = context.store.transact(work)
    if isinstance(outcome, ServiceError):
        raise outcome
    found, granted = outcome
    answer = _answer(context, found, request.nonce)
    return replace(answer, token=_token(context, found), is_new=granted.is_new, moved=granted.moved)


def refresh(context: Context, request: SiteRequest, notes: BackgroundNotes) -> Answer:
    """Return the activation's signed license as it stands: one read, never limited for a good token.

    It writes for a site only that was not heard of for 48 hours, or that a restore lost. Raises
    :class:`TokenInvalid`, or :class:`RateLimited` for a bad token from an address that has sent too many.
    """
    claim = _claim(context, request)
    now = context.clock()
    found = context.store.query(
        lambda connection: activations.signable(connection, claim.activation_id, claim.license_id, at=now)
    )
    if found is None or _must_write(context, claim, found):
        found = context.store.transact(lambda connection: recovery.seen(context, connection, claim, request.domain))
    activation = found.activation
    if activation.released_at is None:
        notes.saw(activation.id)
    answer = _answer(context, found, request.nonce)
    # A token that says less than ours do, or of an earlier activation, gives way to this one's.
    is_kept = claim.is_newest and claim.activation_id == activation.id
    return replace(answer, token=None if is_kept else _token(context, found), undo_until=activation.undo_until(now))


def deactivate(context: Context, request: SiteRequest) -> Answer:
    """Release the activation, once; return a signed license that says so. Raises as :func:`refresh` does."""
    claim = _claim(context, request)
    released = context.store.transact(lambda connection: _deactivate(context, connection, claim, request.domain))
    return _answer(context, released, request.nonce)


def _deactivate(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> Signable:
    locked, activation_id = recovery.proved(context, connection, claim, domain)
    activation = activations.find(connection, activation_id)
    if activation is None:
        raise ActivationLost
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


def _must_write(context: Context, claim: TokenClaim, found: Signable) -> bool:
    """Return whether an answer wants more than was read: the token is not of this activation, or it was long unseen."""
    activation = found.activation
    if not recovery.is_proved(context, claim, activation):
        return True
    if activation.released_at is not None:
        return False
    return activation.beyond_limit or policy.must_be_stored(activation.last_seen_at, now=found.at)


def _token(context: Context, found: Signable) -> str:
    activation = found.activation
    return tokens.make_token(
        context.secrets.tokens,
        activation_id=activation.id,
        license_id=activation.license_id,
        domain=activation.domain,
        environment=activation.environment,
        activated_at=activation.activated_at,
    )


def _answer(context: Context, found: Signable, nonce: str) -> Answer:
    return Answer(
        signed_license=signed(context, found, nonce=nonce), activation=found.activation, license=found.license
    )

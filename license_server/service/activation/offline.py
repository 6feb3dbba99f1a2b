"""Sign a license for a site that cannot call out, on the vendor's word or for its owner (protocol §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.errors import ServiceError
from license_server.errors.licenses import (
    NotSignedAfterTerm,
    NotSignedByStatus,
    NotSignedForDomain,
    NotSignedWithoutPlace,
)
from license_server.records import Activation, Actor, License, LicenseStatus
from license_server.service.activation import activation_lookup, granting, places, seats
from license_server.service.activation.granting import Wanted, refused_by_domain
from license_server.service.activation.offline_request import OfflineRequest
from license_server.service.activation.signed_answers import signed_offline
from license_server.service.context import Context
from license_server.service.license import license_key_lookup, license_lookup, locked_license
from license_server.service.license.license_key_lookup import Proof
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations
from theme_license.domain import Domain
from theme_license.signed_license import Environment

PERPETUAL_SECONDS = 400 * policy.DAY
"""How long an offline license of a perpetual license lasts."""


@dataclass(frozen=True, slots=True)
class OfflineLicense:
    """A signed license to be pasted; ``until`` is the first second at which it is no longer valid."""

    text: str
    activation: Activation
    license: License
    until: int


@dataclass(frozen=True, slots=True)
class OfflinePreview:
    """What an answer would mean: until when nobody but the vendor frees its place, and which domain would lose it."""

    held_until: int
    moved_from: str | None


def sign(context: Context, license_id: str, domain_text: str) -> OfflineLicense:
    """Activate a license on a domain on the vendor's word and sign it until the end of its term, without a refresh.

    It takes a place as an activation does, never counts as a move, and cannot be recalled: the place is held until it
    is over. The same domain again is free. Raises :class:`NotFound`, :class:`InputInvalid` or :class:`Refused`.
    """
    domain = license_lookup.read_domain(domain_text)

    def work(connection: Connection) -> OfflineLicense:
        locked = locked_license.require(context, connection, license_id)
        _require_signable(locked, domain)
        ends_at, until = _ends(locked)
        activation = _placed(context, locked, domain, until=until)
        return _signed(context, locked, activation, actor=context.actor, ends_at=ends_at, until=until, nonce=None)

    return context.store.transact(work)


def answer(
    context: Context, request: OfflineRequest, proof: Proof, *, replaces: str | None, address: str
) -> OfflineLicense:
    """Activate a license on the site that made the request and sign it for that request, on its owner's word.

    Places and moves are those of a site that calls by itself; the same request or domain again takes no further place.
    ``replaces`` is an activation to be moved, ``address`` the owner's. Raises what an activation raises.
    """
    calls = license_key_lookup.proved_calls(context, proof, address=address)

    def work(connection: Connection) -> OfflineLicense | ServiceError:
        locked = license_key_lookup.lock_proved(context, connection, proof)
        granted = granting.grant(context, locked, _wanted(request, replaces), calls)
        if isinstance(granted, ServiceError):
            return granted
        ends_at, until = _ends(locked)
        activation = replace(granted.activation, offline_until=_held_until(granted.activation, until))
        activations.set_offline_until(connection, activation.id, activation.offline_until)
        return _signed(
            context, locked, activation, actor=Actor.OWNER, ends_at=ends_at, until=until, nonce=request.nonce
        )

    outcome = context.store.transact(work)
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def preview(
    context: Context, request: OfflineRequest, proof: Proof, *, replaces: str | None, address: str
) -> OfflinePreview:
    """Return what :func:`answer` would do now, which changes nothing but the count of the key's calls.

    Raises what an activation raises.
    """
    calls = license_key_lookup.proved_calls(context, proof, address=address)
    if calls.spent is not None:
        raise calls.spent

    def work(connection: Connection) -> OfflinePreview | ServiceError:
        with connection.begin_nested() as undone:
            locked = license_key_lookup.lock_proved(context, connection, proof)
            moved = None if replaces is None else activation_lookup.find_named(connection, replaces)
            granted = granting.grant(context, locked, _wanted(request, replaces), calls)
            undone.rollback()
        calls.count(connection, refused=isinstance(granted, ServiceError))
        if isinstance(granted, ServiceError):
            return granted
        until = _held_until(granted.activation, _ends(locked)[1])
        is_moved = moved is not None and moved.released_at is None and moved.domain != request.domain.name
        # A move may end the hold of another domain than the one that was named.
        taken = granted.moved.domain if granted.moved is not None else None
        return OfflinePreview(until, taken or (moved.domain if moved is not None and is_moved else None))

    outcome = context.store.transact(work)
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def _wanted(request: OfflineRequest, replaces: str | None) -> Wanted:
    return Wanted(
        product=request.product,
        domain=request.domain,
        environment=Environment.PRODUCTION.value,
        replaces=replaces,
        client=None,
        actor=Actor.OWNER,
        is_offline=True,
    )


def _held_until(activation: Activation, until: int) -> int:
    # An earlier offline license may be out for longer, such as one of a plan with more days of grace.
    return max(until, activation.offline_until or 0)


def _ends(locked: LockedLicense) -> tuple[int, int]:
    """Return the end of the lease, and the first second after its grace."""
    ends_at = locked.license.term_ends_at or locked.at + PERPETUAL_SECONDS
    return ends_at, ends_at + locked.license.plan.grace_seconds


def _signed(
    context: Context,
    locked: LockedLicense,
    activation: Activation,
    *,
    actor: str,
    ends_at: int,
    until: int,
    nonce: str | None,
) -> OfflineLicense:
    locked.record(AuditAction.SIGN_OFFLINE, activation.id, actor, domain=activation.domain, until=until)
    locked.save()
    text = signed_offline(context, locked.signable(activation), ends_at=ends_at, nonce=nonce)
    return OfflineLicense(text, activation, locked.license, until)


def _placed(context: Context, locked: LockedLicense, domain: Domain, *, until: int) -> Activation:
    """Give the domain a place, if it has none, that is held until ``until``, or for longer if it was already."""
    there = activations.latest_on(locked.connection, locked.license.id, domain.name)
    if there is not None:
        until = max(until, there.offline_until or 0)
    if there is not None and there.released_at is None:
        activations.set_offline_until(locked.connection, there.id, until)
        return replace(there, offline_until=until)
    places.give_back_expired(locked)
    seat = seats.vendors_seat(locked, domain=domain.name, there=there)
    if seat is None:
        raise NotSignedWithoutPlace(license=locked.license)
    activation = granting.begun(
        context,
        locked,
        domain.name,
        there,
        environment=Environment.PRODUCTION.value,
        client=None if there is None else there.client,
        # It is given no token: only what was signed for it before counts.
        seen_at=None if there is None else there.last_seen_at,
        in_staging_place=seat.in_staging_place,
        offline_until=until,
    )
    places.take(locked, seat)
    if there is None:
        activations.add(locked.connection, activation)
    else:
        activations.save(locked.connection, activation, at=locked.at)
    return activation


def _require_signable(locked: LockedLicense, domain: Domain) -> None:
    license = locked.license
    if license.status is not LicenseStatus.ACTIVE:
        raise NotSignedByStatus(license=license)
    if license.is_over(locked.at):
        raise NotSignedAfterTerm(license=license)
    refusal = refused_by_domain(locked.connection, license, domain)
    if refusal is not None:
        raise NotSignedForDomain(license=license, domain=domain.name, reason=refusal.reason)

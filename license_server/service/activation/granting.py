"""Grant a place of a locked license to a domain, whether a site asks or its owner (protocol §6, §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import ids, policy
from license_server.audit_actions import AuditAction
from license_server.errors import (
    DomainNotAllowed,
    LicenseExpired,
    LicenseRevoked,
    LicenseSuspended,
    ProductMismatch,
    ServiceError,
)
from license_server.errors.calls import ReplacesNothing
from license_server.policy import Place
from license_server.records import Activation, Actor, License, LicenseStatus, ReleasedBy
from license_server.service.activation import activation_lookup, places
from license_server.service.activation.places import Seat
from license_server.service.context import Context
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic.call_limits import KeyCalls
from license_server.store import activations, licenses
from theme_license.domain import Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: ``replaces`` is an activation to be moved, ``actor`` who asks.

    ``is_offline`` asks for a license that cannot be recalled: it is refused even for a domain that the license has when
    the term is over, and the same domain again counts as a call, since it is signed and written down anew.
    """

    product: str
    domain: Domain
    environment: str
    replaces: str | None
    client: str | None
    actor: Actor
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """An activation in its place; ``is_new`` unless the domain was in use, ``counts`` if it is a call that counts."""

    activation: Activation
    is_new: bool
    counts: bool


def grant(context: Context, locked: LockedLicense, wanted: Wanted, calls: KeyCalls) -> Granted | ServiceError:
    """Give a domain a place of the license and save that, or return why not; ``calls`` counts what came of it."""
    granted = _granted(context, locked, wanted, calls)
    if isinstance(granted, ServiceError):
        calls.count(locked.connection, refused=True)
    elif granted.counts:
        calls.count(locked.connection, refused=False)
    return granted


def refused_by_status(license: License) -> ServiceError | None:
    """Return the refusal that tells of a suspension or a revocation, or None."""
    if license.status is LicenseStatus.REVOKED:
        return LicenseRevoked(license=license)
    if license.status is LicenseStatus.SUSPENDED:
        return LicenseSuspended(license=license)
    return None


def refused_by_domain(connection: Connection, license: License, domain: Domain) -> DomainNotAllowed | None:
    """Return why the license may not be in use on the domain, or None; the vendor's exceptions count."""
    if policy.denial(domain, allowed=False) is None:
        return None
    allowed = licenses.is_domain_allowed(connection, license.id, domain.name)
    reason = policy.denial(domain, allowed=allowed)
    return None if reason is None else DomainNotAllowed(reason=reason)


def _granted(context: Context, locked: LockedLicense, wanted: Wanted, calls: KeyCalls) -> Granted | ServiceError:
    connection = locked.connection
    refusal = _refused_by_license(locked, wanted) or refused_by_domain(connection, locked.license, wanted.domain)
    if refusal is not None:
        return refusal
    replaced = _replaced(locked, wanted)
    if isinstance(replaced, ServiceError):
        return replaced
    there = activations.latest_on(connection, locked.license.id, wanted.domain.name)
    in_use = there if there is not None and there.released_at is None else None
    stays = in_use is not None and in_use.environment == wanted.environment
    counts = there is not None and (wanted.is_offline or not stays)
    if counts and calls.spent is not None:
        return calls.spent
    if not stays:
        places.give_back_expired(locked)
    if replaced is not None:
        places.vacate(locked, replaced, ReleasedBy.MOVE)
    seat = places.find_seat(locked, domain=wanted.domain.name, environment=wanted.environment, there=there)
    if isinstance(seat, ServiceError):
        return seat
    activation = _settle(context, locked, wanted, there, replaced, seat)
    return Granted(activation, is_new=in_use is None, counts=counts)


def _refused_by_license(locked: LockedLicense, wanted: Wanted) -> ServiceError | None:
    license = locked.license
    if license.product.slug != wanted.product:
        return ProductMismatch()
    refusal = refused_by_status(license)
    if refusal is None and wanted.is_offline and license.is_over(locked.at):
        return LicenseExpired(license=license)
    return refusal


def _replaced(locked: LockedLicense, wanted: Wanted) -> Activation | ServiceError | None:
    """Return the activation to be moved; None where none is, or where it has been, as by a reply that was lost."""
    if wanted.replaces is None:
        return None
    found = activation_lookup.find_named(locked.connection, wanted.replaces)
    if found is None or found.license_id != locked.license.id:
        return ReplacesNothing()
    return None if found.released_at is not None or found.domain == wanted.domain.name else found


def _settle(
    context: Context,
    locked: LockedLicense,
    wanted: Wanted,
    there: Activation | None,
    replaced: Activation | None,
    seat: Seat,
) -> Activation:
    """Write what was decided; a domain that is in use as it is asked for changes nothing."""
    connection = locked.connection
    in_use = there if there is not None and there.released_at is None else None
    activation = _activation(context, locked, wanted, there, seat)
    if replaced is not None:
        places.released(locked, replaced, ReleasedBy.MOVE)
        locked.record(AuditAction.RELEASE, replaced.id, wanted.actor, domain=replaced.domain, moved_to=activation.id)
    counts_as_move = seat.place is Place.MOVE
    if in_use is None:
        if there is not None and there.held_until(locked.at):
            activations.set_offline_until(connection, there.id, None)
        activations.add(connection, activation, counts_as_move=counts_as_move)
        place = Place.RETURN if seat.place is None else seat.place
        details = {"domain": activation.domain, "environment": activation.environment, "place": place}
        locked.record(AuditAction.ACTIVATE, activation.id, wanted.actor, **details)
    elif activation != in_use:
        activations.seat(connection, activation, at=locked.at, counts_as_move=counts_as_move)
        told = {} if seat.place is None else {"place": seat.place}
        details = {"from": in_use.environment, "to": activation.environment, **told}
        locked.record(AuditAction.ENVIRONMENT, activation.id, wanted.actor, **details)
    places.take(locked, seat)
    locked.save()
    return activation


def _activation(
    context: Context, locked: LockedLicense, wanted: Wanted, there: Activation | None, seat: Seat
) -> Activation:
    if there is not None and there.released_at is None:
        return replace(there, environment=wanted.environment, in_staging_place=seat.in_staging_place)
    return Activation(
        id=ids.new_id(ids.ACTIVATION, context.random_bytes),
        license_id=locked.license.id,
        domain=wanted.domain.name,
        environment=wanted.environment,
        client=wanted.client,
        activated_at=locked.at,
        last_seen_at=locked.at,
        released_at=None,
        released_by=None,
        offline_until=None if there is None else there.held_until(locked.at),
        in_staging_place=seat.in_staging_place,
    )

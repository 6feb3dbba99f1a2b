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
from license_server.records import Activation, Actor, License, LicenseStatus, Moved, ReleasedBy
from license_server.service.activation import activation_lookup, leases, places, seats
from license_server.service.activation.seats import Asked, Seat
from license_server.service.context import Context
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic.call_limits import KeyCalls
from license_server.store import activations, licenses
from theme_license.domain import Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: ``replaces`` is an activation to be moved, ``actor`` who asks.

    Without ``may_move`` only an unheld place is taken, or the domain's own: what callers send that nobody attends.
    ``is_offline`` asks for a license that cannot be recalled: it is refused even for a domain that the license has when
    the term is over, and the same domain again counts as a call, since it is signed and written down anew.
    """

    product: str
    domain: Domain
    environment: str
    replaces: str | None
    client: str | None
    actor: Actor
    may_move: bool = True
    is_offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An activation in its place; ``is_new`` unless the domain was in use, ``counts`` if it is a call that counts.

    ``moved`` is the move that it took, if it took one.
    """

    activation: Activation
    is_new: bool
    counts: bool
    moved: Moved | None


def grant(context: Context, locked: LockedLicense, wanted: Wanted, calls: KeyCalls) -> Granted | ServiceError:
    """Give a domain a place of the license and save that, or return why not; ``calls`` counts what came of it."""
    granted = _granted(context, locked, wanted, calls)
    if isinstance(granted, ServiceError):
        calls.count(locked.connection, refused=True)
    elif granted.counts:
        calls.count(locked.connection, refused=False)
    return granted


def begun(
    context: Context,
    locked: LockedLicense,
    domain: str,
    there: Activation | None,
    *,
    environment: str,
    client: str | None,
    seen_at: int | None,
    in_staging_place: bool,
    offline_until: int | None,
) -> Activation:
    """Return the activation that begins on a domain now: the one that it had, ``there``, made anew, or a new one.

    Of what it was nothing stays but its id and until when leases are out.
    """
    return Activation(
        id=ids.new_id(ids.ACTIVATION, context.random_bytes) if there is None else there.id,
        license_id=locked.license.id,
        domain=domain,
        environment=environment,
        client=client,
        activated_at=locked.at,
        last_seen_at=seen_at,
        released_at=None,
        released_by=None,
        offline_until=offline_until,
        in_staging_place=in_staging_place,
        signed_until=None if there is None else there.signed_until,
        staging_signed_until=None if there is None else there.staging_signed_until,
    )


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
    if wanted.is_offline and in_use is not None and in_use.beyond_limit and not seats.has_room_for(locked, in_use):
        # What a restore brought back beyond the limit has short leases until a place is free.
        return seats.no_activations_left(locked, is_test_copy=False)
    if counts and calls.spent is not None:
        return calls.spent
    if not stays:
        places.give_back_expired(locked)
    leaving = None
    if replaced is not None:
        places.vacate(locked, replaced, ReleasedBy.MOVE)
        leaving = leases.released(locked, replaced, ReleasedBy.MOVE)
    asked = Asked(
        domain=wanted.domain.name,
        environment=wanted.environment,
        there=there,
        leaving=leaving,
        may_move=wanted.may_move,
    )
    seat = seats.find_seat(locked, asked)
    if isinstance(seat, ServiceError):
        return seat
    activation = _settle(context, locked, wanted, there, leaving, seat)
    return Granted(activation=activation, is_new=in_use is None, counts=counts, moved=_moved(seat))


def _moved(seat: Seat) -> Moved | None:
    if seat.ended is None or seat.moves_left is None:
        return None
    return Moved(seat.ended.domain, seat.moves_left)


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
    leaving: Activation | None,
    seat: Seat,
) -> Activation:
    """Write what was decided; a domain that is in use as it is asked for changes nothing but when it was seen."""
    connection = locked.connection
    activation = _activation(context, locked, wanted, there, seat)
    if leaving is not None:
        activations.save(connection, leaving, at=locked.at)
        locked.record(AuditAction.RELEASE, leaving.id, wanted.actor, domain=leaving.domain, moved_to=activation.id)
    if there is None:
        activations.add(connection, activation)
    elif activation != there:
        activations.save(connection, activation, at=locked.at)
    place: dict[str, object] = {} if seat.place is None else {"place": seat.place, "kind": seat.kind}
    if seat.ended is not None:
        place["moved_from"] = seat.ended.domain
    if there is None or there.released_at is not None:
        told = {"place": Place.RETURN, "kind": seat.kind} | place
        details = {"domain": activation.domain, "environment": activation.environment, **told}
        locked.record(AuditAction.ACTIVATE, activation.id, wanted.actor, **details)
    elif (activation.environment, activation.place_kind) != (there.environment, there.place_kind):
        details = {"from": there.environment, "to": activation.environment, **place}
        locked.record(AuditAction.ENVIRONMENT, activation.id, wanted.actor, **details)
    places.take(locked, seat)
    locked.save()
    return activation


def _activation(
    context: Context, locked: LockedLicense, wanted: Wanted, there: Activation | None, seat: Seat
) -> Activation:
    """Return the domain's activation as it will stand: a new one, or the one that it has or had."""
    if there is not None and there.released_at is None:
        return _in_use(locked, there, wanted.environment, seat)
    return begun(
        context,
        locked,
        wanted.domain.name,
        there,
        environment=wanted.environment,
        client=wanted.client,
        seen_at=locked.at,
        in_staging_place=seat.in_staging_place,
        offline_until=None if there is None else there.offline_hold(locked.at),
    )


def _in_use(locked: LockedLicense, there: Activation, environment: str, seat: Seat) -> Activation:
    """Return an activation in use as it goes on, whether in its place or in one of the other kind."""
    seen_at = locked.at if policy.must_be_stored(there.last_seen_at, now=locked.at) else there.last_seen_at
    goes_on = replace(there, last_seen_at=seen_at)
    if seat.kind is not there.place_kind:
        goes_on = replace(leases.left(locked, goes_on), in_staging_place=seat.in_staging_place, longest_lease=None)
        # Taking a place anew, it is as good as any other.
        goes_on = replace(goes_on, beyond_limit=False)
    elif environment != there.environment:
        goes_on = replace(goes_on, longest_lease=leases.longest_lease(locked, there))
    return replace(goes_on, environment=environment)

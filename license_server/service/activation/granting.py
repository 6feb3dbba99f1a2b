"""Grant a place to a domain by a license key: one transaction, whether a site asks or its owner (protocol §6, §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import ids, policy
from license_server.audit_chain import AuditEntry
from license_server.clock import iso
from license_server.errors import (
    DomainNotAllowed,
    LicenseExpired,
    LicenseRevoked,
    LicenseSuspended,
    ProductMismatch,
    RequestInvalid,
    ServiceError,
)
from license_server.policy import Place
from license_server.records import Activation, License
from license_server.service.activation import places
from license_server.service.activation.places import Seat
from license_server.service.context import Context
from license_server.service.license import license_key_lookup
from license_server.service.license.locked_license import chain_of
from license_server.store import activations, audit, licenses
from theme_license.domain import Domain
from theme_license.license_key import LicenseKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: ``replaces`` is an activation to be moved, ``address`` the caller's, ``actor`` who asks.

    ``within_term`` refuses a license whose term is over even for a domain that it has.
    """

    key: LicenseKey
    product: str
    domain: Domain
    environment: str
    replaces: str | None
    client: str | None
    address: str
    actor: str
    within_term: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """An activation in its place, its license as it stands then, and the id of the key that signs."""

    activation: Activation
    license: License
    key_id: str | None
    is_new: bool


def grant(context: Context, connection: Connection, wanted: Wanted) -> Granted | ServiceError:
    """Decide under the license's lock and write; a refusal is returned, so that the call is counted all the same."""
    locked = license_key_lookup.lock(context, connection, wanted.key, address=wanted.address)
    if isinstance(locked, ServiceError):
        return locked
    license, key_id = locked
    at = context.clock()
    refusal = _refused_by_license(license, wanted, at) or refused_by_domain(connection, license, wanted.domain)
    if refusal is not None:
        return refusal
    replaced = None if wanted.replaces is None else find(connection, wanted.replaces)
    if wanted.replaces is not None and (replaced is None or replaced.license_id != license.id):
        return RequestInvalid(
            "The member replaces names no activation of this license. Leave it out, or send one of those listed "
            "in the answer no_activations_left."
        )
    if replaced is not None and (replaced.released_at is not None or replaced.domain == wanted.domain.name):
        replaced = None
    there = activations.latest_on(connection, license.id, wanted.domain.name)
    if there is None or there.released_at is not None or there.environment != wanted.environment:
        license = places.give_back_expired(connection, license, now=at)
    seat = places.find_seat(
        connection,
        license,
        domain=wanted.domain.name,
        environment=wanted.environment,
        there=there,
        replaced=replaced,
        now=at,
    )
    if isinstance(seat, ServiceError):
        return seat
    return _settle(context, connection, wanted, license, there, replaced, seat, key_id, at)


def find(connection: Connection, text: str) -> Activation | None:
    """Return the activation that ``text`` names, or None."""
    # Only what has the form of an id reaches the database, whose log may hold every parameter: it could be a key.
    return None if ids.parse_id(ids.ACTIVATION, text) is None else activations.find(connection, text)


def refused_by_status(license: License) -> ServiceError | None:
    """Return the refusal that tells of a suspension or a revocation, or None."""
    told = {"reason": license.status_reason, "since": iso(license.status_since)}
    if license.status == "revoked":
        return LicenseRevoked(members=told)
    if license.status == "suspended":
        return LicenseSuspended(members=told)
    return None


def refused_by_domain(connection: Connection, license: License, domain: Domain) -> DomainNotAllowed | None:
    """Return why the license may not be in use on the domain, or None; the vendor's exceptions count."""
    if policy.denial(domain, allowed=False) is None:
        return None
    allowed = licenses.is_domain_allowed(connection, license.id, domain.name)
    reason = policy.denial(domain, allowed=allowed)
    if reason is None:
        return None
    if reason == "development":
        return DomainNotAllowed(
            "No license is needed on a development name. Activate the site's public domain name when it has one.",
            members={"reason": reason},
        )
    return DomainNotAllowed(members={"reason": reason})


def _refused_by_license(license: License, wanted: Wanted, at: int) -> ServiceError | None:
    if license.product.slug != wanted.product:
        return ProductMismatch()
    refusal = refused_by_status(license)
    if refusal is None and wanted.within_term and policy.is_over(license.term_ends_at, now=at):
        return LicenseExpired(members={"expired_at": iso(license.term_ends_at), "links": license.product.links})
    return refusal


def _settle(
    context: Context,
    connection: Connection,
    wanted: Wanted,
    license: License,
    there: Activation | None,
    replaced: Activation | None,
    seat: Seat,
    key_id: str | None,
    at: int,
) -> Granted:
    """Write what was decided: a move whose reply was lost, or a domain in use as it is asked for, changes nothing."""
    is_new = there is None or there.released_at is not None
    activation = _activation(context, wanted, license, there, seat, at)
    chain = chain_of(context, license)
    entries: list[AuditEntry] = []
    if replaced is not None:
        license = places.release(connection, license, replaced, at=at, by="move")
        details: dict[str, object] = {"domain": replaced.domain, "moved_to": activation.id}
        entries.append(chain.entry(at=at, actor=wanted.actor, action="release", object=replaced.id, details=details))
    if activation != there:
        action, details = _told(activation, there, seat)
        entries.append(chain.entry(at=at, actor=wanted.actor, action=action, object=activation.id, details=details))
    if not entries:
        return Granted(activation, license, key_id, is_new=False)
    if there is not None and is_new and places.is_held(there, now=at):
        activations.set_offline_until(connection, there.id, None)
    license = places.take(connection, license, seat, chain)
    audit.add(connection, entries)
    counts_as_move = seat.place is Place.MOVE
    if is_new:
        activations.add(connection, activation, counts_as_move=counts_as_move)
    elif activation != there:
        activations.seat(connection, activation, at=at, counts_as_move=counts_as_move)
    return Granted(activation, license, key_id, is_new=is_new)


def _activation(
    context: Context, wanted: Wanted, license: License, there: Activation | None, seat: Seat, at: int
) -> Activation:
    if there is not None and there.released_at is None:
        return replace(there, environment=wanted.environment, in_staging_place=seat.in_staging_place)
    return Activation(
        id=ids.new_id(ids.ACTIVATION, context.random_bytes),
        license_id=license.id,
        domain=wanted.domain.name,
        environment=wanted.environment,
        client=wanted.client,
        activated_at=at,
        last_seen_at=at,
        released_at=None,
        released_by=None,
        offline_until=there.offline_until if there is not None and places.is_held(there, now=at) else None,
        in_staging_place=seat.in_staging_place,
    )


def _told(activation: Activation, there: Activation | None, seat: Seat) -> tuple[str, dict[str, object]]:
    """Return the action and the details that the audit log keeps of an activation in a new place, or a new use."""
    if there is not None and there.released_at is None:
        place = {} if seat.place is None else {"place": seat.place.value}
        return "environment", {"from": there.environment, "to": activation.environment, **place}
    place_taken = Place.RETURN if seat.place is None else seat.place
    details = {"domain": activation.domain, "environment": activation.environment, "place": place_taken.value}
    return "activate", dict(details)

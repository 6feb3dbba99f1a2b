"""Places of a license: decided on, taken and given back under the lock on its row (protocol §6, §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_chain import AuditChain
from license_server.clock import iso
from license_server.errors import LicenseExpired, MovesExhausted, NoActivationsLeft, ServerUnavailable, ServiceError
from license_server.policy import Place
from license_server.records import Activation, License
from license_server.store import activations, licenses
from theme_license.signed_license import Environment

MAX_LISTED = 100
"""Activations that a refusal lists, so that it stays far below what a client reads (64 KiB)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """The place that a domain is to have, decided on and not yet taken.

    ``place`` is None where the domain stays in the one that it has; ``left`` is the activation on the same domain
    whose place it gives back instead.
    """

    place: Place | None
    in_staging_place: bool
    left: Activation | None = None


def find_seat(
    connection: Connection,
    license: License,
    *,
    domain: str,
    environment: str,
    there: Activation | None,
    replaced: Activation | None = None,
    now: int,
) -> Seat | ServiceError:
    """Decide which place a domain gets, or why none; changes nothing.

    ``there`` is the license's latest activation on the domain, ``replaced`` one whose release is part of the request.
    """
    stands = license if replaced is None else without(license, replaced, now=now)
    is_test_copy = environment == Environment.STAGING
    staging_left = stands.staging_used < stands.staging_limit
    left = there if there is not None and (there.released_at is None or is_held(there, now=now)) else None
    if left is not None and policy.keeps_place(
        is_test_copy=is_test_copy,
        in_staging_place=left.in_staging_place,
        is_held=is_held(left, now=now),
        staging_left=staging_left,
    ):
        return Seat(None, left.in_staging_place)
    # What the domain gives back is of the other kind than what it takes, so it makes no room for itself.
    takes_staging = is_test_copy and staging_left
    # A test copy's staging place makes its domain no known one: it would be a way around the moves.
    known = there is not None and (takes_staging or activations.had_place(connection, license.id, domain))
    if not known and policy.is_over(license.term_ends_at, now=now):
        return LicenseExpired(members={"expired_at": iso(license.term_ends_at), "links": license.product.links})
    if takes_staging:
        return Seat(Place.STAGING, in_staging_place=True, left=left)
    place = policy.place_for(limit=stands.domain_limit, used=stands.used, freed=stands.freed, known=known)
    if place is None:
        return no_activations_left(connection, license, is_test_copy=is_test_copy, now=now)
    if place is Place.MOVE:
        refusal = _refused_move(connection, license, now)
        if refusal is not None:
            return refusal
    return Seat(place, in_staging_place=False, left=left)


def take(connection: Connection, license: License, seat: Seat, chain: AuditChain) -> License:
    """Take the place, store the end of the audit chain with it and return the license as it stands then."""
    if seat.left is not None:
        license = _given_back(connection, license, in_staging_place=seat.left.in_staging_place, by_owner=True)
    end = {"audit_count": chain.count, "audit_head": chain.head}
    if seat.place is None:
        licenses.change(connection, license.id, {"freed": license.freed, **end})
        return replace(license, audit_count=chain.count, audit_head=chain.head)
    freed = policy.freed_after(seat.place, limit=license.domain_limit, used=license.used, freed=license.freed)
    take_one = licenses.take_staging_place if seat.in_staging_place else licenses.take_place
    if not take_one(connection, license.id, freed=freed, audit_count=chain.count, audit_head=chain.head):
        # The row is locked and the place was there, so this is a fault and not an answer: undo everything.
        raise ServerUnavailable
    return replace(
        license,
        used=license.used + (not seat.in_staging_place),
        staging_used=license.staging_used + seat.in_staging_place,
        freed=freed,
        audit_count=chain.count,
        audit_head=chain.head,
    )


def release(connection: Connection, license: License, activation: Activation, *, at: int, by: str) -> License:
    """Release an unreleased activation and return the license as it stands then.

    An owner's release keeps the place of a domain for which an offline license is out: nobody can recall that. A
    vendor's frees it all the same. What an owner freed counts as such (``freed``, stored by the caller).
    """
    activations.release(connection, activation.id, at=at, by=by)
    if by == "vendor":
        if activation.offline_until is not None:
            activations.set_offline_until(connection, activation.id, None)
    elif is_held(activation, now=at):
        return license
    return _given_back(connection, license, in_staging_place=activation.in_staging_place, by_owner=by != "vendor")


def without(license: License, activation: Activation, *, now: int) -> License:
    """Return a license as it would stand after its owner released the activation."""
    if is_held(activation, now=now):
        return license
    return _less_one(license, in_staging_place=activation.in_staging_place, by_owner=True)


def give_back_expired(connection: Connection, license: License, *, now: int) -> License:
    """Give back the places of released activations whose offline licenses are over; return the license as it stands.

    What their owner freed counts as such at once: a caller that refuses stores nothing of its own.
    """
    ended = activations.end_holds(connection, license.id, now=now)
    if not ended:
        return license
    staging = sum(ended)
    count = len(ended) - staging
    licenses.give_back_places(connection, license.id, count, staging=staging)
    freed = license.freed + count
    licenses.change(connection, license.id, {"freed": freed})
    return replace(license, used=license.used - count, staging_used=license.staging_used - staging, freed=freed)


def take_up(connection: Connection, license: License, held: Activation) -> License:
    """Give back the place that is held for a domain, since the same domain is about to take one."""
    activations.set_offline_until(connection, held.id, None)
    return _given_back(connection, license, in_staging_place=held.in_staging_place, by_owner=False)


def is_held(activation: Activation, *, now: int) -> bool:
    """Return whether an offline license is out for the domain, so that its place cannot be given to another."""
    return activation.offline_until is not None and activation.offline_until > now


def no_activations_left(connection: Connection, license: License, *, is_test_copy: bool, now: int) -> NoActivationsLeft:
    """Return the refusal that lists what could make room: for a site, none of those in staging places."""
    # The longest unseen first: a place on a domain that is gone is what most owners look for.
    holding = [
        item
        for item in activations.holding_places(connection, license.id, now=now)
        if is_test_copy or not item.in_staging_place
    ]
    holding.sort(key=lambda item: (item.last_seen_at or 0, item.activated_at))
    return NoActivationsLeft(
        members={
            "activations": [
                {
                    "id": item.id,
                    "domain": item.domain,
                    "last_seen": iso(item.last_seen_at),
                    **({"offline_until": iso(item.offline_until)} if is_held(item, now=now) else {}),
                }
                for item in holding[:MAX_LISTED]
            ],
            "limit": license.domain_limit,
            "used": license.used,
            "links": license.product.links,
        }
    )


def _refused_move(connection: Connection, license: License, now: int) -> ServiceError | None:
    times = activations.move_times(connection, license.id, since=now - policy.MOVE_WINDOW)
    next_at = policy.next_move_at(times, allowed=license.plan.moves_per_year, now=now)
    if next_at is None:
        return None
    return MovesExhausted(members={"next_move_at": iso(next_at), "links": license.product.links})


def _given_back(connection: Connection, license: License, *, in_staging_place: bool, by_owner: bool) -> License:
    licenses.give_back_places(connection, license.id, int(not in_staging_place), staging=int(in_staging_place))
    return _less_one(license, in_staging_place=in_staging_place, by_owner=by_owner)


def _less_one(license: License, *, in_staging_place: bool, by_owner: bool) -> License:
    if in_staging_place:
        return replace(license, staging_used=license.staging_used - 1)
    return replace(license, used=license.used - 1, freed=license.freed + by_owner)

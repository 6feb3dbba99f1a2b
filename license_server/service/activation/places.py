"""Places of a license: decided on, taken and given back under the lock on its row (protocol §6, §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy
from license_server.errors import LicenseExpired, MovesExhausted, NoActivationsLeft, ServiceError
from license_server.policy import Place
from license_server.records import Activation, License, ReleasedBy
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations
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


def find_seat(locked: LockedLicense, *, domain: str, environment: str, there: Activation | None) -> Seat | ServiceError:
    """Decide which place of the license a domain gets, or why none; changes nothing.

    ``there`` is the license's latest activation on the domain.
    """
    license, now = locked.license, locked.at
    is_test_copy = environment == Environment.STAGING
    staging_left = license.staging_used < license.staging_limit
    left = there if there is not None and (there.released_at is None or there.held_until(now)) else None
    if left is not None and policy.keeps_place(
        is_test_copy=is_test_copy,
        in_staging_place=left.in_staging_place,
        is_held=left.held_until(now) is not None,
        staging_left=staging_left,
    ):
        return Seat(None, left.in_staging_place)
    # What the domain gives back is of the other kind than what it takes, so it makes no room for itself.
    takes_staging = is_test_copy and staging_left
    # A test copy's staging place makes its domain no known one: it would be a way around the moves.
    known = there is not None and (takes_staging or activations.had_place(locked.connection, license.id, domain))
    if not known and license.is_over(now):
        return LicenseExpired(license=license)
    if takes_staging:
        return Seat(Place.STAGING, in_staging_place=True, left=left)
    place = policy.place_for(limit=license.domain_limit, used=license.used, freed=license.freed, known=known)
    if place is None:
        return no_activations_left(locked, is_test_copy=is_test_copy)
    if place is Place.MOVE:
        refusal = _refused_move(locked.connection, license, now)
        if refusal is not None:
            return refusal
    return Seat(place, in_staging_place=False, left=left)


def take(locked: LockedLicense, seat: Seat) -> None:
    """Take the place that was found."""
    if seat.left is not None:
        give_back(locked, in_staging_place=seat.left.in_staging_place, by_owner=True)
    if seat.place is None:
        return
    license = locked.license
    freed = policy.freed_after(seat.place, limit=license.domain_limit, used=license.used, freed=license.freed)
    if seat.in_staging_place:
        locked.change(staging_used=license.staging_used + 1, freed=freed)
    else:
        locked.change(used=license.used + 1, freed=freed)


def give_back(locked: LockedLicense, *, in_staging_place: bool, by_owner: bool) -> None:
    """Give one place back; an ordinary one that the owner freed counts as such."""
    license = locked.license
    if in_staging_place:
        locked.change(staging_used=license.staging_used - 1)
    else:
        locked.change(used=license.used - 1, freed=license.freed + by_owner)


def vacate(locked: LockedLicense, activation: Activation, by: ReleasedBy) -> None:
    """Give back the place of an activation that is released.

    An owner's release keeps the place of a domain for which an offline license is out: nobody can recall that. The
    vendor's frees it all the same.
    """
    if by is ReleasedBy.VENDOR or activation.held_until(locked.at) is None:
        give_back(locked, in_staging_place=activation.in_staging_place, by_owner=by is not ReleasedBy.VENDOR)


def released(locked: LockedLicense, activation: Activation, by: ReleasedBy) -> Activation:
    """Store the release of an activation and return it as it stands then; its place is vacated apart."""
    until = None if by is ReleasedBy.VENDOR else activation.offline_until
    gone = replace(activation, released_at=locked.at, released_by=by, offline_until=until)
    activations.release(locked.connection, gone)
    return gone


def release(locked: LockedLicense, activation: Activation, by: ReleasedBy) -> Activation:
    """Release an unreleased activation, with its place, and return it as it stands then."""
    vacate(locked, activation, by)
    return released(locked, activation, by)


def give_back_expired(locked: LockedLicense) -> None:
    """Give back, and store so, the places of released activations whose offline licenses are over.

    What their owner freed counts as such at once: a caller that refuses stores nothing of its own.
    """
    ended = activations.end_holds(locked.connection, locked.license.id, now=locked.at)
    for in_staging_place in ended:
        give_back(locked, in_staging_place=in_staging_place, by_owner=True)
    if ended:
        locked.save()


def take_up(locked: LockedLicense, held: Activation) -> Activation:
    """Give back the place that is held for a domain, for the same domain or on the vendor's word."""
    activations.set_offline_until(locked.connection, held.id, None)
    give_back(locked, in_staging_place=held.in_staging_place, by_owner=False)
    return replace(held, offline_until=None)


def no_activations_left(locked: LockedLicense, *, is_test_copy: bool) -> NoActivationsLeft:
    """Return the refusal that lists what could make room: for a site, none of those in staging places."""
    license, now = locked.stored, locked.at
    # The longest unseen first: a place on a domain that is gone is what most owners look for.
    holding = [
        item
        for item in activations.holding_places(locked.connection, license.id, now=now)
        if is_test_copy or not item.in_staging_place
    ]
    holding.sort(key=lambda item: (item.last_seen_at or 0, item.activated_at))
    return NoActivationsLeft(license=license, holding=tuple(holding[:MAX_LISTED]), at=now)


def _refused_move(connection: Connection, license: License, now: int) -> ServiceError | None:
    times = activations.move_times(connection, license.id, since=now - policy.MOVE_WINDOW)
    next_at = policy.next_move_at(times, allowed=license.plan.moves_per_year, now=now)
    return None if next_at is None else MovesExhausted(license=license, next_move_at=next_at)

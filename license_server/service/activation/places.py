"""Places of a license: taken and given back under the lock on its row (protocol §6, §8)."""

from license_server.policy import Place, PlaceKind
from license_server.records import Activation, ReleasedBy
from license_server.service.activation import leases
from license_server.service.activation.seats import Seat
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations, moves


def take(locked: LockedLicense, seat: Seat) -> None:
    """Take the place that was found."""
    if seat.left is not None:
        give_back(locked, seat.left.place_kind)
    if seat.place is None:
        return
    if seat.ended is not None:
        leases.end_hold(locked, seat.ended, seat.kind, is_paid=seat.place is Place.MOVE)
    if seat.place is Place.MOVE:
        number = locked.license.moves_made + 1
        moves.add(
            locked.connection, locked.license.id, number=number, at=locked.at, in_staging_place=seat.in_staging_place
        )
        locked.change(moves_made=number)
    _count(locked, seat.kind, 1)


def take_back(locked: LockedLicense, kind: PlaceKind) -> None:
    """Take a place of the kind, though it be beyond the limit."""
    _count(locked, kind, 1)


def give_back(locked: LockedLicense, kind: PlaceKind) -> None:
    """Give one place of the kind back."""
    _count(locked, kind, -1)


def vacate(locked: LockedLicense, activation: Activation, by: ReleasedBy) -> None:
    """Give back the place of an activation that is released.

    An owner's release keeps the place of a domain for which an offline license is out: nobody can recall that. The
    vendor's frees it all the same.
    """
    if by is ReleasedBy.VENDOR or activation.offline_hold(locked.at) is None:
        give_back(locked, activation.place_kind)


def release(locked: LockedLicense, activation: Activation, by: ReleasedBy) -> Activation:
    """Release an unreleased activation, with its place, and return it as it stands then."""
    vacate(locked, activation, by)
    gone = leases.released(locked, activation, by)
    activations.save(locked.connection, gone, at=locked.at)
    return gone


def give_back_expired(locked: LockedLicense) -> None:
    """Give back, and store so, the places of released activations whose offline licenses are over.

    A caller that refuses stores nothing of its own.
    """
    ended = activations.end_holds(locked.connection, locked.license.id, now=locked.at)
    for in_staging_place in ended:
        give_back(locked, PlaceKind.STAGING if in_staging_place else PlaceKind.ORDINARY)
    if ended:
        locked.save()


def free(locked: LockedLicense, held: Activation) -> Activation:
    """Free what is held for a released activation, on the vendor's word, and return it as it stands then."""
    if held.offline_hold(locked.at) is not None:
        give_back(locked, held.place_kind)
    freed = leases.without_holds(held)
    activations.save(locked.connection, freed, at=locked.at)
    return freed


def _count(locked: LockedLicense, kind: PlaceKind, by: int) -> None:
    license = locked.license
    if kind is PlaceKind.STAGING:
        locked.change(staging_used=license.staging_used + by)
    else:
        locked.change(used=license.used + by)

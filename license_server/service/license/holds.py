"""Which places of a license are held for domains that left them, and what moves are left?"""

from collections.abc import Iterable
from dataclasses import dataclass

from license_server import policy
from license_server.policy import PlaceKind
from license_server.records import Activation, License
from license_server.service.context import Context
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations, moves


@dataclass(frozen=True, slots=True)
class Hold:
    """A place of a kind that is held for the domain of an activation, until when nothing signed for it is good."""

    activation: Activation
    kind: PlaceKind
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What is held, the first to end first, and how many moves and changes of test copies are left of how many."""

    holds: tuple[Hold, ...]
    moves_left: int
    moves_allowed: int
    changes_left: int

    def held(self, kind: PlaceKind) -> int:
        """Return how many places of a kind are held."""
        return sum(hold.kind is kind for hold in self.holds)


def of_license(context: Context, license: License) -> Holds:
    """Return what is held of a license now."""
    now = context.clock()
    since = now - policy.MOVE_WINDOW
    with context.store.read() as connection:
        found = activations.with_leases_out(connection, license.id, now=now)
        made = {
            kind: moves.times(connection, license.id, since=since, in_staging_place=kind is PlaceKind.STAGING)
            for kind in PlaceKind
        }
    allowed = {kind: policy.moves_allowed(kind, per_year=license.plan.moves_per_year) for kind in PlaceKind}
    left = {kind: policy.moves_left(made[kind], allowed=allowed[kind], now=now) for kind in PlaceKind}
    return Holds(
        holds=_holds(found, now),
        moves_left=left[PlaceKind.ORDINARY],
        moves_allowed=allowed[PlaceKind.ORDINARY],
        changes_left=left[PlaceKind.STAGING],
    )


def end_excess(locked: LockedLicense) -> list[str]:
    """End the holds that the license's limits leave no place for, the first to end first; return whose they were.

    A domain that lost its hold so needs a place like any other, so that what is beyond a smaller plan runs out.
    """
    connection, license = locked.connection, locked.license
    found = _holds(activations.with_leases_out(connection, license.id, now=locked.at), locked.at)
    room = {
        PlaceKind.ORDINARY: license.domain_limit - license.used,
        PlaceKind.STAGING: license.staging_limit - license.staging_used,
    }
    ended = []
    for kind, free in room.items():
        of_kind = [hold for hold in found if hold.kind is kind]
        for hold in of_kind[: max(0, len(of_kind) - max(0, free))]:
            # As it stands by now: the other of its holds may have ended before this.
            activation = activations.find(connection, hold.activation.id) or hold.activation
            activations.save(connection, activation.with_leases_out(kind, None), at=locked.at)
            ended.append(activation.domain)
    return ended


def _holds(found: Iterable[Activation], now: int) -> tuple[Hold, ...]:
    holds = [
        Hold(one, kind, until)
        for one in found
        for kind in PlaceKind
        if (until := one.lease_hold(kind, now)) is not None
    ]
    return tuple(sorted(holds, key=lambda hold: (hold.until, hold.activation.id)))

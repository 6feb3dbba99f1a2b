"""Which place does a domain get, and whose hold ends by that? Decided under the lock on the license (protocol §6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from license_server import policy
from license_server.errors import LicenseExpired, MovesExhausted, NoActivationsLeft, ServiceError
from license_server.errors.calls import OnlyByMove
from license_server.policy import Place, PlaceKind
from license_server.records import Activation
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations, moves
from theme_license.signed_license import Environment

MAX_LISTED = 100
"""Activations that a refusal lists, so that it stays far below what a client reads (64 KiB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The place that a domain is to have, decided on and not yet taken.

    ``place`` is None where the domain stays in the one that it has; ``left`` is the activation on the same domain
    whose place of the other kind it gives back instead. ``ended`` is whose hold ends, ``moves_left`` how many moves of
    this kind are left once one is made.
    """

    place: Place | None
    kind: PlaceKind
    left: Activation | None = None
    ended: Activation | None = None
    moves_left: int | None = None

    @property
    def in_staging_place(self) -> bool:
        """Whether it is a place for test copies."""
        return self.kind is PlaceKind.STAGING


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whom a place is looked for.

    ``there`` is the license's latest activation on the domain. ``leaving`` is one that is released for it, as it will
    stand. Without ``may_move`` nobody's hold is ended; ``is_undo`` has a move that is needed made, whatever is left.
    """

    domain: str
    environment: str
    there: Activation | None
    leaving: Activation | None = None
    may_move: bool = True
    is_undo: bool = False

    @property
    def is_test_copy(self) -> bool:
        """Whether it is to be a test copy."""
        return self.environment == Environment.STAGING


def find_seat(locked: LockedLicense, asked: Asked) -> Seat | ServiceError:
    """Decide which place of the license a domain gets, or why none; changes nothing."""
    now, there = locked.at, asked.there
    others = _others(locked, asked)
    left = there if there is not None and there.takes(there.place_kind, now) else None
    staging = _chance(locked, asked, PlaceKind.STAGING, others) if asked.is_test_copy else None
    if left is not None and policy.keeps_place(
        is_test_copy=asked.is_test_copy,
        in_staging_place=left.in_staging_place,
        is_offline=left.offline_hold(now) is not None,
        staging_left=staging is not None and staging.place in (Place.FREE, Place.RETURN),
    ):
        return Seat(place=None, kind=left.place_kind)
    # What the domain gives back is of the other kind than what it takes, so it makes no room for itself.
    if staging is not None:
        seat = _seat(locked, asked, staging, left)
        if isinstance(seat, Seat):
            return seat
    # Why a test copy gets no staging place matters less than why it gets no place at all.
    return _seat(locked, asked, _chance(locked, asked, PlaceKind.ORDINARY, others), left)


def vendors_seat(locked: LockedLicense, *, domain: str, there: Activation | None) -> Seat | None:
    """Return the ordinary place that a domain gets on the vendor's word, or None when all are in use.

    It is no move, whosever hold it ends. ``there`` is a released activation on the domain.
    """
    asked = Asked(domain=domain, environment=Environment.PRODUCTION.value, there=there)
    if there is not None and there.takes(PlaceKind.ORDINARY, locked.at):
        return Seat(place=None, kind=PlaceKind.ORDINARY)
    chance = _chance(locked, asked, PlaceKind.ORDINARY, _others(locked, asked))
    if chance.place is None:
        return None
    left = there if there is not None and there.takes(PlaceKind.STAGING, locked.at) else None
    return Seat(
        place=Place.RETURN if chance.place is Place.RETURN else Place.FREE,
        kind=PlaceKind.ORDINARY,
        left=left,
        ended=chance.ended,
    )


def recovered_place(
    locked: LockedLicense, *, domain: str, environment: str, there: Activation | None
) -> tuple[PlaceKind, bool]:
    """Return the kind of place that a domain gets which a restore lost, and whether that is beyond the limit.

    It ends nobody's hold: what is not free is beyond the limit.
    """
    asked = Asked(domain=domain, environment=environment, there=there)
    others = _others(locked, asked)
    kinds = [PlaceKind.ORDINARY]
    if asked.is_test_copy and locked.license.staging_limit > 0:
        kinds.insert(0, PlaceKind.STAGING)
    for kind in kinds:
        if _chance(locked, asked, kind, others).is_free:
            return kind, False
    return kinds[0], True


def has_room_for(locked: LockedLicense, beyond: Activation) -> bool:
    """Return whether an activation that is beyond the limit fits into it by now."""
    license, kind = locked.license, beyond.place_kind
    asked = Asked(domain=beyond.domain, environment=beyond.environment, there=beyond)
    held = sum(one.lease_hold(kind, locked.at) is not None for one in _others(locked, asked))
    if kind is PlaceKind.STAGING:
        return license.staging_used + held <= license.staging_limit
    return license.used + held <= license.domain_limit


def no_activations_left(locked: LockedLicense, *, is_test_copy: bool) -> NoActivationsLeft:
    """Return the refusal that lists what could make room: for a site, none of those in staging places."""
    license, now = locked.stored, locked.at
    # The longest unseen first: a place on a domain that is gone is what most owners look for.
    holding = [
        item
        for item in activations.taking_places(locked.connection, license.id, now=now)
        if is_test_copy or not item.in_staging_place
    ]
    return NoActivationsLeft(license=license, holding=_listed(holding), at=now)


def moves_left(locked: LockedLicense, kind: PlaceKind) -> tuple[int, int | None]:
    """Return how many moves of a kind are left, and when another is possible if none is."""
    allowed = policy.moves_allowed(kind, per_year=locked.license.plan.moves_per_year)
    since = locked.at - policy.MOVE_WINDOW
    made = moves.times(locked.connection, locked.license.id, since=since, in_staging_place=kind is PlaceKind.STAGING)
    left = policy.moves_left(made, allowed=allowed, now=locked.at)
    return left, policy.next_move_at(made, allowed=allowed, now=locked.at)


@dataclass(frozen=True, slots=True)
class _Chance:
    """How a domain can come to a place of a kind, and the others' holds, the first to end first.

    ``is_free`` says that none of these ends by it.
    """

    kind: PlaceKind
    place: Place | None
    is_free: bool
    holds: tuple[tuple[int, Activation], ...]

    @property
    def ended(self) -> Activation | None:
        """Whose hold ends by taking it."""
        return None if self.place is None or self.is_free else self.holds[0][1]


def _others(locked: LockedLicense, asked: Asked) -> list[Activation]:
    """Return the activations on other domains that may hold a place."""
    leaving = [] if asked.leaving is None else [asked.leaving]
    found = activations.with_leases_out(locked.connection, locked.license.id, now=locked.at)
    gone = {one.id for one in leaving}
    return leaving + [one for one in found if one.domain != asked.domain and one.id not in gone]


def _chance(locked: LockedLicense, asked: Asked, kind: PlaceKind, others: Iterable[Activation]) -> _Chance:
    license, now, there = locked.license, locked.at, asked.there
    found = ((one.lease_hold(kind, now), one) for one in others)
    holds = sorted(((until, one) for until, one in found if until is not None), key=lambda hold: (hold[0], hold[1].id))
    is_staging = kind is PlaceKind.STAGING
    is_held = there is not None and there.lease_hold(kind, now) is not None
    is_paid = (
        there is not None
        and there.place_kind is kind
        and policy.may_return(there.released_at, is_paid=there.return_is_paid, now=now)
    )
    limit, used = (license.staging_limit, license.staging_used) if is_staging else (license.domain_limit, license.used)
    place = policy.place_for(limit=limit, used=used, held=len(holds), is_held=is_held, is_paid=is_paid)
    return _Chance(kind, place, used + len(holds) < limit, tuple(holds))


def _seat(locked: LockedLicense, asked: Asked, chance: _Chance, left: Activation | None) -> Seat | ServiceError:
    """Return the seat that a chance comes to, or why not."""
    license, now, there = locked.license, locked.at, asked.there
    takes_staging = chance.kind is PlaceKind.STAGING and chance.place is not None
    # A test copy's staging place makes its domain no known one: the term's end would not matter to it.
    if license.is_over(now):
        known = there is not None and (
            takes_staging or activations.had_place(locked.connection, license.id, asked.domain)
        )
        if not known:
            return LicenseExpired(license=license)
    if chance.place is None:
        return no_activations_left(locked, is_test_copy=asked.is_test_copy)
    if chance.ended is not None and not asked.may_move:
        held = [one for _, one in chance.holds]
        return OnlyByMove(license=locked.stored, holding=_listed(held), at=now)
    left_after = None
    if chance.place is Place.MOVE:
        remaining, next_at = moves_left(locked, chance.kind)
        if next_at is not None and not asked.is_undo:
            # What would leave for this domain stays, so that it holds nothing that could end.
            ends = [until for until, one in chance.holds if one is not asked.leaving]
            return MovesExhausted(license=license, next_move_at=min([next_at, *ends]))
        left_after = max(0, remaining - 1)
    return Seat(place=chance.place, kind=chance.kind, left=left, ended=chance.ended, moves_left=left_after)


def _listed(found: list[Activation]) -> tuple[Activation, ...]:
    found.sort(key=lambda item: (item.last_seen_at or 0, item.activated_at))
    return tuple(found[:MAX_LISTED])

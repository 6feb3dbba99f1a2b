"""The owner's portal: what whoever typed a license key may see and do without a call from a site (protocol §6, §8)."""

import hmac
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.errors import MovesExhausted, ServiceError, UndoOver
from license_server.errors.calls import ActivationOfAnother, DomainInUseAgain
from license_server.errors.licenses import LicenseUnknown
from license_server.policy import Place
from license_server.records import Activation, Actor, AuditFilter, License, ReleasedBy
from license_server.secret_purposes import Purpose
from license_server.service.activation import activation_lookup, granting, places
from license_server.service.activation.places import Seat
from license_server.service.context import Context
from license_server.service.license import license_key_lookup, license_lookup, locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic import call_limits
from license_server.service.traffic.call_limits import Door, KeyCalls
from license_server.store import activations, audit
from theme_license.domain import parse_domain
from theme_license.signed_license import Environment

REPORT_SECONDS = policy.DAY
"""How long a report of one activation stands before another is written."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An activation as its owner sees it.

    ``is_held``: it was released, and an offline license holds the place until ``activation.offline_until``.
    ``undo_until``: until when the release can be taken back, or None.
    """

    activation: Activation
    is_held: bool
    undo_until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A license as its owner sees it; ``next_move_at`` is when another move is possible, None while one is left."""

    license: License
    activations: tuple[Shown, ...]
    moves_allowed: int
    moves_left: int
    next_move_at: int | None


def sign_in(context: Context, key_text: str, *, address: str) -> License:
    """Return the license of the key that an owner typed, whatever became of it; a call of the key.

    Raises :class:`LicenseKeyMalformed`, :class:`LicenseNotFound` or :class:`RateLimited`.
    """
    key = license_key_lookup.parse(context, key_text, address=address)
    license, calls = license_key_lookup.find(context, key, door=Door.PORTAL, address=address)
    if calls.spent is not None:
        raise calls.spent
    context.store.transact(lambda connection: calls.count(connection, refused=False))
    return license


def key_tag(context: Context, license: License) -> str:
    """Return what a session keeps so that a new key ends it; nothing of the key follows from it."""
    return _key_tags(context, license)[-1]


def is_current(context: Context, license_id: str, tag: str) -> License | None:
    """Return the license of a session, or None when its key was replaced since."""
    try:
        license = license_lookup.find(context, license_id)
    except LicenseUnknown:
        return None
    # As bytes: compare_digest refuses other text than ASCII, and a cookie may hold any.
    told = tag.encode("utf-8", "replace")
    is_same = [hmac.compare_digest(made.encode("ascii"), told) for made in _key_tags(context, license)]
    return license if any(is_same) else None


def _key_tags(context: Context, license: License) -> list[str]:
    """Return the tag by each token secret that is read; the last is for a new session."""
    made = context.secrets.derive_all(Purpose.PORTAL_KEY_TAG, license.id.encode("ascii"), license.key_digest)
    return [tag.hex()[:32] for tag in made]


def overview(context: Context, license_id: str) -> Overview:
    """Return the license with what holds a place, and what its owner can still take back. Raises :class:`NotFound`."""
    license = license_lookup.find(context, license_id)
    now = context.clock()

    def work(connection: Connection) -> tuple[list[Activation], list[int]]:
        shown = activations.shown_to_owner(connection, license_id, now=now, undoable_since=now - policy.UNDO_SECONDS)
        return shown, activations.move_times(connection, license_id, since=now - policy.MOVE_WINDOW)

    found, moves = context.store.query(work)
    allowed = license.plan.moves_per_year
    return Overview(
        license=license,
        activations=tuple(
            Shown(
                activation,
                is_held=activation.released_at is not None and activation.held_until(now) is not None,
                undo_until=activation.undo_until(now),
            )
            for activation in _one_a_domain(found, now)
        ),
        moves_allowed=allowed,
        moves_left=policy.moves_left(moves, allowed=allowed, now=now),
        next_move_at=policy.next_move_at(moves, allowed=allowed, now=now),
    )


def release(context: Context, license_id: str, activation_id: str) -> Activation:
    """Release an activation of the license; one that is released already is returned as it is.

    Raises :class:`NotFound`.
    """

    def work(connection: Connection) -> Activation:
        locked = locked_license.require(context, connection, license_id)
        activation = _own(locked, activation_id)
        if activation.released_at is not None:
            return activation
        locked.record(AuditAction.RELEASE, activation.id, Actor.OWNER, domain=activation.domain)
        released = places.release(locked, activation, ReleasedBy.OWNER)
        locked.save()
        return released

    return context.store.transact(work)


def undo(context: Context, license_id: str, activation_id: str, *, address: str) -> Activation:
    """Take an owner's release back: the same activation is in use again, if it gets a place without a move.

    It counts as a call of the key from ``address``. One that is in use is returned as it is.
    Raises :class:`NotFound`, :class:`UndoOver` and what an activation raises.
    """
    license = license_lookup.find(context, license_id)
    calls = call_limits.key_calls(context, license, door=Door.PORTAL, address=address)

    def work(connection: Connection) -> Activation | ServiceError:
        undone = _undo(context, connection, license_id, activation_id, calls)
        calls.count(connection, refused=isinstance(undone, ServiceError))
        return undone

    outcome = context.store.transact(work)
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def report(context: Context, license_id: str, activation_id: str) -> None:
    """Write down that the owner knows nothing of an activation; once a day for each. Raises :class:`NotFound`."""

    def work(connection: Connection) -> None:
        locked = locked_license.require(context, connection, license_id)
        activation = _own(locked, activation_id)
        since = locked.at - REPORT_SECONDS + 1
        recent = AuditFilter(chain=license_id, object=activation.id, action=AuditAction.REPORT, since=since)
        if not audit.search(connection, recent, limit=1):
            locked.record(AuditAction.REPORT, activation.id, Actor.OWNER, domain=activation.domain)
            locked.save()

    context.store.transact(work)


def _undo(
    context: Context, connection: Connection, license_id: str, activation_id: str, calls: KeyCalls
) -> Activation | ServiceError:
    locked = locked_license.require(context, connection, license_id)
    license, activation = locked.license, _own(locked, activation_id)
    if activation.released_at is None:
        return activation
    if activation.undo_until(locked.at) is None:
        return UndoOver()
    refusal = (
        calls.spent
        or granting.refused_by_status(license)
        or granting.refused_by_domain(connection, license, parse_domain(activation.domain))
    )
    if refusal is not None:
        return refusal
    there = activations.latest_on(connection, license.id, activation.domain)
    if there is not None and there.released_at is None:
        return DomainInUseAgain(domain=activation.domain)
    places.give_back_expired(locked)
    seat = places.find_seat(locked, domain=activation.domain, environment=activation.environment, there=there)
    if isinstance(seat, MovesExhausted) or (isinstance(seat, Seat) and seat.place is Place.MOVE):
        return places.no_activations_left(locked, is_test_copy=activation.environment == Environment.STAGING)
    if isinstance(seat, ServiceError):
        return seat
    held_until = None if there is None else there.held_until(locked.at)
    if there is not None and held_until is not None:
        activations.set_offline_until(connection, there.id, None)
    undone = replace(
        activation,
        released_at=None,
        released_by=None,
        in_staging_place=seat.in_staging_place,
        offline_until=held_until,
    )
    places.take(locked, seat)
    activations.seat(connection, undone, at=locked.at, counts_as_move=False)
    locked.record(AuditAction.UNDO, undone.id, Actor.OWNER, domain=undone.domain)
    locked.save()
    return undone


def _own(locked: LockedLicense, activation_id: str) -> Activation:
    """Return an activation of the license. Raises :class:`ActivationOfAnother`."""
    activation, license_id = activation_lookup.find_named(locked.connection, activation_id), locked.license.id
    if activation is None or activation.license_id != license_id:
        raise ActivationOfAnother
    return activation


def _one_a_domain(found: list[Activation], now: int) -> list[Activation]:
    """Return of each domain the activation in use, else the one whose place is held, else the latest released."""

    def rank(activation: Activation) -> tuple[bool, bool, int]:
        is_released = activation.released_at is not None
        return not is_released, activation.held_until(now) is not None, activation.released_at or 0

    best: dict[str, Activation] = {}
    for activation in found:
        if activation.domain not in best or rank(activation) > rank(best[activation.domain]):
            best[activation.domain] = activation
    return [activation for activation in found if best[activation.domain] is activation]

"""The owner's portal: what whoever typed a license key may see and do without a call from a site (protocol §6, §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.errors import ServiceError, UndoOver
from license_server.errors.calls import ActivationOfAnother, DomainInUseAgain
from license_server.records import Activation, Actor, AuditFilter, License, ReleasedBy
from license_server.service.activation import activation_lookup, granting, places, seats
from license_server.service.activation.seats import Asked
from license_server.service.context import Context
from license_server.service.license import license_lookup, locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.service.traffic import call_limits
from license_server.service.traffic.call_limits import Door, KeyCalls
from license_server.store import activations, audit, moves
from theme_license.domain import parse_domain

REPORT_SECONDS = policy.DAY
"""How long a report of one activation stands before another is written."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An activation as its owner sees it.

    ``held_until``: it was released, and until then its place is held for its domain, by an offline license or, as
    ``is_movable`` says, by leases, whose hold a move ends.
    ``undo_until``: until when the release can be taken back, or None.
    """

    activation: Activation
    held_until: int | None
    is_movable: bool
    undo_until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A license as its owner sees it; ``next_move_at`` is when another move is possible, None while one is left."""

    license: License
    activations: tuple[Shown, ...]
    moves_allowed: int
    moves_left: int
    next_move_at: int | None


def overview(context: Context, license_id: str) -> Overview:
    """Return the license with what holds a place, and what its owner can still take back. Raises :class:`NotFound`."""
    license = license_lookup.find(context, license_id)
    now = context.clock()

    def work(connection: Connection) -> tuple[list[Activation], list[int]]:
        shown = activations.shown_to_owner(connection, license_id, now=now, undoable_since=now - policy.UNDO_SECONDS)
        since = now - policy.MOVE_WINDOW
        return shown, moves.times(connection, license_id, since=since, in_staging_place=False)

    found, made = context.store.query(work)
    allowed = license.plan.moves_per_year
    return Overview(
        license=license,
        activations=tuple(
            Shown(
                activation,
                held_until=activation.held_until(now),
                is_movable=activation.offline_hold(now) is None,
                undo_until=activation.undo_until(now),
            )
            for activation in _one_a_domain(found, now)
        ),
        moves_allowed=allowed,
        moves_left=policy.moves_left(made, allowed=allowed, now=now),
        next_move_at=policy.next_move_at(made, allowed=allowed, now=now),
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
    """Take an owner's release back: the same activation is in use again, if there is a place for it.

    Where that takes a move, it is made, whatever is left of them. It counts as a call of the key from ``address``. One
    that is in use is returned as it is.
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
    if there is None or there.id != activation.id:
        # The version before made another activation each time.
        in_use = there is not None and there.released_at is None
        return DomainInUseAgain(domain=activation.domain) if in_use else UndoOver()
    places.give_back_expired(locked)
    asked = Asked(domain=activation.domain, environment=activation.environment, there=activation, is_undo=True)
    seat = seats.find_seat(locked, asked)
    if isinstance(seat, ServiceError):
        return seat
    undone = replace(
        activation,
        released_at=None,
        released_by=None,
        in_staging_place=seat.in_staging_place,
        offline_until=activation.offline_hold(locked.at),
        return_is_paid=False,
    )
    told: dict[str, object] = {} if seat.place is None else {"place": seat.place, "kind": seat.kind}
    if seat.ended is not None:
        told["moved_from"] = seat.ended.domain
    activations.save(connection, undone, at=locked.at)
    locked.record(AuditAction.UNDO, undone.id, Actor.OWNER, domain=undone.domain, **told)
    places.take(locked, seat)
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

    def rank(activation: Activation) -> tuple[bool, int, int]:
        is_released = activation.released_at is not None
        return not is_released, activation.held_until(now) or 0, activation.released_at or 0

    best: dict[str, Activation] = {}
    for activation in found:
        if activation.domain not in best or rank(activation) > rank(best[activation.domain]):
            best[activation.domain] = activation
    return [activation for activation in found if best[activation.domain] is activation]

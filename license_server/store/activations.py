"""Activations: one license on one domain; released, never deleted."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, func, insert, or_, select, update

from license_server.records import Activation, ReleasedBy, Signable
from license_server.store.licenses import ALL_COLUMNS, JOINED
from license_server.store.rows import ACTIVATION_COLUMNS, activation_from, license_from
from license_server.store.signing_keys import CURRENT_KEY_ID
from license_server.store.tables import activations, licenses
from theme_license.signed_license import Environment


def add(connection: Connection, activation: Activation) -> None:
    """Store an activation that begins in the place it is in."""
    placed_at = None if activation.in_staging_place else activation.activated_at
    connection.execute(_ADD, {**_values(activation), "placed_at": placed_at})


def save(connection: Connection, activation: Activation, *, at: int) -> None:
    """Store an activation that was there before as it is ``at`` this moment.

    The first time that it is in an ordinary place is kept.
    """
    values: dict[str, object] = _values(activation)
    # What was noted meanwhile stays.
    if activation.last_seen_at is None:
        del values["last_seen_at"]
    else:
        values["last_seen_at"] = case(
            (activations.c.last_seen_at > activation.last_seen_at, activations.c.last_seen_at),
            else_=activation.last_seen_at,
        )
    if activation.released_at is None and not activation.in_staging_place:
        values["placed_at"] = func.coalesce(activations.c.placed_at, at)
    connection.execute(update(activations).where(activations.c.id == activation.id).values(values))


def signable(connection: Connection, activation_id: str, license_id: str, *, at: int) -> Signable | None:
    """Return the activation with its license, in one statement, or None when it is not one of that license.

    ``at`` is a time before this call.
    """
    row = connection.execute(_SIGNABLE, {"activation": activation_id, "license": license_id}).one_or_none()
    if row is None:
        return None
    return Signable(activation_from(row), license_from(row), row._mapping["current_key_id"], at)


def find(connection: Connection, activation_id: str) -> Activation | None:
    """Return the activation, or None."""
    row = connection.execute(_SELECT.where(activations.c.id == activation_id)).one_or_none()
    return None if row is None else activation_from(row)


def latest_on(connection: Connection, license_id: str, domain: str) -> Activation | None:
    """Return the license's activation on ``domain`` that is in use, else a released one, else None.

    Of the released ones it is the one for which an offline license is out, or that its place is held for.
    """
    row = connection.execute(_LATEST_ON, {"license": license_id, "domain": domain}).one_or_none()
    return None if row is None else activation_from(row)


def had_place(connection: Connection, license_id: str, domain: str) -> bool:
    """Return whether the license ever had an ordinary place on ``domain``; a test copy's staging place is none."""
    return bool(connection.execute(_HAD_PLACE, {"license": license_id, "domain": domain}).scalar())


def of_license(connection: Connection, license_id: str, *, released: bool = False) -> list[Activation]:
    """Return the activations of a license, oldest first; the released ones too if ``released``."""
    oldest_first = (activations.c.activated_at, activations.c.id)
    statement = _SELECT.where(activations.c.license_id == license_id).order_by(*oldest_first)
    if not released:
        statement = statement.where(activations.c.released_at.is_(None))
    return [activation_from(row) for row in connection.execute(statement)]


def taking_places(connection: Connection, license_id: str, *, now: int) -> list[Activation]:
    """Return the activations that take a place: those in use, and the released ones with an offline license out."""
    statement = _SELECT.where(
        activations.c.license_id == license_id,
        or_(activations.c.released_at.is_(None), activations.c.offline_until > now),
    )
    return [activation_from(row) for row in connection.execute(statement)]


def with_leases_out(connection: Connection, license_id: str, *, now: int) -> list[Activation]:
    """Return the activations for which leases are out that were signed in a place that they may have left.

    Also the released ones for which an offline license was out, whether or not it is over.
    """
    rows = connection.execute(_WITH_LEASES_OUT, {"license": license_id, "now": now})
    return [activation_from(row) for row in rows]


def shown_to_owner(connection: Connection, license_id: str, *, now: int, undoable_since: int) -> list[Activation]:
    """Return what has or holds a place, and what the owner released after ``undoable_since``; oldest first."""
    by_owner = and_(activations.c.released_by == ReleasedBy.OWNER, activations.c.released_at > undoable_since)
    statement = _SELECT.where(
        activations.c.license_id == license_id,
        or_(
            activations.c.released_at.is_(None),
            activations.c.offline_until > now,
            activations.c.signed_until > now,
            activations.c.staging_signed_until > now,
            by_owner,
        ),
    ).order_by(activations.c.activated_at, activations.c.id)
    return [activation_from(row) for row in connection.execute(statement)]


def search(
    connection: Connection, *, license_id: str | None, domain: str | None, released: bool, limit: int
) -> list[Activation]:
    """Return the newest activations that match, at most ``limit``."""
    statement = _SELECT.order_by(activations.c.activated_at.desc(), activations.c.id).limit(limit)
    if license_id is not None:
        statement = statement.where(activations.c.license_id == license_id)
    if domain is not None:
        statement = statement.where(activations.c.domain == domain)
    if not released:
        statement = statement.where(activations.c.released_at.is_(None))
    return [activation_from(row) for row in connection.execute(statement)]


def set_offline_until(connection: Connection, activation_id: str, at: int | None) -> None:
    """Store until when an offline license is out for the activation's domain."""
    connection.execute(update(activations).where(activations.c.id == activation_id).values(offline_until=at))


def end_holds(connection: Connection, license_id: str, *, now: int) -> list[bool]:
    """Forget the offline licenses of released activations that are over at ``now``.

    Return of each whether the place that it held is a staging place.
    """
    statement = (
        update(activations)
        .where(
            activations.c.license_id == license_id,
            activations.c.released_at.is_not(None),
            activations.c.offline_until <= now,
        )
        .values(offline_until=None)
        .returning(activations.c.in_staging_place)
    )
    return list(connection.execute(statement).scalars())


def take_over_holds(connection: Connection, activation: Activation) -> None:
    """Forget what other activations on its domain hold: a domain's holds are its one activation's."""
    connection.execute(
        update(activations)
        .where(
            activations.c.license_id == activation.license_id,
            activations.c.domain == activation.domain,
            activations.c.id != activation.id,
        )
        .values(signed_until=None, staging_signed_until=None, offline_until=None)
    )


def lengthen_leases(connection: Connection, license_id: str, environment: Environment, *, seconds: int) -> None:
    """Keep that each site of the license in use there may have had a lease of ``seconds`` with grace."""
    shorter = func.coalesce(activations.c.longest_lease, 0) < seconds
    connection.execute(
        update(activations)
        .where(
            activations.c.license_id == license_id,
            activations.c.released_at.is_(None),
            activations.c.environment == environment,
            shorter,
        )
        .values(longest_lease=seconds)
    )


def oldest_in_use(connection: Connection, license_id: str) -> int | None:
    """Return when the oldest activation of the license that is in use was made, or None when none is."""
    statement = select(func.min(activations.c.activated_at)).where(
        activations.c.license_id == license_id, activations.c.released_at.is_(None)
    )
    return connection.execute(statement).scalar()


def note_last_seen(connection: Connection, seen: Mapping[str, int]) -> None:
    """Store when each activation was last heard of, in the order of ``seen``; what is stored never goes back."""
    if seen:
        connection.execute(_SEEN, [{"of": activation_id, "at": at} for activation_id, at in seen.items()])


def note_in_use(connection: Connection, activation_id: str, *, at: int) -> bool:
    """Store that an activation was heard of, if it is in use; return whether it is."""
    return connection.execute(_SEEN_IN_USE, {"of": activation_id, "at": at}).rowcount == 1


def _values(activation: Activation) -> dict[str, object]:
    return {name: getattr(activation, name) for name in Activation.__dataclass_fields__}


_SELECT: Select[tuple[object, ...]] = select(*ACTIVATION_COLUMNS)
_SIGNABLE: Select[tuple[Any, ...]] = (
    select(*ACTIVATION_COLUMNS, *ALL_COLUMNS, CURRENT_KEY_ID.label("current_key_id"))
    .select_from(JOINED.join(activations, activations.c.license_id == licenses.c.id))
    .where(activations.c.id == bindparam("activation"), licenses.c.id == bindparam("license"))
)
_ADD = insert(activations)
_LATER = case((activations.c.last_seen_at > bindparam("at"), activations.c.last_seen_at), else_=bindparam("at"))
_SEEN = update(activations).where(activations.c.id == bindparam("of")).values(last_seen_at=_LATER)
_SEEN_IN_USE = _SEEN.where(activations.c.released_at.is_(None))
_OF_DOMAIN = (activations.c.license_id == bindparam("license"), activations.c.domain == bindparam("domain"))
_HAD_PLACE = select(exists().where(*_OF_DOMAIN, activations.c.placed_at.is_not(None)))
_LATEST_ON = (
    _SELECT.where(*_OF_DOMAIN)
    .order_by(
        activations.c.released_at.is_not(None),
        *(
            func.coalesce(column, 0).desc()
            for column in (
                activations.c.offline_until,
                activations.c.signed_until,
                activations.c.staging_signed_until,
                activations.c.released_at,
            )
        ),
    )
    .limit(1)
)
_WITH_LEASES_OUT = _SELECT.where(
    activations.c.license_id == bindparam("license"),
    or_(
        activations.c.signed_until > bindparam("now"),
        activations.c.staging_signed_until > bindparam("now"),
        and_(activations.c.released_at.is_not(None), activations.c.offline_until.is_not(None)),
    ),
)

"""Activations: one license on one domain; released, never deleted."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, insert, or_, select, update

from license_server.records import Activation, ReleasedBy, Signable
from license_server.store.licenses import ALL_COLUMNS, JOINED
from license_server.store.rows import ACTIVATION_COLUMNS, activation_from, license_from
from license_server.store.signing_keys import CURRENT_KEY_ID
from license_server.store.tables import activations, licenses


def add(connection: Connection, activation: Activation, *, counts_as_move: bool) -> None:
    """Store an activation that begins in the place it is in."""
    values = {name: getattr(activation, name) for name in Activation.__dataclass_fields__}
    placed_at = None if activation.in_staging_place else activation.activated_at
    connection.execute(_ADD, {**values, "counts_as_move": counts_as_move, "placed_at": placed_at})


def signable(connection: Connection, activation_id: str, license_id: str) -> Signable | None:
    """Return the activation with its license, in one statement, or None when it is not one of that license."""
    row = connection.execute(_SIGNABLE, {"activation": activation_id, "license": license_id}).one_or_none()
    return None if row is None else Signable(activation_from(row), license_from(row), row._mapping["current_key_id"])


def find(connection: Connection, activation_id: str) -> Activation | None:
    """Return the activation, or None."""
    row = connection.execute(_SELECT.where(activations.c.id == activation_id)).one_or_none()
    return None if row is None else activation_from(row)


def latest_on(connection: Connection, license_id: str, domain: str) -> Activation | None:
    """Return the license's activation on ``domain`` that is in use, else a released one, else None.

    Of the released ones it is the one for which an offline license is out, if there is one.
    """
    row = connection.execute(_LATEST_ON, {"license": license_id, "domain": domain}).one_or_none()
    return None if row is None else activation_from(row)


def move_times(connection: Connection, license_id: str, *, since: int) -> list[int]:
    """Return the times of the license's moves after ``since``."""
    statement = select(activations.c.placed_at).where(
        activations.c.license_id == license_id,
        activations.c.counts_as_move.is_(True),
        activations.c.placed_at > since,
    )
    return list(connection.execute(statement).scalars())


def had_place(connection: Connection, license_id: str, domain: str) -> bool:
    """Return whether the license ever had an ordinary place on ``domain``; a test copy's staging place is none."""
    return bool(connection.execute(_HAD_PLACE, {"license": license_id, "domain": domain}).scalar())


def of_license(connection: Connection, license_id: str, *, released: bool = False) -> list[Activation]:
    """Return the activations of a license, oldest first; the released ones too if ``released``."""
    statement = _SELECT.where(activations.c.license_id == license_id).order_by(activations.c.activated_at)
    if not released:
        statement = statement.where(activations.c.released_at.is_(None))
    return [activation_from(row) for row in connection.execute(statement)]


def holding_places(connection: Connection, license_id: str, *, now: int) -> list[Activation]:
    """Return the activations that take a place: those in use, and the released ones with an offline license out."""
    statement = _SELECT.where(
        activations.c.license_id == license_id,
        or_(activations.c.released_at.is_(None), activations.c.offline_until > now),
    )
    return [activation_from(row) for row in connection.execute(statement)]


def shown_to_owner(connection: Connection, license_id: str, *, now: int, undoable_since: int) -> list[Activation]:
    """Return what holds a place, and what the owner released after ``undoable_since``; oldest first."""
    by_owner = and_(activations.c.released_by == ReleasedBy.OWNER, activations.c.released_at > undoable_since)
    statement = _SELECT.where(
        activations.c.license_id == license_id,
        or_(activations.c.released_at.is_(None), activations.c.offline_until > now, by_owner),
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


def release(connection: Connection, activation: Activation) -> None:
    """Store the release of an activation, and until when an offline license holds its place."""
    values = {
        "released_at": activation.released_at,
        "released_by": activation.released_by,
        "offline_until": activation.offline_until,
    }
    connection.execute(update(activations).where(activations.c.id == activation.id).values(values))


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


def seat(connection: Connection, activation: Activation, *, at: int, counts_as_move: bool) -> None:
    """Store an activation that was there before as it is in use now, in whichever place.

    The first time that this is an ordinary one is kept, with whether it counted as a move.
    """
    values: dict[str, object] = {
        "environment": activation.environment,
        "in_staging_place": activation.in_staging_place,
        "released_at": None,
        "released_by": None,
        "offline_until": activation.offline_until,
    }
    if not activation.in_staging_place:
        values["placed_at"] = func.coalesce(activations.c.placed_at, at)
    if counts_as_move:
        values["counts_as_move"] = True
    connection.execute(update(activations).where(activations.c.id == activation.id).values(**values))


def note_last_seen(connection: Connection, seen: Mapping[str, int]) -> None:
    """Store when each activation was last heard of, in the order of ``seen``."""
    if seen:
        connection.execute(_SEEN, [{"of": activation_id, "at": at} for activation_id, at in seen.items()])


_SELECT: Select[tuple[object, ...]] = select(*ACTIVATION_COLUMNS)
_SIGNABLE: Select[tuple[Any, ...]] = (
    select(*ACTIVATION_COLUMNS, *ALL_COLUMNS, CURRENT_KEY_ID.label("current_key_id"))
    .select_from(JOINED.join(activations, activations.c.license_id == licenses.c.id))
    .where(activations.c.id == bindparam("activation"), licenses.c.id == bindparam("license"))
)
_ADD = insert(activations)
_SEEN = update(activations).where(activations.c.id == bindparam("of")).values(last_seen_at=bindparam("at"))
_OF_DOMAIN = (activations.c.license_id == bindparam("license"), activations.c.domain == bindparam("domain"))
_HAD_PLACE = select(exists().where(*_OF_DOMAIN, activations.c.placed_at.is_not(None)))
_LATEST_ON = (
    _SELECT.where(*_OF_DOMAIN)
    .order_by(activations.c.released_at.is_not(None), func.coalesce(activations.c.offline_until, 0).desc())
    .limit(1)
)

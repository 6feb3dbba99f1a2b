"""What does a genuine token prove of an activation, and what may it bring back after a restore? (protocol §6)"""

from dataclasses import replace

from sqlalchemy import Connection

from license_server import policy
from license_server.audit_actions import AuditAction
from license_server.errors.calls import ActivationLost, LicenseLost, TokenDead
from license_server.policy import PlaceKind
from license_server.records import Activation, Actor, Recovery, Signable
from license_server.service.activation import granting, places, seats
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.service.license.locked_license import LockedLicense
from license_server.store import activations, recovery
from license_server.tokens import TokenClaim
from theme_license.domain import Domain
from theme_license.signed_license import Environment

RECOVERY_SECONDS = 90 * policy.DAY
"""How long after a restore what it lost may be brought back."""


def is_proved(context: Context, claim: TokenClaim, activation: Activation) -> bool:
    """Return whether a token is of the activation as it stands: not of an earlier one, nor of one that was lost."""
    if claim.activated_at is not None:
        return claim.activated_at == activation.activated_at
    since = context.store.query(recovery.find).dated_tokens_since
    return since is not None and activation.activated_at <= since


def proved(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> tuple[LockedLicense, str]:
    """Lock the license of a token and return it with the id of the activation that the token proves.

    After a restore, and for 90 days, that is brought back if need be: a token that was made after the backup proves
    that it was granted for this domain. Raises :class:`LicenseLost`, :class:`ActivationLost` or :class:`TokenDead`.
    """
    locked = locked_license.lock(context, connection, claim.license_id)
    if locked is None:
        raise LicenseLost
    known = recovery.find(connection)
    made_at = known.dated_tokens_since if claim.activated_at is None else claim.activated_at
    found = activations.find(connection, claim.activation_id)
    if found is not None and made_at is not None:
        is_same = found.activated_at <= made_at if claim.activated_at is None else found.activated_at == made_at
        if is_same:
            return locked, found.id
        if found.activated_at > made_at:
            raise TokenDead
    if made_at is None or not _is_open(known, made_at=made_at, now=locked.at):
        raise ActivationLost
    return locked, _brought_back(context, locked, claim, domain, found)


def settle(locked: LockedLicense, activation: Activation) -> Activation:
    """Return an activation that is beyond the limit, or within it now if a place for it is free."""
    if not seats.has_room_for(locked, activation):
        return activation
    within = replace(activation, beyond_limit=False)
    activations.save(locked.connection, within, at=locked.at)
    return within


def seen(context: Context, connection: Connection, claim: TokenClaim, domain: Domain) -> Signable:
    """Store that a site asks, and return what is signed for it; what its token proves is brought back if need be."""
    locked, activation_id = proved(context, connection, claim, domain)
    activations.note_in_use(connection, activation_id, at=locked.at)
    activation = activations.find(connection, activation_id)
    if activation is None:
        raise ActivationLost
    if activation.beyond_limit and activation.released_at is None:
        activation = settle(locked, activation)
    return locked.signable(activation)


def _is_open(known: Recovery, *, made_at: int, now: int) -> bool:
    if known.restored_at is None or known.backup_of is None:
        return False
    is_since = made_at >= known.backup_of - policy.CLOCK_SLACK
    return is_since and now < known.restored_at + RECOVERY_SECONDS


def _brought_back(
    context: Context, locked: LockedLicense, claim: TokenClaim, domain: Domain, found: Activation | None
) -> str:
    """Make the activation of a token again that a restore lost, or set back; return its id.

    A place is taken even beyond the limit, so that no site pays for the vendor's disaster; the audit log shows it.
    """
    connection, license = locked.connection, locked.license
    if granting.refused_by_domain(connection, license, domain) is not None:
        raise ActivationLost
    there = activations.latest_on(connection, license.id, domain.name)
    if there is not None and there.released_at is None:
        # Activated again by its key since, or set back to an earlier activation that was in use.
        if there.id == claim.activation_id and claim.activated_at is not None:
            activations.save(connection, replace(there, activated_at=claim.activated_at), at=locked.at)
        return there.id
    if there is not None and claim.activated_at is not None and (there.released_at or 0) > claim.activated_at:
        # Released since the token was made: the release is not what was lost.
        return there.id
    if found is not None and claim.activated_at is None:
        # The version before made a new activation each time: none of its tokens is newer than a release.
        raise ActivationLost
    environment = claim.environment or Environment.PRODUCTION.value
    kind, is_beyond = seats.recovered_place(locked, domain=domain.name, environment=environment, there=there)
    before = found or there
    begun = granting.begun(
        context,
        locked,
        domain.name,
        there,
        environment=environment,
        client=None if before is None else before.client,
        seen_at=locked.at,
        in_staging_place=kind is PlaceKind.STAGING,
        offline_until=None if there is None else there.offline_hold(locked.at),
    )
    made_at = claim.activated_at or locked.at
    activation = replace(begun, id=claim.activation_id, activated_at=made_at, beyond_limit=is_beyond)
    if there is not None and there.takes(there.place_kind, locked.at):
        places.give_back(locked, there.place_kind)
    if found is None:
        activations.add(connection, activation)
    else:
        activations.save(connection, activation, at=locked.at)
    activations.take_over_holds(connection, activation)
    details = {"domain": activation.domain, "environment": environment, "kind": kind, "beyond_limit": is_beyond}
    locked.record(AuditAction.RECOVERED, activation.id, Actor.SITE, **details)
    places.take_back(locked, kind)
    locked.save(beyond_limit=is_beyond)
    return activation.id

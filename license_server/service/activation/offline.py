"""Sign a license for a site that cannot call out, on the vendor's word or for its owner (protocol §8)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import ids, policy
from license_server.errors import InputInvalid, Refused, ServiceError
from license_server.records import Activation, License
from license_server.service.activation import granting, places
from license_server.service.activation.granting import Wanted, refused_by_domain
from license_server.service.activation.offline_request import OfflineRequest
from license_server.service.activation.signed_answers import signed_offline
from license_server.service.context import Context
from license_server.service.license import license_key_lookup
from license_server.service.license.locked_license import chain_of, locked
from license_server.service.traffic import call_limits
from license_server.store import activations, audit, licenses, signing_keys
from theme_license.domain import Domain, parse_domain
from theme_license.errors import DomainRefused
from theme_license.signed_license import Environment

OWNER = "owner"
"""Who acts in the audit log when the owner does without a call from the site."""

PERPETUAL_SECONDS = 400 * policy.DAY
"""How long an offline license of a perpetual license lasts."""


@dataclass(frozen=True, slots=True)
class OfflineLicense:
    """A signed license to be pasted; ``until`` is the first second at which it is no longer valid."""

    text: str
    activation: Activation
    license: License
    until: int


def sign(context: Context, license_id: str, domain_text: str) -> OfflineLicense:
    """Activate a license on a domain on the vendor's word and sign it until the end of its term, without a refresh.

    It takes a place as an activation does, never counts as a move, and cannot be recalled: the place is held until it
    is over. The same domain again is free. Raises :class:`NotFound`, :class:`InputInvalid` or :class:`Refused`.
    """
    domain = _domain(domain_text)
    at = context.clock()

    def work(connection: Connection) -> OfflineLicense:
        license = locked(connection, license_id)
        _require_signable(connection, license, domain, at)
        ends_at, until = _ends(license, at)
        license, activation = _placed(context, connection, license, domain, at=at, until=until)
        key_id = signing_keys.current_key_id(connection)
        text = signed_offline(context, activation, license, ends_at=ends_at, nonce=None, key_id=key_id)
        return OfflineLicense(text, activation, license, until)

    return context.store.transact(work)


def answer(
    context: Context, request: OfflineRequest, *, key_text: str, replaces: str | None, address: str
) -> OfflineLicense:
    """Activate a license on the site that made the request and sign it for that request, on its owner's word.

    Places, moves and limits are those of a site that calls by itself; the same request or domain again is free.
    ``replaces`` is an activation to be moved, ``address`` the owner's. Raises what an activation raises.
    """
    key = license_key_lookup.parse(context, key_text, address=address)
    call_limits.require_not_blocked(context, address)
    at = context.clock()
    wanted = Wanted(
        key=key,
        product=request.product,
        domain=request.domain,
        environment=Environment.PRODUCTION.value,
        replaces=replaces,
        client=None,
        address=address,
        actor=OWNER,
        within_term=True,
    )

    def work(connection: Connection) -> OfflineLicense | ServiceError:
        granted = granting.grant(context, connection, wanted)
        if isinstance(granted, ServiceError):
            return granted
        license = granted.license
        ends_at, until = _ends(license, at)
        # An earlier one may be out for longer, such as one of a plan with more days of grace.
        held_until = max(until, granted.activation.offline_until or 0)
        activations.set_offline_until(connection, granted.activation.id, held_until)
        activation = replace(granted.activation, offline_until=held_until)
        _record(context, connection, license, activation, at=at, actor=OWNER, until=until)
        text = signed_offline(context, activation, license, ends_at=ends_at, nonce=request.nonce, key_id=granted.key_id)
        return OfflineLicense(text, activation, license, until)

    outcome = context.store.transact(work)
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def _ends(license: License, at: int) -> tuple[int, int]:
    """Return the end of the lease, and the first second after its grace."""
    ends_at = license.term_ends_at or at + PERPETUAL_SECONDS
    return ends_at, ends_at + license.plan.grace_seconds


def _record(
    context: Context,
    connection: Connection,
    license: License,
    activation: Activation,
    *,
    at: int,
    actor: str,
    until: int,
) -> None:
    chain = chain_of(context, license)
    details = {"domain": activation.domain, "until": until}
    entry = chain.entry(at=at, actor=actor, action="sign_offline", object=activation.id, details=details)
    audit.add(connection, [entry])
    licenses.change(connection, license.id, {"audit_count": chain.count, "audit_head": chain.head})


def _placed(
    context: Context, connection: Connection, license: License, domain: Domain, *, at: int, until: int
) -> tuple[License, Activation]:
    """Give the domain a place, if it has none, that is held until ``until``."""
    there = activations.latest_on(connection, license.id, domain.name)
    if there is not None and there.released_at is None:
        activation = replace(there, offline_until=until)
        activations.set_offline_until(connection, activation.id, until)
    else:
        if there is not None and places.is_held(there, now=at):
            license = places.take_up(connection, license, there)
        elif license.used >= license.domain_limit:
            license = places.give_back_expired(connection, license, now=at)
        if license.used >= license.domain_limit:
            raise Refused(
                f"{license.id} is in use on {license.used} of {license.domain_limit}; nothing was signed",
                next_step=f"license-server license show {license.id}, then activation release ID",
            )
        freed = min(license.freed, license.domain_limit - license.used - 1)
        licenses.take_place(
            connection, license.id, freed=freed, audit_count=license.audit_count, audit_head=license.audit_head
        )
        license = replace(license, used=license.used + 1, freed=freed)
        activation = Activation(
            id=ids.new_id(ids.ACTIVATION, context.random_bytes),
            license_id=license.id,
            domain=domain.name,
            environment=Environment.PRODUCTION.value,
            client=None,
            activated_at=at,
            last_seen_at=None,
            released_at=None,
            released_by=None,
            offline_until=until,
        )
        activations.add(connection, activation, counts_as_move=False)
    _record(context, connection, license, activation, at=at, actor=context.actor, until=until)
    return license, activation


def _require_signable(connection: Connection, license: License, domain: Domain, at: int) -> None:
    show = f"license-server license show {license.id}"
    if license.status != "active":
        raise Refused(f"{license.id} is {license.status}; nothing was signed", next_step=show)
    if policy.is_over(license.term_ends_at, now=at):
        raise Refused(
            f"the term of {license.id} is over; nothing was signed",
            next_step=f"license-server license renew {license.id}",
        )
    refusal: ServiceError | None = refused_by_domain(connection, license, domain)
    if refusal is not None:
        raise Refused(
            f"{domain.name} takes no license ({refusal.members['reason']}); nothing was signed", next_step=show
        )


def _domain(text: str) -> Domain:
    try:
        return parse_domain(text)
    except DomainRefused as error:
        raise InputInvalid(
            f"this is not a domain name ({error.reason})", next_step="give a name such as news.example.com"
        ) from error

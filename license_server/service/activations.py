"""Activate a license on a domain (protocol §6), and the vendor's own release."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from license_server import ids, policy, tokens
from license_server.audit_chain import AuditEntry
from license_server.clock import iso
from license_server.errors import (
    DomainNotAllowed,
    LicenseExpired,
    LicenseNotFound,
    LicenseRevoked,
    LicenseSuspended,
    MovesExhausted,
    NoActivationsLeft,
    NotFound,
    ProductMismatch,
    Refused,
    RequestInvalid,
    ServerUnavailable,
    ServiceError,
)
from license_server.policy import Place
from license_server.records import Activation, License
from license_server.service import call_limits, places
from license_server.service.answers import Answer, signed
from license_server.service.context import Context
from license_server.service.licenses import chain_of
from license_server.store import activations, audit, licenses
from theme_license.domain import Domain
from theme_license.license_key import LicenseKey

MAX_LISTED = 100
"""Activations that a refusal lists, so that it stays far below what a client reads (64 KiB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a site asks for; ``address`` is the caller's, ``replaces`` an activation to be moved."""

    key: LicenseKey
    product: str
    domain: Domain
    nonce: str
    environment: str
    replaces: str | None
    client: str | None
    address: str


@dataclass(frozen=True, slots=True)
class _Granted:
    activation: Activation
    license: License
    key_id: str | None
    is_new: bool


def activate(context: Context, request: Request) -> Answer:
    """Activate, or answer again for the same key and domain, in one transaction.

    Raises the :class:`ServiceError` that says why not; nothing but the counts of calls is changed then. The answer
    leaves only after the commit.
    """
    call_limits.require_not_blocked(context, request.address)
    outcome = context.store.transact(lambda connection: _activate(context, connection, request))
    if isinstance(outcome, ServiceError):
        raise outcome
    activation, license = outcome.activation, outcome.license
    return Answer(
        signed_license=signed(context, activation, license, nonce=request.nonce, key_id=outcome.key_id),
        activation=activation,
        license=license,
        token=tokens.make_token(
            context.secrets.tokens, activation_id=activation.id, license_id=license.id, domain=activation.domain
        ),
        is_new=outcome.is_new,
    )


def release(context: Context, activation_id: str) -> tuple[Activation, License]:
    """Release an activation on the vendor's word, which is free for the owner, or the place that it still holds.

    Raises :class:`NotFound`, or :class:`Refused` when it is released already.
    """
    found = find(context, activation_id)
    at = context.clock()

    def work(connection: Connection) -> tuple[Activation, License]:
        license = licenses.lock(connection, found.license_id)
        activation = activations.find(connection, activation_id)
        if license is None or activation is None:
            raise AssertionError("activations and licenses are never deleted")
        if activation.released_at is None:
            license = places.release(connection, license, activation, at=at, by="vendor")
        elif places.is_held(activation, now=at):
            license = places.take_up(connection, license, activation)
        else:
            raise Refused(
                f"{activation_id} is released already; nothing was changed",
                next_step=f"license-server license show {found.license_id}",
            )
        chain = chain_of(context, license)
        entry = chain.entry(
            at=at, actor=context.actor, action="release", object=activation_id, details={"domain": found.domain}
        )
        audit.add(connection, [entry])
        licenses.change(connection, license.id, {"audit_count": chain.count, "audit_head": chain.head})
        return activations.find(connection, activation_id) or activation, license

    return context.store.transact(work)


def find(context: Context, activation_id: str) -> Activation:
    """Return the activation. Raises :class:`NotFound`."""
    found = context.store.query(lambda connection: _find(connection, activation_id))
    if found is None:
        named = activation_id if ids.parse_id(ids.ACTIVATION, activation_id) is not None else "of that id"
        raise NotFound(f"there is no activation {named}", next_step="license-server activation list")
    return found


def search(
    context: Context, *, license_id: str | None, domain: str | None, released: bool, limit: int
) -> list[Activation]:
    """Return the newest activations that match."""
    return context.store.query(
        lambda connection: activations.search(
            connection, license_id=license_id, domain=domain, released=released, limit=limit
        )
    )


def _find(connection: Connection, text: str) -> Activation | None:
    # Only what has the form of an id reaches the database, whose log may hold every parameter: it could be a key.
    return None if ids.parse_id(ids.ACTIVATION, text) is None else activations.find(connection, text)


def _activate(context: Context, connection: Connection, request: Request) -> _Granted | ServiceError:
    """Decide under the license's lock and write; a refusal is returned, so that the call is counted all the same."""
    locked = licenses.lock_by_digest(connection, request.key.digest())
    if locked is None:
        call_limits.count_failure(context, connection, request.address)
        return LicenseNotFound()
    license, key_id = locked
    refusal = (
        call_limits.count_key_call(context, connection, license.id)
        or _refused_by_license(license, request)
        or refused_by_domain(connection, license, request.domain)
    )
    if refusal is not None:
        return refusal
    replaced = None if request.replaces is None else _find(connection, request.replaces)
    if request.replaces is not None and (replaced is None or replaced.license_id != license.id):
        return RequestInvalid(
            "The member replaces names no activation of this license. Leave it out, or send one of those listed "
            "in the answer no_activations_left."
        )
    if replaced is not None and (replaced.released_at is not None or replaced.domain == request.domain.name):
        replaced = None
    there = activations.latest_on(connection, license.id, request.domain.name)
    if there is not None and there.released_at is None:
        return _again(context, connection, request, license, there, replaced, key_id)
    return _first(context, connection, request, license, there, replaced, key_id)


def _refused_by_license(license: License, request: Request) -> ServiceError | None:
    if license.product.slug != request.product:
        return ProductMismatch()
    told = {"reason": license.status_reason, "since": iso(license.status_since)}
    if license.status == "revoked":
        return LicenseRevoked(members=told)
    if license.status == "suspended":
        return LicenseSuspended(members=told)
    return None


def refused_by_domain(connection: Connection, license: License, domain: Domain) -> DomainNotAllowed | None:
    """Return why the license may not be in use on the domain, or None; the vendor's exceptions count."""
    if policy.denial(domain, allowed=False) is None:
        return None
    allowed = licenses.is_domain_allowed(connection, license.id, domain.name)
    reason = policy.denial(domain, allowed=allowed)
    if reason is None:
        return None
    if reason == "development":
        return DomainNotAllowed(
            "No license is needed on a development name. Activate the site's public domain name when it has one.",
            members={"reason": reason},
        )
    return DomainNotAllowed(members={"reason": reason})


def _again(
    context: Context,
    connection: Connection,
    request: Request,
    license: License,
    existing: Activation,
    replaced: Activation | None,
    key_id: str | None,
) -> _Granted:
    """Answer for a domain that has its activation; a move whose reply was lost, or whose new site was there first."""
    at = context.clock()
    chain = chain_of(context, license)
    entries: list[AuditEntry] = []
    if existing.environment != request.environment:
        activations.set_environment(connection, existing.id, request.environment)
        details = {"from": existing.environment, "to": request.environment}
        entries.append(chain.entry(at=at, actor="site", action="environment", object=existing.id, details=details))
        existing = replace(existing, environment=request.environment)
    if replaced is not None:
        license = places.release(connection, license, replaced, at=at, by="move")
        details = {"domain": replaced.domain, "moved_to": existing.id}
        entries.append(chain.entry(at=at, actor="site", action="release", object=replaced.id, details=details))
    if entries:
        audit.add(connection, entries)
        values = {"freed": license.freed, "audit_count": chain.count, "audit_head": chain.head}
        licenses.change(connection, license.id, values)
    return _Granted(existing, license, key_id, is_new=False)


def _first(
    context: Context,
    connection: Connection,
    request: Request,
    license: License,
    former: Activation | None,
    replaced: Activation | None,
    key_id: str | None,
) -> _Granted | ServiceError:
    """Take a place for a domain that has none; ``former`` is a released activation on it."""
    at, domain = context.clock(), request.domain.name
    if former is None and policy.is_over(license.term_ends_at, now=at):
        return LicenseExpired(members={"expired_at": iso(license.term_ends_at), "links": license.product.links})
    held = former if former is not None and places.is_held(former, now=at) else None
    gives_back = replaced is not None and not places.is_held(replaced, now=at)
    if license.used - gives_back - (held is not None) >= license.domain_limit:
        license = places.give_back_expired(connection, license, now=at)
    used, freed = license.used - gives_back - (held is not None), license.freed + gives_back
    place = policy.place_for(limit=license.domain_limit, used=used, freed=freed, known=former is not None)
    if place is None:
        return _no_activations_left(connection, license, at)
    if place is Place.MOVE:
        refusal = _refused_move(connection, license, at)
        if refusal is not None:
            return refusal
    chain = chain_of(context, license)
    entries: list[AuditEntry] = []
    activation = Activation(
        id=ids.new_id(ids.ACTIVATION, context.random_bytes),
        license_id=license.id,
        domain=domain,
        environment=request.environment,
        client=request.client,
        activated_at=at,
        last_seen_at=at,
        released_at=None,
        released_by=None,
        offline_until=None if held is None else held.offline_until,
    )
    if held is not None:
        places.take_up(connection, license, held)
    if replaced is not None:
        places.release(connection, license, replaced, at=at, by="move")
        details: dict[str, object] = {"domain": replaced.domain, "moved_to": activation.id}
        entries.append(chain.entry(at=at, actor="site", action="release", object=replaced.id, details=details))
    details = {"domain": domain, "environment": request.environment, "place": place.value}
    entries.append(chain.entry(at=at, actor="site", action="activate", object=activation.id, details=details))
    freed = policy.freed_after(place, limit=license.domain_limit, used=used, freed=freed)
    if not licenses.take_place(connection, license.id, freed=freed, audit_count=chain.count, audit_head=chain.head):
        # The row is locked and the place was there, so this is a fault and not an answer: undo everything.
        raise ServerUnavailable
    activations.add(connection, activation, counts_as_move=place is Place.MOVE)
    audit.add(connection, entries)
    return _Granted(activation, replace(license, used=used + 1, freed=freed), key_id, is_new=True)


def _refused_move(connection: Connection, license: License, now: int) -> ServiceError | None:
    times = activations.move_times(connection, license.id, since=now - policy.MOVE_WINDOW)
    next_at = policy.next_move_at(times, allowed=license.plan.moves_per_year, now=now)
    if next_at is None:
        return None
    return MovesExhausted(members={"next_move_at": iso(next_at), "links": license.product.links})


def _no_activations_left(connection: Connection, license: License, now: int) -> NoActivationsLeft:
    # The longest unseen first: a place on a domain that is gone is what most owners look for.
    holding = activations.holding_places(connection, license.id, now=now)
    holding.sort(key=lambda item: (item.last_seen_at or 0, item.activated_at))
    return NoActivationsLeft(
        members={
            "activations": [
                {
                    "id": item.id,
                    "domain": item.domain,
                    "last_seen": iso(item.last_seen_at),
                    **({"offline_until": iso(item.offline_until)} if places.is_held(item, now=now) else {}),
                }
                for item in holding[:MAX_LISTED]
            ],
            "limit": license.domain_limit,
            "used": license.used,
            "links": license.product.links,
        }
    )

"""Activate a license on a domain (protocol §6), and the vendor's own release."""

from dataclasses import dataclass

from sqlalchemy import Connection

from license_server import ids, tokens
from license_server.errors import NotFound, Refused, ServiceError
from license_server.records import Activation, License
from license_server.service import call_limits, granting, places
from license_server.service.answers import Answer, signed
from license_server.service.context import Context
from license_server.service.granting import Wanted
from license_server.service.licenses import chain_of
from license_server.store import activations, audit, licenses
from theme_license.domain import Domain
from theme_license.license_key import LicenseKey


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


def activate(context: Context, request: Request) -> Answer:
    """Activate, or answer again for the same key and domain, in one transaction.

    Raises the :class:`ServiceError` that says why not; nothing but the counts of calls is changed then. The answer
    leaves only after the commit.
    """
    call_limits.require_not_blocked(context, request.address)
    wanted = Wanted(
        key=request.key,
        product=request.product,
        domain=request.domain,
        environment=request.environment,
        replaces=request.replaces,
        client=request.client,
        address=request.address,
        actor="site",
    )
    outcome = context.store.transact(lambda connection: granting.grant(context, connection, wanted))
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
    found = context.store.query(lambda connection: granting.find(connection, activation_id))
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

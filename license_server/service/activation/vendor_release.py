"""The vendor's release of an activation, or of the place that it still holds: free for the owner."""

from sqlalchemy import Connection

from license_server.errors import Refused
from license_server.records import Activation, License
from license_server.service.activation import activation_lookup, places
from license_server.service.context import Context
from license_server.service.license.locked_license import chain_of
from license_server.store import activations, audit, licenses


def release(context: Context, activation_id: str) -> tuple[Activation, License]:
    """Release an activation on the vendor's word, which is free for the owner, or the place that it still holds.

    Raises :class:`NotFound`, or :class:`Refused` when it is released already.
    """
    found = activation_lookup.find(context, activation_id)
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

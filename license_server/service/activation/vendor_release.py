"""The vendor's release of an activation, or of the place that it still holds: free for the owner."""

from sqlalchemy import Connection

from license_server.audit_actions import AuditAction
from license_server.errors.licenses import AlreadyReleased
from license_server.records import Activation, License, ReleasedBy
from license_server.service.activation import activation_lookup, places
from license_server.service.context import Context
from license_server.service.license import locked_license
from license_server.store import activations


def release(context: Context, activation_id: str) -> tuple[Activation, License]:
    """Release an activation on the vendor's word, or the place that it still holds.

    Raises :class:`ActivationUnknown`, or :class:`AlreadyReleased` when it holds none.
    """
    found = activation_lookup.find(context, activation_id)

    def work(connection: Connection) -> tuple[Activation, License]:
        locked = locked_license.require(context, connection, found.license_id)
        # As it stands under the lock; a row is never deleted.
        activation = activations.find(connection, activation_id) or found
        if activation.released_at is None:
            activation = places.release(locked, activation, ReleasedBy.VENDOR)
        elif activation.is_held(locked.at):
            activation = places.free(locked, activation)
        else:
            raise AlreadyReleased(activation=activation)
        locked.record(AuditAction.RELEASE, activation_id, context.actor, domain=activation.domain)
        locked.save()
        return activation, locked.license

    return context.store.transact(work)

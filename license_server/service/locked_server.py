"""The server's one row, locked: the only hand that adds to the audit chain of what concerns the whole server."""

from sqlalchemy import Connection

from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditChain, AuditEntry
from license_server.service.context import Context
from license_server.store import audit


class LockedServer:
    """The server's row, locked until the transaction of ``connection`` ends; what is recorded is written by ``save``.

    ``at`` is the time of the change, ``actor`` who makes it.
    """

    def __init__(self, connection: Connection, chain: AuditChain, *, at: int, actor: str) -> None:
        self.connection = connection
        self.at = at
        self._actor = actor
        self._chain = chain
        self._entries: list[AuditEntry] = []

    def record(self, action: AuditAction, object: str, /, **details: object) -> None:
        """Add an entry to the server's audit chain: what was done to which object."""
        entry = self._chain.entry(at=self.at, actor=self._actor, action=action, object=object, details=details)
        self._entries.append(entry)

    def save(self) -> None:
        """Write what was recorded, and the end of the chain."""
        audit.add(self.connection, self._entries)
        audit.end_server_chain(self.connection, self._chain)
        self._entries = []


def lock(context: Context, connection: Connection) -> LockedServer:
    """Lock the server's row."""
    chain = audit.lock_server_chain(connection, lambda: context.secrets.audit)
    return LockedServer(connection, chain, at=context.clock(), actor=context.actor)

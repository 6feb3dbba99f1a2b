"""One license, locked."""

from sqlalchemy import Connection

from license_server import ids
from license_server.audit_chain import AuditChain
from license_server.errors import NotFound
from license_server.records import License
from license_server.service.context import Context
from license_server.service.license.license_lookup import named
from license_server.store import licenses


def locked(connection: Connection, license_id: str) -> License:
    """Return a license, locked until the transaction ends. Raises :class:`NotFound`."""
    is_id = ids.parse_id(ids.LICENSE, license_id) is not None
    license = licenses.lock(connection, license_id) if is_id else None
    if license is None:
        raise NotFound(f"there is no license {named(license_id)}", next_step="license-server license list")
    return license


def chain_of(context: Context, license: License) -> AuditChain:
    """Return the end of the audit chain of a license that the transaction has locked."""
    return AuditChain(context.secrets.audit, license.id, count=license.audit_count, head=license.audit_head)

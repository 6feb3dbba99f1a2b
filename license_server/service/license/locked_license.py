"""One license whose row is locked: the only hand that changes a license, its counters and its audit chain."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from license_server import ids
from license_server.audit_actions import AuditAction
from license_server.audit_chain import AuditChain, AuditEntry
from license_server.errors.licenses import ChangedUnderLock, CounterOutOfBounds, LicenseUnknown
from license_server.records import Activation, License, Signable
from license_server.service.context import Context
from license_server.store import audit, licenses
from license_server.store.licenses import Locked
from theme_license.license_key import LicenseKey


class LockedLicense:
    """A license, locked until the transaction of ``connection`` ends.

    ``stored`` is as its row stands, ``license`` as it will stand after ``save``.

    What is changed and recorded is written by ``save`` in one go: the row with its counters and the end of its audit
    chain, and the entries. What is not saved has not happened. ``at`` is the time of the change, taken under the lock;
    ``key_id`` names the key that signs today.
    """

    def __init__(self, context: Context, connection: Connection, locked: Locked) -> None:
        self.stored = self.license = locked.license
        self.key_id = locked.key_id
        self.at = context.clock()
        self.connection = connection
        self._secrets = context.secrets.audit  # under the lock: whoever held it before may know a newer one
        self._entries: list[AuditEntry] = []

    def change(self, **fields: Any) -> None:
        """Give fields of the license another value."""
        self.license = replace(self.license, **fields)

    def record(self, action: AuditAction, object: str, actor: str, /, **details: object) -> None:
        """Add an entry to the license's audit chain: who did what to which object."""
        license = self.license
        chain = AuditChain(self._secrets, license.id, count=license.audit_count, head=license.audit_head)
        self._entries.append(chain.entry(at=self.at, actor=actor, action=action, object=object, details=details))
        self.change(audit_count=chain.count, audit_head=chain.head)

    def signable(self, activation: Activation) -> Signable:
        """Return what a signed license for an activation of this license is made of."""
        return Signable(activation, self.license, self.key_id, self.at)

    def save(self, *, beyond_limit: bool = False) -> None:
        """Write what was changed and recorded. ``beyond_limit`` lets a counter pass its limit, where that is meant.

        Raises :class:`CounterOutOfBounds` or :class:`ChangedUnderLock`, which undo the transaction.
        """
        if not _is_sound(self.stored, self.license, beyond_limit=beyond_limit):
            raise CounterOutOfBounds(license_id=self.license.id)
        values = _differences(self.stored, self.license)
        if values and not licenses.change(self.connection, self.stored, values):
            raise ChangedUnderLock(license_id=self.license.id)
        audit.add(self.connection, self._entries)
        self.stored, self._entries = self.license, []


def lock(context: Context, connection: Connection, license_id: str) -> LockedLicense | None:
    """Lock a license by its id; None when there is none."""
    # Only what has the form of an id reaches the database, whose log may hold every parameter: it could be a key.
    found = licenses.lock(connection, license_id) if ids.parse_id(ids.LICENSE, license_id) is not None else None
    return None if found is None else LockedLicense(context, connection, found)


def lock_by_key(context: Context, connection: Connection, key: LicenseKey) -> LockedLicense | None:
    """Lock a license by its key; None when no license has it."""
    found = licenses.lock_by_digest(connection, key.digest())
    return None if found is None else LockedLicense(context, connection, found)


def require(context: Context, connection: Connection, license_id: str) -> LockedLicense:
    """Lock a license by its id. Raises :class:`LicenseUnknown`."""
    locked = lock(context, connection, license_id)
    if locked is None:
        raise LicenseUnknown(license_id=ids.repeatable(ids.LICENSE, license_id))
    return locked


def _is_sound(before: License, after: License, *, beyond_limit: bool) -> bool:
    counters = (
        (before.used, after.used, after.domain_limit),
        (before.staging_used, after.staging_used, after.staging_limit),
    )
    return after.moves_made >= before.moves_made and all(
        now >= 0 and (now <= max(was, limit) or beyond_limit) for was, now, limit in counters
    )


def _differences(before: License, after: License) -> Mapping[str, object]:
    """Return the columns in which the two differ; a license's plan and product are told by its plan's id."""
    values: dict[str, object] = {}
    for name in License.__dataclass_fields__:
        value = getattr(after, name)
        if value is not getattr(before, name) and value != getattr(before, name) and name != "product":
            values |= {"plan_id": value.id} if name == "plan" else {name: value}
    return values

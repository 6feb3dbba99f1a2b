"""Audit entries, and the end of the server's own chain."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import Connection, insert, or_, select, update

from license_server.audit_chain import EMPTY_HEAD, SERVER_CHAIN, AuditChain, AuditEntry
from license_server.records import AuditFilter
from license_server.store.tables import audit, server

COLUMNS = tuple(audit.c[name] for name in AuditEntry.__dataclass_fields__)


def add(connection: Connection, entries: Iterable[AuditEntry]) -> None:
    """Store entries; their chain's end is stored by whoever holds the lock on its row."""
    rows = [asdict(entry) for entry in entries]
    if rows:
        connection.execute(_ADD, rows)


def search(connection: Connection, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
    """Return the newest entries that match, at most ``limit``."""
    statement = select(*COLUMNS).order_by(audit.c.at.desc(), audit.c.chain, audit.c.number.desc()).limit(limit)
    for column, value in (
        (audit.c.chain, wanted.chain),
        (audit.c.object, wanted.object),
        (audit.c.action, wanted.action),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.actor is not None:
        acting_for = audit.c.actor.startswith(f"{wanted.actor}:", autoescape=True)
        statement = statement.where(or_(audit.c.actor == wanted.actor, acting_for))
    if wanted.since is not None:
        statement = statement.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(audit.c.at <= wanted.until)
    return [AuditEntry(*row) for row in connection.execute(statement)]


def newest_at(connection: Connection) -> int | None:
    """Return the time of the newest entry of all chains."""
    found: int | None = connection.execute(select(audit.c.at).order_by(audit.c.at.desc()).limit(1)).scalar()
    return found


def start_server_chain(connection: Connection, secrets: Mapping[int, bytes], *, at: int) -> AuditChain:
    """Store the server's one row and return its chain."""
    connection.execute(insert(server).values(id=1, created_at=at, audit_count=0, audit_head=EMPTY_HEAD))
    return AuditChain(secrets, SERVER_CHAIN)


def lock_server_chain(connection: Connection, secrets: Callable[[], Mapping[int, bytes]]) -> AuditChain:
    """Return the end of the server's chain, locked until the transaction ends; ``secrets`` is asked under the lock."""
    row = connection.execute(select(server.c.audit_count, server.c.audit_head).with_for_update()).one()
    return AuditChain(secrets(), SERVER_CHAIN, count=row[0], head=row[1])


def server_head(connection: Connection) -> bytes | None:
    """Return the head of the server's chain; None before the database was initialised."""
    found: bytes | None = connection.execute(select(server.c.audit_head)).scalar()
    return found


def end_server_chain(connection: Connection, chain: AuditChain) -> None:
    """Store the end of the server's chain."""
    connection.execute(update(server).values(audit_count=chain.count, audit_head=chain.head))


def has_server_row(connection: Connection) -> bool:
    """Return whether the database has been initialised."""
    return connection.execute(select(server.c.id)).first() is not None


_ADD = insert(audit)

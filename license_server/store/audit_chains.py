"""Every audit chain with the end that its locked row holds, one after the other, in little memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_

from license_server.audit_chain import SERVER_CHAIN, AuditEntry
from license_server.store.audit import COLUMNS
from license_server.store.tables import audit, licenses, server

PAGE = 2_000


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends, as the row says that a change locks."""

    count: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain; ``end`` is None when the row that holds it is gone. Read ``entries`` before the next chain."""

    name: str
    end: End | None
    entries: Iterator[AuditEntry]


def count(connection: Connection) -> int:
    """Return how many chains there should be: one a license, and the server's."""
    return int(connection.execute(select(func.count()).select_from(licenses)).scalar_one()) + 1


def is_there(connection: Connection, name: str) -> bool:
    """Return whether the license ``name`` has a row or an entry."""
    rows = (select(licenses.c.id).where(licenses.c.id == name), select(audit.c.chain).where(audit.c.chain == name))
    return any(connection.execute(statement.limit(1)).first() is not None for statement in rows)


def one(connection: Connection, name: str) -> Chain | None:
    """Return the chain of the license ``name``, or of the server; None when there is neither row nor entry."""
    end = _server_end(connection) if name == SERVER_CHAIN else _license_end(connection, name)
    entries = _entries(connection, audit.c.chain == name)
    first = next(entries, None)
    if end is None and first is None:
        return None
    return Chain(name, end, entries if first is None else _after(first, entries))


def every(connection: Connection) -> Iterator[Chain]:
    """Yield the server's chain, then those of the licenses; also chains whose row is gone, and rows without entries.

    The connection must see one moment (``snapshot``). The database alone compares names: its order need not be ours.
    """
    of_server = one(connection, SERVER_CHAIN)
    yield of_server or Chain(SERVER_CHAIN, None, iter(()))
    after: str | None = None
    while True:
        ends = _page(connection, after)
        last = next(reversed(ends), None)
        within = _between(audit.c.chain, after, last)
        entries = _entries(connection, and_(audit.c.chain != SERVER_CHAIN, *within))
        for name, group in groupby(entries, key=attrgetter("chain")):
            yield Chain(name, ends.pop(name, None), group)
        for name, end in ends.items():
            yield Chain(name, end, iter(()))
        if last is None:
            return
        after = last


def ends(connection: Connection) -> Iterator[tuple[str, End]]:
    """Yield the end of every chain: the server's, then the licenses'."""
    of_server = _server_end(connection)
    if of_server is not None:
        yield SERVER_CHAIN, of_server
    after: str | None = None
    while page := _page(connection, after):
        yield from page.items()
        after = next(reversed(page))


def macs(connection: Connection, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """Return the MACs of the entries, given by chain and number, that are there."""
    statement = select(audit.c.chain, audit.c.number, audit.c.mac).where(
        tuple_(audit.c.chain, audit.c.number).in_(list(wanted))
    )
    return {(chain, number): mac for chain, number, mac in connection.execute(statement)}


def _page(connection: Connection, after: str | None) -> dict[str, End]:
    statement = select(licenses.c.id, licenses.c.audit_count, licenses.c.audit_head)
    statement = statement.where(*_between(licenses.c.id, after, None)).order_by(licenses.c.id).limit(PAGE)
    return {name: End(number, head) for name, number, head in connection.execute(statement)}


def _between(column: ColumnElement[str], after: str | None, last: str | None) -> list[ColumnElement[bool]]:
    return ([] if after is None else [column > after]) + ([] if last is None else [column <= last])


def _entries(connection: Connection, condition: ColumnElement[bool]) -> Iterator[AuditEntry]:
    statement = select(*COLUMNS).where(condition).order_by(audit.c.chain, audit.c.number)
    with connection.execute(statement, execution_options={"yield_per": PAGE}) as rows:
        for row in rows:
            yield AuditEntry(*row)


def _after(first: AuditEntry, rest: Iterator[AuditEntry]) -> Iterator[AuditEntry]:
    yield first
    yield from rest


def _license_end(connection: Connection, name: str) -> End | None:
    found = select(licenses.c.audit_count, licenses.c.audit_head).where(licenses.c.id == name)
    row = connection.execute(found).one_or_none()
    return None if row is None else End(*row)


def _server_end(connection: Connection) -> End | None:
    row = connection.execute(select(server.c.audit_count, server.c.audit_head)).one_or_none()
    return None if row is None else End(*row)

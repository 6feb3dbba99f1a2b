"""Every audit chain, one after the other in little memory: its entries, and the rows that they tell of."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_

from license_server.audit_chain import MAC_BYTES, SERVER_CHAIN, AuditEntry
from license_server.audit_replay import ActivationRow, LicenseRow
from license_server.store.audit import COLUMNS
from license_server.store.tables import activations, audit, licenses, plans, products, server, signing_keys

PAGE = 2_000


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends, as the row says that a change locks."""

    count: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain; ``end`` is None when the row that holds it is gone. Read ``entries`` before the next chain.

    ``license`` and ``activations`` are the rows of a license's chain.
    """

    name: str
    end: End | None
    entries: Iterator[AuditEntry]
    license: LicenseRow | None = None
    activations: Sequence[ActivationRow] = ()


def count(connection: Connection) -> int:
    """Return how many chains there should be: one a license, and the server's."""
    return int(connection.execute(select(func.count()).select_from(licenses)).scalar_one()) + 1


def is_there(connection: Connection, name: str) -> bool:
    """Return whether the license ``name`` has a row or an entry."""
    rows = (select(licenses.c.id).where(licenses.c.id == name), select(audit.c.chain).where(audit.c.chain == name))
    return any(connection.execute(statement.limit(1)).first() is not None for statement in rows)


def one(connection: Connection, name: str) -> Chain | None:
    """Return the chain of the license ``name``, or of the server; None when there is neither row nor entry."""
    entries = _entries(connection, audit.c.chain == name)
    first = next(entries, None)
    told = entries if first is None else _after(first, entries)
    if name == SERVER_CHAIN:
        end = _server_end(connection)
        return None if end is None and first is None else Chain(name, end, told)
    row = next(iter(_rows(connection, [licenses.c.id == name], _plan_names(connection)).values()), None)
    of_license = list(_activations(connection, [activations.c.license_id == name]))
    if row is None and first is None and not of_license:
        return None
    return _chain(name, row, told, of_license)


def every(connection: Connection) -> Iterator[Chain]:
    """Yield the server's chain, then those of the licenses; also chains whose row is gone, and rows without entries.

    The connection must see one moment (``snapshot``). The database alone compares names: its order need not be ours.
    """
    of_server = one(connection, SERVER_CHAIN)
    yield of_server or Chain(SERVER_CHAIN, None, iter(()))
    names = _plan_names(connection)
    after: str | None = None
    while True:
        rows = _rows(connection, _between(licenses.c.id, after, None), names)
        last = next(reversed(rows), None)
        yield from _between_two(connection, rows, after, last)
        if last is None:
            return
        after = last


def _between_two(
    connection: Connection, rows: dict[str, "_Row"], after: str | None, last: str | None
) -> Iterator[Chain]:
    """Yield the chains of ``rows``, and those without a row whose names the database puts among theirs."""
    condition = and_(audit.c.chain != SERVER_CHAIN, *_between(audit.c.chain, after, last))
    uses = _Uses(_activations(connection, _between(activations.c.license_id, after, last)), rows)
    for name, group in groupby(_entries(connection, condition), key=attrgetter("chain")):
        yield _chain(name, rows.get(name), group, uses.take(name))
        rows.pop(name, None)
    for name, row in rows.items():
        yield _chain(name, row, iter(()), uses.take(name))
    for name, left in uses.rest():
        yield _chain(name, None, iter(()), left)


class _Uses:
    """The activations of a page of licenses, read along with the entries: both come in the database's order.

    Names are not compared here, so the page's own order says which of two licenses is the earlier.
    """

    def __init__(self, found: Iterator[ActivationRow], rows: Iterable[str]) -> None:
        self._groups = groupby(found, key=attrgetter("license_id"))
        self._places = {name: place for place, name in enumerate(rows)}
        self._passed: dict[str, list[ActivationRow]] = {}
        self._next: tuple[str, list[ActivationRow]] | None = None
        self._read()

    def take(self, license_id: str) -> list[ActivationRow]:
        """Return the activations of a license; those of earlier ones are kept until they are asked for."""
        place = self._places.get(license_id, -1)
        while self._next is not None and self._next[0] != license_id and self._places.get(self._next[0], -1) < place:
            self._passed[self._next[0]] = self._next[1]
            self._read()
        if self._next is not None and self._next[0] == license_id:
            found = self._next[1]
            self._read()
            return found
        return self._passed.pop(license_id, [])

    def rest(self) -> Iterator[tuple[str, list[ActivationRow]]]:
        """Yield what was not asked for: activations of licenses that have neither row nor entry."""
        yield from self._passed.items()
        while self._next is not None:
            yield self._next
            self._read()

    def _read(self) -> None:
        group = next(self._groups, None)
        self._next = None if group is None else (group[0], list(group[1]))


def server_objects(connection: Connection) -> dict[str, dict[str, object]]:
    """Return the products, plans and signing keys by column, each named as the server's chain names it."""
    found: dict[str, dict[str, object]] = {}
    for row in connection.execute(select(products)).mappings():
        found[f"product:{row['slug']}"] = dict(row)
    of_plan = select(plans, products.c.slug.label("product")).select_from(plans.join(products))
    for row in connection.execute(of_plan).mappings():
        found[f"plan:{row['product']}/{row['slug']}"] = {**row, "features": json.loads(row["features"])}
    for row in connection.execute(select(signing_keys)).mappings():
        found[f"key:{row['name']}"] = dict(row)
    return found


def ends(connection: Connection) -> Iterator[tuple[str, End]]:
    """Yield the end of every chain: the server's, then the licenses'."""
    of_server = _server_end(connection)
    if of_server is not None:
        yield SERVER_CHAIN, of_server
    after: str | None = None
    while page := _ends(connection, after):
        yield from page.items()
        after = next(reversed(page))


def ending_with(connection: Connection, secret_id: int, *, limit: int) -> list[str]:
    """Return licenses whose chain ends with an entry by an audit secret whose id is ``secret_id`` or lower."""
    behind = func.substr(licenses.c.audit_head, MAC_BYTES + 1, 1)
    statement = select(licenses.c.id).where(behind <= bytes([secret_id])).order_by(licenses.c.id).limit(limit)
    return list(connection.execute(statement).scalars())


def macs(connection: Connection, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """Return the MACs of the entries, given by chain and number, that are there."""
    statement = select(audit.c.chain, audit.c.number, audit.c.mac).where(
        tuple_(audit.c.chain, audit.c.number).in_(list(wanted))
    )
    return {(chain, number): mac for chain, number, mac in connection.execute(statement)}


_Row = tuple[LicenseRow, End]


def _chain(name: str, row: _Row | None, entries: Iterator[AuditEntry], of_license: Sequence[ActivationRow]) -> Chain:
    license, end = (None, None) if row is None else row
    return Chain(name, end, entries, license, of_license)


def _plan_names(connection: Connection) -> dict[int, str]:
    statement = select(plans.c.id, products.c.slug, plans.c.slug).select_from(plans.join(products))
    return {plan_id: f"{product}/{plan}" for plan_id, product, plan in connection.execute(statement)}


def _rows(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], plan_names: dict[int, str]
) -> dict[str, _Row]:
    """Return a page of licenses in the database's order."""
    statement = select(*_ROW_COLUMNS, licenses.c.plan_id, licenses.c.audit_count, licenses.c.audit_head)
    found: dict[str, _Row] = {}
    for row in connection.execute(statement.where(*conditions).order_by(licenses.c.id).limit(PAGE)):
        *values, plan_id, count, head = row
        plan = plan_names.get(plan_id, f"plan {plan_id}")
        license = LicenseRow(**dict(zip(_ROW_NAMES, values, strict=True)), plan=plan)
        found[license.id] = (license, End(count, head))
    return found


def _activations(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> Iterator[ActivationRow]:
    statement = select(*_USE_COLUMNS).where(*conditions).order_by(activations.c.license_id)
    with connection.execute(statement, execution_options={"yield_per": PAGE}) as rows:
        for row in rows:
            yield ActivationRow(*row)


def _ends(connection: Connection, after: str | None) -> dict[str, End]:
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


def _server_end(connection: Connection) -> End | None:
    row = connection.execute(select(server.c.audit_count, server.c.audit_head)).one_or_none()
    return None if row is None else End(*row)


_ROW_NAMES = tuple(name for name in LicenseRow.__dataclass_fields__ if name != "plan")
_ROW_COLUMNS = tuple(licenses.c[name] for name in _ROW_NAMES)
_USE_COLUMNS = tuple(activations.c[name] for name in ActivationRow.__dataclass_fields__)

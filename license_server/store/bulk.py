"""Store many new licenses in few statements: a recursive SELECT over packed columns on SQLite, COPY on PostgreSQL."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import psycopg
from sqlalchemy import BigInteger, Connection, Integer, Table, select, text
from sqlalchemy.exc import DBAPIError

from license_server.store import tables

_CACHE_KIB = 128 * 1024
_COPY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Batch:
    """New licenses, each with the first entry of its audit chain, which is named after it and ends with ``macs``.

    The columns have one value a license, in the same order and all of one length; ids, last5 and details are ASCII.
    ``license`` and ``entry`` are the columns that all of them have alike.
    """

    ids: Sequence[bytes]
    digests: Sequence[bytes]
    last5: Sequence[bytes]
    macs: Sequence[bytes]
    details: Sequence[bytes]
    license: Mapping[str, object]
    entry: Mapping[str, object]


def new_batch(
    *,
    ids: Iterable[bytes],
    digests: Iterable[bytes],
    last5: Iterable[bytes],
    macs: Iterable[bytes],
    details: Iterable[bytes],
    license: Mapping[str, object],
    entry: Mapping[str, object],
) -> Batch:
    """Return a batch in the order of the digests: these are random, and so each page of their index is taken once."""
    rows = sorted(zip(digests, ids, last5, macs, details, strict=True))
    sorted_digests, sorted_ids, sorted_last5, sorted_macs, sorted_details = zip(*rows, strict=True)
    return Batch(sorted_ids, sorted_digests, sorted_last5, sorted_macs, sorted_details, license, entry)


def add(connection: Connection, batch: Batch) -> None:
    """Store the licenses and their audit entries."""
    licenses = {
        "id": batch.ids,
        "key_digest": batch.digests,
        "key_last5": batch.last5,
        "audit_head": batch.macs,
    }
    entries = {"chain": batch.ids, "object": batch.ids, "mac": batch.macs, "details": batch.details}
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
        insert = _insert_packed
    else:
        insert = _copy
    insert(connection, tables.licenses, licenses, batch.license)
    insert(connection, tables.audit, entries, batch.entry)


def stored_digests(connection: Connection, license_ids: Iterable[str]) -> dict[str, bytes]:
    """Return the digest of the key of each of these licenses that is stored."""
    licenses = tables.licenses.c
    statement = select(licenses.id, licenses.key_digest).where(licenses.id.in_(list(license_ids)))
    return {row.id: row.key_digest for row in connection.execute(statement)}


def _insert_packed(
    connection: Connection, table: Table, columns: Mapping[str, Sequence[bytes]], alike: Mapping[str, object]
) -> None:
    """Insert on SQLite: a column arrives as one blob of values of equal length, and one statement makes the rows.

    A call a row, as ``executemany`` makes them, takes twice the time, and keeps the interpreter from other threads.
    """
    values = [_from_blob(table, name, len(each[0])) for name, each in columns.items()]
    # Names are the schema's; values are bound.
    statement = (
        "WITH RECURSIVE number (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :rows) "  # noqa: S608
        f"INSERT INTO {table.name} ({', '.join([*columns, *alike])}) "
        f"SELECT {', '.join([*values, *(f':{name}' for name in alike)])} FROM number"
    )
    count = len(next(iter(columns.values())))
    blobs = {name: b"".join(each) for name, each in columns.items()}
    connection.execute(text(statement), {**alike, **blobs, "rows": count})


def _from_blob(table: Table, name: str, size: int) -> str:
    value = f"substr(:{name}, i * {size} + 1, {size})"
    return value if table.c[name].type.python_type is bytes else f"CAST({value} AS TEXT)"


def _copy(
    connection: Connection, table: Table, columns: Mapping[str, Sequence[bytes]], alike: Mapping[str, object]
) -> None:
    """COPY on PostgreSQL, in its binary format: fields with their length before them."""
    names = [*columns, *alike]
    end = b"".join(_field(table, name, value) for name, value in alike.items())
    fields: list[Iterable[bytes]] = [repeat(struct.pack(">h", len(names)))]
    for column in columns.values():
        fields += [repeat(struct.pack(">i", len(column[0]))), column]
    rows = b"".join(chain.from_iterable(zip(*fields, repeat(end), strict=False)))
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    try:
        with connection.connection.cursor().copy(statement) as copy:
            copy.write(_COPY_START + rows + _COPY_END)
    except psycopg.Error as error:
        # Past SQLAlchemy, which would have named it so.
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _field(table: Table, name: str, value: object) -> bytes:
    if value is None:
        return _NULL
    if isinstance(value, int):
        kind = table.c[name].type
        raw = struct.pack(">q" if isinstance(kind, BigInteger) else ">i", value)
        assert isinstance(kind, Integer)  # noqa: S101 - BigInteger is one too
    else:
        raw = str(value).encode()
    return struct.pack(">i", len(raw)) + raw

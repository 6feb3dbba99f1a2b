"""What issuing is compared with: the bare rows, by executemany or COPY; and file against database."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, make_url, select, text

from license_server.audit_chain import AuditEntry, first_flaw
from license_server.service.context import Context
from license_server.store.tables import audit, licenses
from theme_license.license_key import parse_license_key

BATCH = 50_000
_NAME = "license_server_benchmark"


@contextmanager
def new_database(url: str) -> Iterator[str]:
    """Make a database on the PostgreSQL server of ``url`` and drop it in the end; give its URL, or nothing."""
    if not url.startswith("postgresql"):
        yield ""
        return
    administrator = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {_NAME}")
        try:
            yield make_url(url).set(database=_NAME).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {_NAME} WITH (FORCE)")


def rate(context: Context, file: Path, *, count: int) -> float:
    """Return how many licenses a second are stored, with their audit entries, by rows in no order.

    Both tables as in the server's own schema, in durable transactions of 50,000; the time to make the rows is not
    counted.
    """
    seconds = 0.0
    address = make_url(context.settings.store_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        context.store.snapshot() as connection,
        _executemany(connection, file) if context.store.is_sqlite else _copy(address) as store,
    ):
        rows = connection.execution_options(yield_per=BATCH).execute(
            select(*licenses.c, *audit.c).join(audit, audit.c.chain == licenses.c.id)
        )
        while batch := list(islice(rows, BATCH)):
            random.shuffle(batch)
            width = len(licenses.c)
            seconds += store([tuple(row)[:width] for row in batch], [tuple(row)[width:] for row in batch])
    return count / seconds


Rows = list[tuple[Any, ...]]
Storing = Callable[[Rows, Rows], float]


@contextmanager
def _executemany(connection: Connection, file: Path) -> Iterator[Storing]:
    with closing(sqlite3.connect(file, isolation_level=None)) as bare:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            bare.execute(f"PRAGMA {pragma}")
        schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC"
        for statement in connection.execute(text(schema)).scalars():
            bare.execute(statement)
        for table in ("products", "plans"):
            found = connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 (our own names)
            bare.executemany(_insert(table, len(found[0])), [tuple(row) for row in found])

        def store(of_licenses: Rows, of_audit: Rows) -> float:
            started = time.monotonic()
            bare.execute("BEGIN IMMEDIATE")
            for table, rows in (("licenses", of_licenses), ("audit", of_audit)):
                bare.executemany(_insert(table, len(rows[0])), rows)
            bare.execute("COMMIT")
            return time.monotonic() - started

        yield store


@contextmanager
def _copy(url: str) -> Iterator[Storing]:
    with psycopg.connect(url) as bare:
        bare.execute("CREATE SCHEMA bare")
        for table in ("licenses", "audit"):
            bare.execute(f"CREATE TABLE bare.{table} (LIKE public.{table} INCLUDING ALL)")
        bare.execute("ALTER TABLE bare.licenses ADD FOREIGN KEY (plan_id) REFERENCES public.plans (id)")
        bare.commit()

        def store(of_licenses: Rows, of_audit: Rows) -> float:
            prepared = [
                (table, "".join("\t".join(map(_copied, row)) + "\n" for row in rows))
                for table, rows in (("licenses", of_licenses), ("audit", of_audit))
            ]
            started = time.monotonic()
            with bare.cursor() as cursor:
                for table, lines in prepared:
                    with cursor.copy(f"COPY bare.{table} FROM STDIN") as copy:
                        copy.write(lines)
            bare.commit()
            return time.monotonic() - started

        yield store


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 (our own names)


def _copied(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return "\\N" if value is None else str(value).replace("\\", "\\\\")


def agree(context: Context, file: Path, *, count: int) -> bool:
    """Print and return whether file and database hold the same ``count`` licenses, and every audit chain holds."""
    with file.open(encoding="ascii") as lines:
        next(lines)
        keys = dict(line.rstrip("\n").split(",") for line in lines)
    size = file.stat().st_size
    digests = {license_id: parse_license_key(key).digest() for license_id, key in keys.items()}
    stored = flaws = differences = 0
    with context.store.snapshot() as connection:
        rows = connection.execution_options(yield_per=BATCH).execute(
            select(licenses.c.id, licenses.c.key_digest, licenses.c.audit_count, licenses.c.audit_head, *audit.c).join(
                audit, audit.c.chain == licenses.c.id, isouter=True
            )
        )
        for license_id, digest, number, head, *entry in rows:
            stored += 1
            differences += digests.get(license_id) != digest
            entries = [AuditEntry(*entry)]
            flaws += first_flaw(context.secrets.audit, entries, chain=license_id, count=number, head=head) is not None
    lines_told = (size - len("license_id,license_key\n")) // 69
    print(f"file: {lines_told} lines, {len(keys)} ids, {len(set(keys.values()))} keys")
    print(f"database: {stored} licenses, {differences} that differ from the file, {flaws} audit chains with a flaw")
    right = lines_told == len(keys) == len(set(keys.values())) == stored == count and not differences and not flaws
    print("file and database hold the same" if right else "FILE AND DATABASE DIFFER")
    return right

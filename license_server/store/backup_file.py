"""A backup: one SQLite file with the rows of either kind of database, which either kind takes back."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, insert, select, text

from license_server.errors.backup import BackupIncomplete, BackupUnreadable
from license_server.store.tables import metadata

ROWS_AT_ONCE = 5_000
_LABEL = "backup_label"
_LEFT_OUT = frozenset({"call_counts", "portal_sessions"})  # rate limits and sign-ins of the moment


@dataclass(frozen=True, slots=True)
class Label:
    """What a backup says of itself: its schema, when it was made, rows by table, and which secrets go with it.

    ``secrets`` maps the name of a secret's file to a fingerprint, from which nothing of the secret follows.
    """

    schema: str
    made_at: int
    rows: dict[str, int]
    secrets: dict[str, str]


class NotWritten(Exception):
    """The file could not be written; the text says why."""


def dump(connection: Connection, path: Path, label: Callable[[Mapping[str, int]], Label]) -> Label:
    """Copy every row that ``connection`` sees to a new file at ``path``; constant memory. Returns its label.

    Raises :class:`NotWritten`.
    """
    try:
        return _dump(connection, path, label)
    except sqlite3.Error as error:  # of the file alone: the database's own come wrapped
        raise NotWritten(str(error)) from error


def _dump(connection: Connection, path: Path, label: Callable[[Mapping[str, int]], Label]) -> Label:
    with closing(sqlite3.connect(path)) as file:
        file.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;")
        counts = {table.name: _dump_table(connection, file, table) for table in _tables(metadata)}
        made = label(counts)
        file.execute(f"CREATE TABLE {_LABEL} (label TEXT NOT NULL)")
        file.execute(f"INSERT INTO {_LABEL} VALUES (?)", (json.dumps(asdict(made)),))  # noqa: S608 - our own name
        file.commit()
    return made


@contextmanager
def opened(path: Path) -> Iterator[tuple[sqlite3.Connection, Label]]:
    """Open a backup for reading. Raises :class:`BackupUnreadable` when it is none, or is damaged."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            (flaw,) = file.execute("PRAGMA quick_check(1)").fetchone()
            if flaw != "ok":
                raise sqlite3.DatabaseError(flaw)
            (told,) = file.execute(f"SELECT label FROM {_LABEL}").fetchone()  # noqa: S608 - our own name
            yield file, Label(**json.loads(told))
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise BackupUnreadable(path=path) from error


def load(connection: Connection, file: sqlite3.Connection, label: Label) -> None:
    """Copy every row of a backup into the empty tables of ``connection``.

    Raises :class:`BackupIncomplete` when the backup holds other rows than its label says.
    """
    found = MetaData()
    found.reflect(connection)  # of the backup's schema, which may be earlier than this program's
    for table in _tables(found):
        if table.name not in label.rows:
            continue
        counted = 0
        for rows in _rows(file, table):
            connection.execute(insert(table), rows)
            counted += len(rows)
        if counted != label.rows[table.name]:
            raise BackupIncomplete(table=table.name, found=counted, written=label.rows[table.name])
        _go_on_counting(connection, table)


def _tables(known: MetaData) -> list[Table]:
    """Return the tables in an order in which each follows those that it refers to."""
    return [table for table in known.sorted_tables if table.name not in _LEFT_OUT | {"alembic_version"}]


def _dump_table(connection: Connection, file: sqlite3.Connection, table: Table) -> int:
    names = [column.name for column in table.c]
    file.execute(f'CREATE TABLE "{table.name}" ({", ".join(names)})')
    marks = ", ".join("?" * len(names))
    count = 0
    streamed = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE).execute(select(*table.c))
    for rows in streamed.partitions():
        file.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', map(tuple, rows))  # noqa: S608 - our own name
        count += len(rows)
    return count


def _rows(file: sqlite3.Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    written = {name for _, name, *_ in file.execute(f'PRAGMA table_info("{table.name}")')}
    names = [column.name for column in table.c if column.name in written]
    cursor = file.execute(f'SELECT {", ".join(names)} FROM "{table.name}"')  # noqa: S608 - a table of ours
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after the ones that came with their numbers."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None or column.server_default is None:
        return
    newest = connection.execute(select(func.max(column))).scalar()
    if newest is not None:
        sequence = {"table": table.name, "column": column.name, "newest": newest}
        connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)"), sequence)

"""SQLite: durable at every commit, one writer at a time, and no database made by mistake."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, ExceptionContext, QueuePool, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from license_server.store.engine.write_queue import WriteQueue

_BEGIN = "license_server_begin"
_GENERATION = "license_server_generation"
_PRIMARY = 0xFF
"""The bits of an error's code that say of which kind it is."""


class SqliteEngine:
    """Connections to one file; ``wait`` in seconds is how long a writer waits for the others."""

    def __init__(self, file: Path, *, connections: int, wait: float, create: bool) -> None:
        self.file = file
        self._wait = wait
        self._queue = WriteQueue(file)
        # Without a mode SQLite makes a missing file; an empty database must never pass for one whose disk is gone.
        self._address = f"file:{quote(str(file))}?mode={'rwc' if create else 'rw'}"
        self._engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=wait,
        )
        event.listen(self._engine, "begin", _begin)
        event.listen(self._engine, "handle_error", self._give_up_readers)
        event.listen(self._engine, "connect", self._mark)
        event.listen(self._engine, "checkin", self._close_reader)
        self._generation = 0
        self._connections = connections

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections are in use, and how many there may be."""
        pool = self._engine.pool
        return (pool.checkedout() if isinstance(pool, QueuePool) else 0), self._connections

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """Give a connection for single statements."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writer(self, deadline: float, *, long: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction that excludes other writers; waits until ``deadline`` (monotonic)."""
        del long  # a statement's time has no limit here
        with (
            self._queue.turn(deadline),
            self._engine.connect().execution_options(**{_BEGIN: "IMMEDIATE"}) as connection,
        ):
            # For writers that do not queue, such as a vendor's sqlite3 shell.
            left = max(1, round((deadline - time.monotonic()) * 1000))
            _driver(connection).execute(f"PRAGMA busy_timeout = {left}")
            with connection.begin():
                yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees one moment."""
        with self._engine.connect().execution_options(**{_BEGIN: "DEFERRED"}) as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Close every connection that is not in use, and the queue's files."""
        self._engine.dispose()
        self._queue.close()

    def _give_up_readers(self, failure: ExceptionContext) -> None:
        # SQLite opens for reading what it cannot write. All connections of a process share that, and new ones too for
        # as long as one is open, even when the file can be written again.
        code = getattr(failure.original_exception, "sqlite_errorcode", 0)
        if code & _PRIMARY == sqlite3.SQLITE_READONLY:
            failure.is_disconnect = True
            cursor = getattr(failure.execution_context, "cursor", None)
            if cursor is not None:
                # Its statement would keep the connection open for as long as the error's traceback lasts.
                cursor.close()
            self._generation += 1
            self._engine.dispose()

    def _mark(self, _: object, record: ConnectionPoolEntry) -> None:
        record.info[_GENERATION] = self._generation

    def _close_reader(self, connection: object, record: ConnectionPoolEntry) -> None:
        # One that another thread had meanwhile comes back to a pool that is given up, and would stay open there.
        if connection is not None and record.info.get(_GENERATION) != self._generation:
            record.invalidate()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._address, uri=True, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        try:
            # foreign_keys and synchronous belong to the connection; the journal mode is asked for each time, so that a
            # database which came from elsewhere is in it too.
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection


def _begin(connection: Connection) -> None:
    # The driver's own transactions are off (isolation_level=None), so BEGIN is ours to send. A reader needs none: it
    # runs single statements.
    kind = connection.get_execution_options().get(_BEGIN)
    if kind is not None:
        connection.exec_driver_sql(f"BEGIN {kind}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - tells mypy what the engine was made with
    return driver

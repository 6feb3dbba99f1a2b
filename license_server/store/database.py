"""One engine, two kinds of transaction: ``read`` sees committed rows, ``write`` excludes other writers."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from license_server.errors import ServerUnavailable
from license_server.store.write_queue import WriteQueue

WAIT_SECONDS = 4.0
"""The longest that a transaction waits for others, all waits together: a 503 leaves within five seconds."""

_BEGIN = "license_server_begin"


class Store:
    """The database at ``url``; connects when first used.

    Raises :class:`ServerUnavailable` from ``read`` and ``write`` when the database is absent, locked for longer than
    ``wait_seconds``, damaged or full. ``create`` lets SQLite make the file.
    """

    def __init__(self, url: str, *, connections: int = 16, wait_seconds: float = WAIT_SECONDS, create: bool = False):
        self._url = make_url(url)
        self._wait_seconds = wait_seconds
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._queue = WriteQueue(Path(self._url.database or "")) if self.is_sqlite else None
        self._engine = (
            self._sqlite_engine(connections=connections, create=create)
            if self.is_sqlite
            else create_engine(
                self._url.set(drivername="postgresql+psycopg"),
                pool_size=connections,
                max_overflow=0,
                pool_timeout=wait_seconds,
                pool_pre_ping=True,
            )
        )
        self._reader = self._engine if self.is_sqlite else self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self._url.database or "") if self.is_sqlite else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for single statements, each of which sees what was committed before it."""
        with _translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed, durably, when the block ends without an error."""
        if not self.is_sqlite:
            with _translated(), self._engine.begin() as connection:
                yield connection
            return
        deadline = time.monotonic() + self._wait_seconds
        with (
            self._turn(deadline),
            _translated(),
            self._engine.connect().execution_options(**{_BEGIN: "IMMEDIATE"}) as connection,
        ):
            # For writers that do not queue, such as a vendor's sqlite3 shell.
            left = max(1, round((deadline - time.monotonic()) * 1000))
            _driver(connection).execute(f"PRAGMA busy_timeout = {left}")
            with connection.begin():
                yield connection

    @contextmanager
    def _turn(self, deadline: float) -> Iterator[None]:
        if self._queue is None:
            raise AssertionError("only SQLite needs its writers queued")
        with ExitStack() as stack:
            try:
                stack.enter_context(self._queue.turn(deadline))
            except TimeoutError:
                raise _unavailable("it is locked by another program") from None
            except OSError as error:
                raise _unavailable(error.strerror or type(error).__name__) from error
            yield

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()
        if self._queue is not None:
            self._queue.close()

    def _sqlite_engine(self, *, connections: int, create: bool) -> Engine:
        # Without a mode SQLite makes a missing file; an empty database must never pass for one whose disk is gone.
        address = f"file:{quote(str(self.file))}?mode={'rwc' if create else 'rw'}"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                address, uri=True, timeout=self._wait_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                # foreign_keys and synchronous belong to the connection; the journal mode is asked for each time, so
                # that a database which came from elsewhere is in it too.
                for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                    connection.execute(f"PRAGMA {pragma}")
            except BaseException:
                connection.close()
                raise
            return connection

        engine = create_engine(
            self._url,
            creator=connect,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=self._wait_seconds,
        )

        # The driver's own transactions are off (isolation_level=None), so BEGIN is ours to send. A reader needs none:
        # it runs single statements.
        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            kind = connection.get_execution_options().get(_BEGIN)
            if kind is not None:
                connection.exec_driver_sql(f"BEGIN {kind}")

        return engine


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - tells mypy what the engine was made with
    return driver


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the database or its driver refuses into :class:`ServerUnavailable`, a broken constraint excepted."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeout) as error:
        raise _unavailable(_reason(error)) from error
    except sqlite3.Error as error:
        raise _unavailable(str(error)) from error


def _reason(error: Exception) -> str:
    """Return the driver's first line, without the statement and its parameters."""
    original = getattr(error, "orig", None)
    text = str(original) if original is not None else "no connection was free in time"
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__


def _unavailable(reason: str) -> ServerUnavailable:
    return ServerUnavailable(
        f"the database cannot be used: {reason}",
        next_step="see that it is there, not full and not locked by another program, then run this again",
    )

"""The database: transactions of two kinds on SQLite or PostgreSQL, bounded in time and repeated where that is safe."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from license_server.errors.home import DatabaseUnavailable
from license_server.store.engine.postgresql import PostgresqlEngine, was_undone
from license_server.store.engine.sqlite import SqliteEngine
from license_server.store.engine.write_queue import TurnNotGiven

Result = TypeVar("Result")

WAIT_SECONDS = 4.0
"""The longest that a transaction waits for others, all waits together: a 503 leaves within five seconds."""

REPEAT_PAUSES = (0.005, 0.02, 0.1, 0.4)
"""Seconds, give or take a half, before the second to the fifth attempt at a transaction that was undone."""


class Store:
    """The database at ``url``; connects when first used.

    ``query`` and ``transact`` run a function and run it anew when the database undid it (a deadlock, a serialization
    failure, a lost connection); ``read`` and ``write`` are one attempt each. All raise :class:`DatabaseUnavailable`
    when the database is absent, locked for longer than ``wait_seconds``, damaged or full. ``create`` lets SQLite make
    the file.
    """

    def __init__(self, url: str, *, connections: int = 16, wait_seconds: float = WAIT_SECONDS, create: bool = False):
        address = make_url(url)
        self._wait_seconds = wait_seconds
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self._engine: SqliteEngine | PostgresqlEngine = (
            SqliteEngine(Path(address.database or ""), connections=connections, wait=wait_seconds, create=create)
            if self.is_sqlite
            else PostgresqlEngine(address, connections=connections, wait=wait_seconds)
        )

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return self._engine.file if isinstance(self._engine, SqliteEngine) else None

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections are in use, and how many there may be."""
        return self._engine.connections

    def query(self, work: Callable[[Connection], Result]) -> Result:
        """Return what ``work`` returns; each of its statements sees what was committed before it."""
        return self._repeated(self._engine.reader, work)

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        """Return what ``work`` returns, when its changes are durable.

        ``work`` may run several times, so it must change nothing but through its connection. When the connection is
        lost while the commit is under way nobody knows whether it took place, and it is not repeated.
        """
        deadline = time.monotonic() + self._wait_seconds
        return self._repeated(lambda: self._engine.writer(deadline), work)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for single statements, each of which sees what was committed before it."""
        with _translated(), self._engine.reader() as connection:
            yield connection

    @contextmanager
    def write(self, *, long: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction that is committed, durably, when the block ends without an error.

        ``long`` lifts the limit on the time of one statement, for migrations and bulk work.
        """
        deadline = time.monotonic() + self._wait_seconds
        with _translated(), self._engine.writer(deadline, long=long) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection all of whose statements see the same moment, and which holds nobody up."""
        with _translated(), self._engine.snapshot() as connection:
            yield connection

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()

    def _repeated(
        self, begin: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], Result]
    ) -> Result:
        give_up = time.monotonic() + self._wait_seconds
        with _translated():
            for pause in (*REPEAT_PAUSES, None):
                finished = False
                try:
                    with begin() as connection:
                        result = work(connection)
                        finished = True
                    return result
                except DBAPIError as error:
                    if pause is None or time.monotonic() > give_up or not was_undone(error, committing=finished):
                        raise
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads those who collided
        raise AssertionError("unreachable")  # pragma: no cover


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the database or its driver refuses into :class:`DatabaseUnavailable`, a broken constraint excepted."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeout) as error:
        raise DatabaseUnavailable(reason=_reason(error)) from error
    except (sqlite3.Error, TurnNotGiven) as error:
        raise DatabaseUnavailable(reason=str(error)) from error


def _reason(error: Exception) -> str:
    """Return the driver's first line, without the statement and its parameters."""
    original = getattr(error, "orig", None)
    text = str(original) if original is not None else "no connection was free in time"
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__

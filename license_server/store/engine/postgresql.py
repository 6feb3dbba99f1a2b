"""PostgreSQL by psycopg: every wait is bounded, and what the server undid is told from what it refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, ExceptionContext, QueuePool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

CONNECT_SECONDS = 3
ANSWER_SECONDS = 0.5
"""How much longer than PostgreSQL's own limit an answer is waited for: as a rule the server says what it undid."""

IDLE_IN_TRANSACTION_SECONDS = 300

_UNDONE = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
_READ_ONLY = "25006"  # read_only_sql_transaction
_GONE = frozenset({"57P01", "57P02", "57P03"})  # admin_shutdown, crash_shutdown, cannot_connect_now


class PostgresqlEngine:
    """Connections to one database; ``wait`` in seconds bounds a statement, a lock and a free connection.

    A connection is not tried out before it is used, which would cost a round trip each time: one that turns out to be
    lost costs a second attempt, and the others of the pool are dropped with it.
    """

    def __init__(self, address: URL, *, connections: int, wait: float) -> None:
        milliseconds = max(1, round(wait * 1000))
        settings = {
            "statement_timeout": str(milliseconds),
            "lock_timeout": str(milliseconds),
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_SECONDS * 1000),
        }
        given = set(address.query)
        arguments: dict[str, object] = {
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": 30,
            "application_name": "license-server",
        }
        self._connections = connections
        self._patience = wait + ANSWER_SECONDS
        self._engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            connect_args={name: value for name, value in arguments.items() if name not in given},
            pool_size=connections,
            max_overflow=0,
            pool_timeout=wait,
            pool_use_lifo=True,
        )

        @event.listens_for(self._engine, "do_connect")
        def connect(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> object:
            from license_server.store.engine import bounded_connection

            return bounded_connection.connect(options, {} if "options" in given else settings)

        event.listen(self._engine, "handle_error", _give_up_reader)
        self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._frozen = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections are in use, and how many there may be."""
        pool = self._engine.pool
        return (pool.checkedout() if isinstance(pool, QueuePool) else 0), self._connections

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """Give a connection for single statements."""
        with self._single.connect() as connection:
            _wait(connection, self._patience)
            yield connection

    @contextmanager
    def writer(self, deadline: float, *, long: bool = False) -> Iterator[Connection]:
        """Give a connection in a transaction (READ COMMITTED); rows are locked by the statements themselves."""
        del deadline  # each statement has its limit
        with self._engine.begin() as connection:
            _wait(connection, None if long else self._patience)
            if long:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees one moment, without a limit on the time of a statement."""
        with self._frozen.connect() as connection, connection.begin():
            _wait(connection, None)
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield connection

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()


def _wait(connection: Connection, seconds: float | None) -> None:
    """Bound each wait for an answer until the connection is given back, its commit among them."""
    connection.connection.driver_connection.patience = seconds  # type: ignore[union-attr]  # it is connected


def _give_up_reader(failure: ExceptionContext) -> None:
    # A session that began while the database was read-only stays so when the database no longer is.
    if getattr(failure.original_exception, "sqlstate", None) == _READ_ONLY:
        failure.is_disconnect = True


def was_undone(error: DBAPIError, *, committing: bool) -> bool:
    """Return whether nothing of the transaction remains and another attempt may succeed.

    ``committing`` says that the commit was under way: a connection lost then leaves its outcome unknown.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state in _UNDONE:
        return True
    return (error.connection_invalidated or state in _GONE) and not committing

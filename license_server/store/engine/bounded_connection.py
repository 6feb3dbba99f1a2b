"""A PostgreSQL connection that is given up where no answer comes: not even the server's word that it took too long."""

import time
from collections.abc import Generator
from typing import Any

import psycopg

SETTINGS_SECONDS = 1.0
"""What a session's settings may take at least, however long the connection itself took."""


class NoAnswer(psycopg.OperationalError):
    """Nothing came from the server, or from a pooler that has no server to give, within the time allowed."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which each answer is waited for up to ``patience`` seconds; None waits for ever.

    PostgreSQL itself ends a statement by ``statement_timeout``, which is of no use while a pooler keeps the statement
    back or the server's machine is gone: then :class:`NoAnswer` is raised and the connection is closed.
    """

    patience: float | None = None

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Return what the driver's steps ``gen`` return. Raises :class:`NoAnswer`."""
        if self.patience is not None:
            gen = _within(self.patience, gen)
        try:
            return super().wait(gen, *arguments, **options)
        except NoAnswer:
            self.close()
            raise


def connect(options: dict[str, Any], settings: dict[str, str]) -> BoundedConnection:
    """Return a new connection with ``settings`` for its session, within the ``connect_timeout`` of ``options``.

    They follow in a statement of their own, since a pooler refuses what it does not know at the start of a session.
    """
    until = time.monotonic() + float(options["connect_timeout"])
    connection = BoundedConnection.connect(**options, autocommit=True)
    try:
        connection.patience = max(until - time.monotonic(), SETTINGS_SECONDS)
        if settings:
            calls = ", ".join("set_config(%s, %s, false)" for _ in settings)
            connection.execute(f"SELECT {calls}", [text for pair in settings.items() for text in pair])
        connection.autocommit = False
    except BaseException:
        connection.close()
        raise
    return connection


def _within(seconds: float, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Take the driver's ``steps``; it says at least every tenth of a second that nothing came."""
    deadline = time.monotonic() + seconds
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > deadline:
                raise NoAnswer("no answer came in time")
            wanted = steps.send(ready)
    except StopIteration as end:
        return end.value

"""Whose turn is it to write to an SQLite file? A queue of threads and processes in which no one starves."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

_PAUSE_SECONDS = 0.0003
_LOCKED = "it is locked by another program"


class TurnNotGiven(Exception):
    """The turn did not come in time, or the lock files cannot be made; the text says which."""


class WriteQueue:
    """One writer at a time among all that open ``file`` through this class.

    SQLite's own waiting is by chance: a process that writes all the time leaves another waiting for seconds. Here the
    next writer holds the turnstile while it waits for its turn, so the last one cannot step in again before it. Locks
    of a process that dies are gone with it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._paths = (file.with_name(f"{file.name}-next"), file.with_name(f"{file.name}-turn"))
        self._threads = Lock()
        self._descriptors: tuple[int, int] | None = None

    @contextmanager
    def turn(self, deadline: float) -> Iterator[None]:
        """Wait for the turn until ``deadline`` (monotonic seconds), hold it within the block.

        Raises :class:`TurnNotGiven`.
        """
        if not self._threads.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise TurnNotGiven(_LOCKED)
        try:
            turn = self._wait(deadline)
            try:
                yield
            finally:
                fcntl.flock(turn, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Close the lock files; they are opened again when needed."""
        descriptors, self._descriptors = self._descriptors, None
        for descriptor in descriptors or ():
            os.close(descriptor)

    def _wait(self, deadline: float) -> int:
        try:
            following, turn = self._open()
            _lock(following, deadline)
            try:
                _lock(turn, deadline)
            finally:
                fcntl.flock(following, fcntl.LOCK_UN)
        except OSError as error:
            raise TurnNotGiven(error.strerror or type(error).__name__) from error
        return turn

    def _open(self) -> tuple[int, int]:
        if self._descriptors is None:
            following, turn = (self._opened(path) for path in self._paths)
            self._descriptors = (following, turn)
        return self._descriptors

    def _opened(self, path: Path) -> int:
        """Open a lock file; a new one is the database's owner's if root makes it, as SQLite's own files are."""
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        with suppress(FileExistsError):
            made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
            if os.geteuid() == 0:
                owner = (self._file if self._file.exists() else self._file.parent).stat()
                os.fchown(made, owner.st_uid, owner.st_gid)
            return made
        return os.open(path, flags)


def _lock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TurnNotGiven(_LOCKED) from None
            time.sleep(_PAUSE_SECONDS)

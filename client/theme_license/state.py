"""What does a site keep between two starts? One small file: the signed license, its token, and when to ask again.

Reading never raises: a file that is absent, torn, altered or unreadable is an empty state. What cannot be written is
kept in memory. The license key is never in it.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import IO, NamedTuple

FORMAT = 1
MAX_FILE_BYTES = 262_144
"""Four times the longest answer of a server: escaped, whatever fits into an answer fits into the file."""

_LOCK_POLL_SECONDS = 0.05

Stamp = tuple[int, int, int]
FilePath = str | os.PathLike[str]
"""A path as a theme gives it; ``pathlib`` is not imported, because it takes every start of a theme 5 ms."""


class SiteState(NamedTuple):
    """Everything that is kept. Times are integer seconds since 1970-01-01 UTC by this machine's clock.

    ``activation`` is the server's last word on plan, places and links, for the card only: nothing is decided by it.
    """

    signed_license: str | None = None
    token: str | None = None
    activation: Mapping[str, object] | None = None
    next_attempt_at: int = 0
    failures: int = 0
    last_failure: str | None = None
    last_success_at: int | None = None


class StateFile:
    """The file at ``path``: read whole, replaced whole, and locked across processes by a file beside it."""

    __slots__ = ("_memory", "path")

    def __init__(self, path: FilePath) -> None:
        self.path = path
        self._memory: SiteState | None = None

    def read(self) -> SiteState:
        """Return what is kept; an empty state for anything that cannot be read. Never raises."""
        if self._memory is not None:
            return self._memory
        try:
            with open(self.path, "rb") as file:
                return _parse(file.read(MAX_FILE_BYTES + 1))
        except (OSError, ValueError, RecursionError):
            return SiteState()

    def stamp(self) -> Stamp | None:
        """Return what changes whenever the file does, None where there is none. Never raises."""
        try:
            status = os.stat(self.path)
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def write(self, state: SiteState) -> bool:
        """Replace the file in one step, mode 0600, on disk when this returns; False if it is in memory only."""
        content = json.dumps({"format": FORMAT, **state._asdict()}, ensure_ascii=True).encode("ascii")
        beside = self._beside(f"{os.getpid()}.{time.monotonic_ns()}.new")
        try:
            self._make_folder()
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self.path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            self._memory = state
            return False
        self._memory = None
        return True

    @contextlib.contextmanager
    def lock(self, *, wait_seconds: float = 0) -> Iterator[bool]:
        """Hold the site's one lock, waiting ``wait_seconds`` at most; yields whether it is held.

        Where no lock file can be made, or the file system has no locks, it counts as held: a site that asks twice is
        better off than one that never asks.
        """
        try:
            self._make_folder()
            file = open(self._beside("lock"), "ab")  # noqa: SIM115 (closed below, which lets the lock go)
        except OSError:
            yield True
            return
        with file:
            deadline = time.monotonic() + wait_seconds
            while not (held := _try_lock(file)) and time.monotonic() < deadline:
                time.sleep(_LOCK_POLL_SECONDS)
            try:
                yield held
            finally:
                if held:
                    _unlock(file)  # closing is not enough: a child forked meanwhile has the file open too

    def _make_folder(self) -> None:
        folder = os.path.dirname(self.path)
        if folder:
            os.makedirs(folder, exist_ok=True)

    def _beside(self, ending: str) -> str:
        """Return the path of a hidden file beside this one."""
        folder, name = os.path.split(self.path)
        return os.path.join(folder, f".{name}.{ending}")


def _parse(content: bytes) -> SiteState:
    """Return the state that ``content`` holds. Raises :class:`ValueError` for everything that ``write`` never wrote."""
    if len(content) > MAX_FILE_BYTES:
        raise ValueError("too long for a state file")
    members = json.loads(content)
    if not isinstance(members, dict) or members.pop("format", None) != FORMAT:
        raise ValueError("not a state file of this format")
    state = SiteState(**{name: members[name] for name in SiteState._fields if name in members})
    texts = (state.signed_license, state.token, state.last_failure)
    times = (state.next_attempt_at, state.failures, 0 if state.last_success_at is None else state.last_success_at)
    if not all(text is None or isinstance(text, str) for text in texts):
        raise ValueError("a text is not a text")
    if not all(type(number) is int and 0 <= number < 2**53 for number in times):
        raise ValueError("a time is not a time")
    if state.activation is not None and not isinstance(state.activation, dict):
        raise ValueError("the activation is not an object")
    return state


if sys.platform == "win32":

    def _try_lock(file: IO[bytes]) -> bool:
        import msvcrt

        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True
        return True

    def _unlock(file: IO[bytes]) -> None:
        import msvcrt

        with contextlib.suppress(OSError):
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:

    def _try_lock(file: IO[bytes]) -> bool:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # over NFS a lock that another holds may be either
            return False
        except OSError:
            return True
        return True

    def _unlock(file: IO[bytes]) -> None:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)

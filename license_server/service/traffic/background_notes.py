"""What is worth keeping of calls that must not write: noted in memory, stored in batches by one thread."""

import atexit
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection

from license_server import policy
from license_server.errors import ServiceError
from license_server.service.context import Context
from license_server.service.traffic import call_limits
from license_server.store import activations, refusal_counts

FLUSH_SECONDS = 5.0
FORGET_SECONDS = 600
MAX_GATHERED = 100_000


class BackgroundNotes:
    """Notes when sites were seen and why calls were refused, and stores both every ``interval`` seconds.

    The thread that stores starts with the first note. What a crash loses is the notes of one interval at most. When
    the connection is lost in the middle of a commit the batch is stored again, so a refusal may then count twice.
    """

    def __init__(self, context: Context, *, interval: float = FLUSH_SECONDS) -> None:
        self._context = context
        self._interval = interval
        self._seen: dict[str, int] = {}
        self._refused: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def saw(self, activation_id: str) -> None:
        """Note that the activation was heard of now."""
        now = self._context.clock()
        with self._lock:
            if len(self._seen) < MAX_GATHERED or activation_id in self._seen:
                self._seen[activation_id] = now
            self._start_once()

    def refused(self, code: str) -> None:
        """Note that a call was refused now with ``code``, which must be one of the program's own."""
        day = self._context.clock() // policy.DAY
        with self._lock:
            self._refused[day, code] += 1
            self._start_once()

    def flush(self) -> None:
        """Store what was noted, in one transaction; it is kept for the next time when the database cannot be written.

        Raises :class:`ServerUnavailable`.
        """
        with self._lock:
            seen, self._seen = self._seen, {}
            refused, self._refused = self._refused, Counter()
        if not seen and not refused:
            return

        def store(connection: Connection) -> None:
            # Each in the order of its keys, so that two workers who store the same rows cannot block one another.
            activations.note_last_seen(connection, dict(sorted(seen.items())))
            refusal_counts.add(connection, dict(sorted(refused.items())))

        try:
            self._context.store.transact(store)
        except ServiceError:
            with self._lock:
                self._seen = {**seen, **self._seen}
                self._refused.update(refused)
            raise

    def stop(self) -> None:
        """Store what was noted and end the thread."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout=self._interval)
        with suppress(ServiceError):
            self.flush()

    def _start_once(self) -> None:
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._run, name="notes", daemon=True)
            self._thread.start()
            self._context.before_close.append(self.stop)
            _at_exit(self.stop)

    def _run(self) -> None:
        forget_at = self._context.clock() + FORGET_SECONDS
        while not self._stop.wait(self._interval):
            with suppress(ServiceError):
                self.flush()
                if self._context.clock() >= forget_at:
                    forget_at = self._context.clock() + FORGET_SECONDS
                    call_limits.forget_old(self._context)


def _at_exit(stop: Callable[[], None]) -> None:
    # A worker process that multiprocessing forked leaves without atexit, but runs its own finalizers.
    from multiprocessing.util import Finalize

    Finalize(None, stop, exitpriority=10)
    atexit.register(stop)

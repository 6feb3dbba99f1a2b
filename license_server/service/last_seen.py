"""When was each site last heard of? Gathered in memory and written in batches: a refresh must not write."""

import atexit
import threading
from collections.abc import Callable
from contextlib import suppress

from license_server.errors import ServiceError
from license_server.service import call_limits
from license_server.service.context import Context
from license_server.store import activations

FLUSH_SECONDS = 5.0
FORGET_SECONDS = 600
MAX_GATHERED = 100_000


class LastSeen:
    """Notes sightings at once and stores them every ``interval`` seconds, in a thread that starts when needed.

    What a crash loses is only when a site was last seen, by at most one interval.
    """

    def __init__(self, context: Context, *, interval: float = FLUSH_SECONDS) -> None:
        self._context = context
        self._interval = interval
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, activation_id: str) -> None:
        """Remember that the activation was heard of now."""
        with self._lock:
            if len(self._seen) < MAX_GATHERED or activation_id in self._seen:
                self._seen[activation_id] = self._context.clock()
            if self._thread is None and not self._stop.is_set():
                self._start()

    def flush(self) -> None:
        """Store what was gathered; it is kept for the next time when the database cannot be written."""
        with self._lock:
            seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            with self._context.store.write() as connection:
                activations.note_last_seen(connection, seen)
        except ServiceError:
            with self._lock:
                self._seen = {**seen, **self._seen}
            raise

    def stop(self) -> None:
        """Store what was gathered and end the thread."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout=self._interval)
        with suppress(ServiceError):
            self.flush()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="last-seen", daemon=True)
        self._thread.start()
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

"""The page that Prometheus reads: every worker's figures added up, the dead ones' included, on a loopback port."""

import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from license_server.errors.home import MetricsFolderNotMade
from license_server.version import version

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
HOST = "127.0.0.1"
"""Always: what the figures tell is nobody else's business."""

FOLD_SECONDS = 10.0
_MEMORY = "/dev/shm"  # noqa: S108 - the folder within is made anew, with mode 0700
_PAST = "past"


@contextmanager
def exposed(port: int) -> Iterator[None]:
    """Tell the metrics of the workers that are started within the block, on ``port`` of 127.0.0.1.

    Their files are in a private folder that is made and removed here.
    """
    folder = _make_folder()
    os.environ[FOLDER_VARIABLE] = str(folder)
    # The library looks at the variable when it is imported, which has been; a forked worker imports nothing anew.
    values.ValueClass = values.get_value_class()
    registry = CollectorRegistry()
    workers = Workers(folder)
    registry.register(workers)
    stop = threading.Event()
    try:
        server, thread = start_http_server(port, addr=HOST, registry=registry)
        # A worker is a fork of this process, and must not keep the port when this process has gone.
        os.register_at_fork(after_in_child=server.socket.close)
        folding = threading.Thread(target=workers.fold_until, args=(stop,), name="metrics", daemon=True)
        folding.start()
        try:
            yield
        finally:
            stop.set()
            server.shutdown()
            server.server_close()
            thread.join()
            folding.join()
    finally:
        del os.environ[FOLDER_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


def _make_folder() -> Path:
    # In memory where there is such a place: a mapped file on a disk that is full would end the worker (SIGBUS).
    for parent in (_MEMORY, None):
        with suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="license-server-metrics-", dir=parent))
    raise MetricsFolderNotMade


class Workers(Collector):
    """The figures in the files of ``folder``; files of processes that have ended are folded into one."""

    def __init__(self, folder: Path, *, is_alive: Callable[[int], bool] | None = None) -> None:
        self._folder = folder
        self._is_alive = is_alive or _is_alive
        self._lock = threading.Lock()

    def collect(self) -> Iterable[Metric]:
        """Return every metric of the workers, and what is running."""
        with self._lock:
            self._fold()
            found = list(MultiProcessCollector(None, path=str(self._folder)).collect())
        build = GaugeMetricFamily(
            "license_server_build_info", "Always 1; the labels tell what runs.", labels=["version", "python"]
        )
        build.add_metric([version(), platform.python_version()], 1)
        return [*found, build]

    def describe(self) -> Iterable[Metric]:
        """Return nothing: which metrics there are is known only when they are read."""
        return []

    def fold_until(self, stop: threading.Event) -> None:
        """Fold every ten seconds, so that workers which end again and again do not fill the folder unread."""
        while not stop.wait(FOLD_SECONDS):
            with self._lock:
                self._fold()

    def _fold(self) -> None:
        """Keep what dead workers counted and forget what they held, so that a replaced worker leaves no file."""
        for path in sorted(self._folder.glob("*.db")):
            kind, _, owner = path.stem.rpartition("_")
            if not owner.isdecimal() or self._is_alive(int(owner)):
                continue
            if not kind.startswith("gauge"):
                _add(path, to=self._folder / f"{kind}_{_PAST}.db")
            path.unlink()


def _add(path: Path, *, to: Path) -> None:
    past = MmapedDict(str(to))
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            past.write_value(key, past.read_value(key)[0] + value, 0.0)
    finally:
        past.close()


def _is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False

"""The file of a bulk job's keys: under a private name until all are issued, locked, and with what the job began with.

Beside FILE stand ``.FILE.partial``, the CSV so far, and ``.FILE.job``, both of mode 0600. All lines are of one length,
so a torn one is seen, and any one is found, by its place.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from license_server import ids
from license_server.errors.bulk import (
    JobDamaged,
    OutputChanged,
    OutputExists,
    OutputInWork,
    OutputNotMade,
    OutputNotPrivate,
    OutputNotWritable,
)
from license_server.home import sync_folder
from license_server.records import BulkJob
from theme_license.errors import KeyMalformed
from theme_license.license_key import GROUP_SYMBOLS, KEY_SYMBOLS, parse_license_key

HEADER = b"license_id,license_key\n"
Row = tuple[bytes, bytes]
"""A license id and the 30 symbols of its key, as ASCII."""

_STARTS = range(0, KEY_SYMBOLS, GROUP_SYMBOLS)


class KeyFile:
    """The keys of one job, open and locked; ``output`` is the name that they get in the end.

    Every method raises :class:`OutputNotWritable` for what the file system refuses.
    """

    def __init__(self, output: Path, descriptor: int) -> None:
        self.output = output
        self.partial, self._job = _beside(output)
        self._new_job = self._job.with_name(f"{self._job.name}.new")
        self._descriptor = descriptor
        self._width = 0

    @property
    def is_complete(self) -> bool:
        """Whether the file has its final name already, so that only its private one is left to remove."""
        return _is_same(self.partial, self.output)

    @property
    def is_useless(self) -> bool:
        """Whether no key has been written."""
        return self._size() <= len(HEADER)

    def job(self) -> BulkJob | None:
        """Return what the job began with, or None when there is none. Raises :class:`JobDamaged`."""
        with _usable(self.output):
            try:
                descriptor = os.open(self._job, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            with os.fdopen(descriptor, "rb") as file:
                _require_private(self._job, file.fileno())
                job = _parse_job(file.read(100_000))
        if job is None:
            raise JobDamaged(job=self._job, partial=self.partial)
        self._set_width(job)
        return job

    def begin(self, job: BulkJob) -> None:
        """Write down what the job begins with; it is on disk, whole, before there is any key."""
        with _usable(self.output):
            self._new_job.unlink(missing_ok=True)
            descriptor = os.open(self._new_job, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(asdict(job), file)
                file.flush()
                os.fsync(file.fileno())
            self._new_job.rename(self._job)
            sync_folder(self._job.parent)
        self._set_width(job)

    def count(self) -> int:
        """Return how many whole lines there are below the header."""
        return max(0, self._size() - len(HEADER)) // self._width

    def read(self, start: int, stop: int) -> list[Row]:
        """Return the rows from ``start`` up to, not including, ``stop``; what cannot be read in them is empty."""
        with _usable(self.output):
            size = (stop - start) * self._width
            data = os.pread(self._descriptor, size, len(HEADER) + start * self._width)
        return [_parse_line(data[at : at + self._width]) for at in range(0, size, self._width)]

    def last_id(self) -> bytes:
        """Return the last license id of a complete file, whose job is gone; empty when there is none."""
        with _usable(self.output):
            line = os.pread(self._descriptor, 200, len(HEADER)).partition(b"\n")[0]
            self._width = len(line) + 1
        return self.read(self.count() - 1, self.count())[0][0] if self.count() else b""

    def append(self, text: bytes) -> None:
        """Write whole lines; they are on disk when this returns."""
        with _usable(self.output):
            left = memoryview(text)
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)

    def cut(self, count: int) -> None:
        """Keep the header, which is written if it is not whole, and ``count`` rows. Raises :class:`OutputChanged`."""
        with _usable(self.output):
            if not count:
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, HEADER, 0)
            elif os.pread(self._descriptor, len(HEADER), 0) != HEADER:
                raise OutputChanged(partial=self.partial)
            os.ftruncate(self._descriptor, len(HEADER) + count * self._width)
            os.lseek(self._descriptor, 0, os.SEEK_END)
            os.fsync(self._descriptor)

    def finish(self) -> None:
        """Give the file its name, which must be free, and remove what stands beside it; may be called again."""
        with _usable(self.output):
            if not self.is_complete:
                # A hard link refuses an existing name, which a rename would overwrite.
                try:
                    os.link(self.partial, self.output)
                except OSError as error:
                    raise OutputNotMade(
                        output=self.output, partial=self.partial, job=self._job, why=str(error.strerror)
                    ) from error
            sync_folder(self.partial.parent)
            # The private name goes last: as long as it is there, the file is known for this job's.
            self._job.unlink(missing_ok=True)
            self.partial.unlink()
            sync_folder(self.partial.parent)

    def discard_if_useless(self) -> None:
        """Remove everything when no key has been written."""
        if self.is_useless:
            with suppress(OSError):
                self._new_job.unlink(missing_ok=True)
                self._job.unlink(missing_ok=True)
                self.partial.unlink()

    def _set_width(self, job: BulkJob) -> None:
        self._width = len(lines(job.prefix, [(b"-" * ids.LENGTH, b"-" * KEY_SYMBOLS)]))

    def _size(self) -> int:
        return os.fstat(self._descriptor).st_size


@contextmanager
def opened(output: Path) -> Iterator[KeyFile]:
    """Open the keys of the job for ``output``, alone. Raises :class:`Refused` or :class:`HomeNotUsable`."""
    with _usable(output):
        descriptor = _lock(output)
    try:
        yield KeyFile(output, descriptor)
    finally:
        os.close(descriptor)


def lines(prefix: str, rows: Sequence[Row]) -> bytes:
    """Return rows as lines of the file."""
    line = b"%b," + prefix.encode("ascii") + b"-%b" * len(_STARTS) + b"\n"
    return b"".join(
        [line % (license_id, *[key[start : start + GROUP_SYMBOLS] for start in _STARTS]) for license_id, key in rows]
    )


def _lock(output: Path) -> int:
    partial, _ = _beside(output)
    while True:
        _require_free(output, partial)
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _require_private(partial, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputInWork(output=output) from None
            # Whoever had the lock may have finished and removed the name since it was opened.
            if not _is_same(partial, descriptor):
                os.close(descriptor)
                continue
            if os.path.lexists(output) and not _is_same(partial, output):
                if not os.fstat(descriptor).st_size:
                    partial.unlink()
                _require_free(output, partial)
            os.lseek(descriptor, 0, os.SEEK_END)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _require_free(output: Path, partial: Path) -> None:
    if os.path.lexists(output) and not _is_same(partial, output):
        raise OutputExists(output=output)


def _require_private(path: Path, descriptor: int) -> None:
    """Refuse a file that another user has laid there to read along."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise OutputNotPrivate(path=path)


def _is_same(path: Path, other: Path | int) -> bool:
    try:
        there = os.fstat(other) if isinstance(other, int) else os.lstat(other)
        return os.path.samestat(os.lstat(path), there)
    except FileNotFoundError:
        return False


def _beside(output: Path) -> tuple[Path, Path]:
    folder = output.absolute()
    return folder.with_name(f".{output.name}.partial"), folder.with_name(f".{output.name}.job")


def _parse_line(line: bytes) -> Row:
    license_id, _, key = line.removesuffix(b"\n").decode("ascii", "replace").partition(",")
    if ids.parse_id(ids.LICENSE, license_id) is None:
        license_id = ""
    try:
        symbols = parse_license_key(key).symbols if line.endswith(b"\n") else ""
    except KeyMalformed:
        symbols = ""
    return license_id.encode("ascii"), symbols.encode("ascii")


def _parse_job(text: bytes) -> BulkJob | None:
    try:
        job = BulkJob(**json.loads(text))
    except (TypeError, ValueError):
        return None
    texts = (job.server, job.product, job.plan, job.prefix, job.customer or "")
    numbers = (job.plan_id, job.count, job.started_at, job.term_ends_at or 0, job.domains, job.staging_domains)
    right = all(type(each) is str for each in texts) and all(type(each) is int for each in numbers)
    return job if right else None


@contextmanager
def _usable(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputNotWritable(output=output, why=error.strerror or type(error).__name__) from error

"""Databases that a test may fill, lock, make read-only and take away, each on a small volume of its own."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psycopg
import pytest

from license_server.store import Store
from license_server.store.tables import metadata
from tests.postgresql import Cluster

_MIB = 1 << 20
_READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM server").fetchone(), flush=True)
sys.stdin.read()
"""
"""A program that has the database open, so that the files of its log stay and it can still be read."""


class Volume:
    """A file system in memory that is mounted at ``folder``; skips the test where nothing can be mounted."""

    def __init__(self, folder: Path, *, mebibytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        _mount("-t", "tmpfs", "-o", f"size={mebibytes}m", "none", folder)

    def remove(self) -> None:
        """Unmount it, whatever is open there."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no byte of room within the block."""
        filler = self.folder / "filler"
        descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            for size in (_MIB, 4096, 1):
                with suppress(OSError):
                    while True:
                        os.write(descriptor, bytes(size))
            with pytest.raises(OSError, match="No space left"):
                os.write(descriptor, b"\0")
            yield
        finally:
            os.close(descriptor)
            filler.unlink()


class Breakable(Protocol):
    """A database and what may happen to it; each method is a context manager that mends what it broke."""

    url: str
    volume: Volume

    def full(self, store: Store) -> AbstractContextManager[None]: ...

    def locked(self, store: Store) -> AbstractContextManager[None]: ...

    def read_only(self, store: Store) -> AbstractContextManager[None]: ...

    def away(self, store: Store) -> AbstractContextManager[None]: ...


class BreakableSqlite:
    """SQLite on a volume, seen through a second mount of it, beside another program that has the file open."""

    def __init__(self, folder: Path) -> None:
        self.volume = Volume(folder / "disk", mebibytes=8)
        self._seen = folder / "seen"
        self._seen.mkdir()
        self._show()
        self.url = f"sqlite:///{self._seen}/license-server.db"
        self._file = self.volume.folder / "license-server.db"

    def remove(self) -> None:
        """Unmount the volume."""
        subprocess.run(["umount", "--lazy", str(self._seen)], check=True)
        self.volume.remove()

    def full(self, store: Store) -> AbstractContextManager[None]:
        del store
        # What the log has room for is written as if nothing were wrong.
        with closing(sqlite3.connect(self._file)) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        return self.volume.full()

    @contextmanager
    def locked(self, store: Store) -> Iterator[None]:
        """Let another program write for as long as the block takes."""
        del store
        with closing(sqlite3.connect(self._file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    @contextmanager
    def read_only(self, store: Store) -> Iterator[None]:
        """Let nothing be written by the path that the server knows; what is open there is closed first."""
        # A process, since SQLite keeps files open that its process has locked by another name.
        with subprocess.Popen(
            [sys.executable, "-c", _READER, str(self._file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            store.dispose()
            _mount("-o", "remount,bind,ro", self._seen)
            try:
                yield
            finally:
                _mount("-o", "remount,bind,rw", self._seen)
                other.communicate()

    @contextmanager
    def away(self, store: Store) -> Iterator[None]:
        """Leave an empty folder where the database's volume was mounted."""
        store.dispose()
        subprocess.run(["umount", str(self._seen)], check=True)
        try:
            yield
        finally:
            self._show()

    def _show(self) -> None:
        _mount("--bind", self.volume.folder, self._seen)


class BreakablePostgresql:
    """A cluster of one's own, with one database on a volume."""

    def __init__(self) -> None:
        self._cluster = Cluster(durable=True).start()
        self.volume = Volume(self._cluster.folder / "disk", mebibytes=24)
        space = self.volume.folder / "space"
        space.mkdir()
        for folder in (self.volume.folder, space):
            shutil.chown(folder, self._cluster.folder.owner())
        self._execute(f"CREATE TABLESPACE small LOCATION '{space}'")
        self.url = self._cluster.new_database(tablespace="small")
        self._name = self.url.rpartition("/")[2]

    def remove(self) -> None:
        """Stop the cluster and remove everything of it."""
        self._cluster.stop()
        self.volume.remove()
        self._cluster.remove()

    def full(self, store: Store) -> AbstractContextManager[None]:
        del store
        return self.volume.full()

    @contextmanager
    def locked(self, store: Store) -> Iterator[None]:
        """Let another program keep every table from being written."""
        del store
        with psycopg.connect(self.url) as other:
            names = ", ".join(f'"{name}"' for name in metadata.tables)
            other.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE".encode())
            yield
            other.rollback()

    @contextmanager
    def read_only(self, store: Store) -> Iterator[None]:
        """Let every session that begins within the block only read, as hosts of databases do that run out of room."""
        del store
        self._execute(f"ALTER DATABASE {self._name} SET default_transaction_read_only = on")
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
        self._execute(f"{ended}'{self._name}'")
        try:
            yield
        finally:
            self._execute(f"ALTER DATABASE {self._name} RESET default_transaction_read_only")

    @contextmanager
    def away(self, store: Store) -> Iterator[None]:
        """Stop the cluster within the block."""
        del store
        self._cluster.stop()
        try:
            yield
        finally:
            self._cluster.start()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def _mount(*arguments: object) -> None:
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")

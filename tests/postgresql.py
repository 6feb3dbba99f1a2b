"""A real PostgreSQL of the tests' own: a cluster in a temporary folder, on a free port, stopped by process id."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

READY_SECONDS = 30
_ACCOUNT = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_statement": "all",  # what it writes is searched for secrets
}


def find_program(name: str) -> str | None:
    """Return the path of a PostgreSQL program, which Debian keeps out of PATH, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or next((str(path / name) for path in folders if (path / name).exists()), None)


class Cluster:
    """One running cluster; ``new_database`` gives the URL of an empty database. ``durable`` keeps fsync on."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="theme-license-postgresql-"))
        self.log = self.folder / "server.log"
        self.port = _free_port()
        self._numbers = count(1)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        # initdb refuses root.
        self._user: int | None = None
        if os.geteuid() == 0:
            self._user = pwd.getpwnam(_ACCOUNT).pw_uid
            os.chown(self.folder, self._user, -1)
        arguments = ["-D", str(self.folder / "data"), "-U", _ACCOUNT, "-A", "trust", "--no-sync", "--locale=C.UTF-8"]
        self._run([_program("initdb"), *arguments])

    def start(self) -> "Cluster":
        """Start the cluster; returns when it answers."""
        settings = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        if not self._durable:
            settings |= {"fsync": "off"}
        command = [_program("postgres"), "-D", str(self.folder / "data")]
        command += [f"--{name}={value}" for name, value in settings.items()]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=self._user, cwd=self.folder)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return self
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(self.log.read_text(errors="replace")[-3000:]) from None
                time.sleep(0.05)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop the cluster: SIGINT ends its sessions, SIGQUIT is a crash."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(READY_SECONDS)

    def remove(self) -> None:
        """Stop the cluster and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://{_ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def new_database(self, *, tablespace: str = "pg_default") -> str:
        """Make an empty database and return its URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TABLESPACE {tablespace}".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database that no test uses any more: each takes 8 MB."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)".encode())

    def files(self, url: str) -> list[Path]:
        """Return the files of a database, the write-ahead log and the server's log."""
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        assert row is not None
        data = self.folder / "data"
        folders = (data / "base" / str(row[0]), data / "global", data / "pg_wal")
        return [self.log, *(path for folder in folders for path in folder.rglob("*") if path.is_file())]

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, user=self._user, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(done.stderr)


def _program(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise AssertionError(f"{name} is missing")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A real MariaDB of the tests' own: in a temporary folder, on a socket there and no port, stopped by process id."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

READY_SECONDS = 30
_ACCOUNT = "mysql"
_SETTINGS = (
    "--skip-networking",
    "--skip-log-bin",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--performance-schema=OFF",
)


def find_program(name: str) -> str | None:
    """Return the path of a MariaDB program, which Debian keeps in a folder that not every PATH has, or None."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


class MariaDB:
    """One running server; ``run`` runs SQL as its root. The system's own server, if there is one, is not touched."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="theme-license-mariadb-"))
        self.socket = self.folder / "socket"
        self.log = self.folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        # mariadbd refuses root.
        self._user: int | None = None
        if os.geteuid() == 0:
            self._user = pwd.getpwnam(_ACCOUNT).pw_uid
            os.chown(self.folder, self._user, -1)
        arguments = ["--no-defaults", f"--datadir={self.folder}/data", "--auth-root-authentication-method=normal"]
        done = subprocess.run(
            [_program("mariadb-install-db"), *arguments, "--skip-test-db", *_SETTINGS[1:]],
            user=self._user,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(done.stdout[-1_000:] + done.stderr[-2_000:])

    def start(self) -> "MariaDB":
        """Start the server; returns when it answers."""
        command = [_program("mariadbd"), "--no-defaults", f"--datadir={self.folder}/data", f"--socket={self.socket}"]
        command += [f"--pid-file={self.folder}/pid", *_SETTINGS]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, user=self._user, cwd=self.folder)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.log.read_text(errors="replace")[-3_000:])
            time.sleep(0.05)
        return self

    def remove(self) -> None:
        """Stop the server and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(READY_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, sql: str) -> list[list[str]]:
        """Run ``sql``, and return the rows that it prints."""
        done = self._client(sql)
        if done.returncode:
            raise AssertionError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def copy(self, database: str, new: str) -> None:
        """Make the database ``new`` with everything that is in ``database``."""
        tables = [row[0] for row in self.run(f"SHOW TABLES IN `{database}`")]
        copies = "".join(_copy_of(f"`{database}`.`{table}`", f"`{new}`.`{table}`") for table in tables)
        self.run(f"CREATE DATABASE `{new}` CHARACTER SET utf8mb4; {copies}")

    def _answers(self) -> bool:
        return self._client("SELECT 1").returncode == 0

    def _client(self, sql: str) -> "subprocess.CompletedProcess[str]":
        command = [_program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch"]
        command += ["--skip-column-names", "--default-character-set=utf8mb4"]
        return subprocess.run(command, input=sql, capture_output=True, text=True, check=False)


def _copy_of(table: str, new: str) -> str:
    fill = f"INSERT INTO {new} SELECT * FROM {table};"  # noqa: S608 - both names are our own
    return f"CREATE TABLE {new} LIKE {table};{fill}"


def _program(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise AssertionError(f"{name} is missing")
    return path

"""A real pgbouncer with the configuration that is shipped, on a loopback port, in front of the tests' own cluster."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psycopg

from tests.license_server.live import free_port
from tests.postgresql import Cluster

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "pgbouncer" / "pgbouncer.ini"
START_SECONDS = 10
_ACCOUNT, _PASSWORD = "postgres", "of-the-pooler"


class PgBouncer:
    """pgbouncer at ``url``, which leads to an empty database of ``cluster``; ``changes`` replace shipped settings."""

    def __init__(self, program: str, cluster: Cluster, **changes: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="theme-license-pgbouncer-"))
        port = free_port()
        database = cluster.new_database().rpartition("/")[2]
        self.url = f"postgresql://{_ACCOUNT}:{_PASSWORD}@127.0.0.1:{port}/license_server"
        changes = {
            "license_server": f"host=127.0.0.1 port={cluster.port} dbname={database}",
            "listen_port": str(port),
            "auth_file": f"{self._folder}/userlist.txt",
            "logfile": f"{self._folder}/pgbouncer.log",
            "pidfile": f"{self._folder}/pgbouncer.pid",
            "unix_socket_dir": str(self._folder),
            **changes,
        }
        text = CONFIGURATION.read_text()
        for name, value in changes.items():
            text, found = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
            assert found == 1, name
        configuration = self._folder / "pgbouncer.ini"
        configuration.write_text(text)
        (self._folder / "userlist.txt").write_text(f'"{_ACCOUNT}" "{_PASSWORD}"\n')
        # pgbouncer refuses root.
        self._user = pwd.getpwnam(_ACCOUNT).pw_uid if os.geteuid() == 0 else None
        if self._user is not None:
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, self._user, -1)
        self._command = [program, "--quiet", str(configuration)]

    def __enter__(self) -> "PgBouncer":
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, user=self._user, cwd=self._folder)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return self
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self._folder / "pgbouncer.log").read_text()) from None
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(15)
        shutil.rmtree(self._folder)

"""A real license server for tests: its own home, its own process on a free loopback port, its own command line."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import requests
from pydantic import SecretStr

from license_server.config import Settings
from license_server.service.context import Context, open_context
from license_server.store import Store

READY_SECONDS = 20
STOP_SECONDS = 15


class Issued(NamedTuple):
    """A license made for a test."""

    license_id: str
    license_key: str


class LiveServer:
    """A license server in ``home``; ``start`` serves it at ``url``, ``cli`` runs ``license-server`` commands on it.

    ``settings`` are further ``LICENSE_SERVER_*`` variables, without the prefix; ``database_url`` None means
    SQLite in the home. Standard error goes to ``log``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        workers: int = 2,
        database_url: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.home = folder / "home"
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.host = host
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = dict(settings or {})
        self.database_url = database_url
        if database_url is not None:
            self._settings["database_url"] = database_url

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command: this process's, without its own settings of a license server."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LICENSE_SERVER_")}
        own = {f"LICENSE_SERVER_{name.upper()}": value for name, value in self._settings.items()}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LICENSE_SERVER_HOME": str(self.home),
            "LICENSE_SERVER_URL": self.url,
            **own,
        }

    def cli(self, *arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run ``license-server`` with these arguments and without a terminal; never raises for its exit status."""
        return subprocess.run(
            [sys.executable, "-m", "license_server", *arguments],
            env=self.environment,
            input="" if stdin is None else stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def cli_json(self, *arguments: str, stdin: str | None = None) -> Any:
        """Run a command that must succeed, with ``--json``, and return what it printed."""
        done = self.cli(*arguments, "--json", stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"license-server {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def set_up(self, *, domains: int = 1, term: str = "1y", standby_to: Path | None = None) -> "LiveServer":
        """Run init and make the product jannah with the plan single."""
        self.cli_json("init", *(() if standby_to is None else ("--standby-to", str(standby_to))))
        self.cli_json("product", "create", "jannah", "--name", "Jannah", "--prefix", "JNH")
        self.cli_json("plan", "create", "jannah", "single", "--domains", str(domains), "--term", term)
        return self

    def issue(self, plan: str = "jannah/single", *options: str) -> Issued:
        """Issue one license."""
        made = self.cli_json("license", "create", plan, *options)
        return Issued(made["license_id"], made["license_key"])

    def public_keys(self) -> list[str]:
        """Return the public keys that a theme pins, in their order."""
        return [key["public_key"] for key in self.cli_json("signing-key", "list") if key["status"] != "leaked"]

    def execute(self, statement: str) -> None:
        """Change the database behind the server's back."""
        store = Store(self._settings.get("database_url", f"sqlite:///{self.home}/license-server.db"))
        with store.write() as connection:
            connection.exec_driver_sql(statement)
        store.dispose()

    def start(self) -> "LiveServer":
        """Serve in a process of its own; returns when the server is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "license_server", "serve"),
                    *("--host", self.host, "--port", str(self.port), "--workers", str(self.workers)),
                ],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"the server did not get ready:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.05)
        return self

    def stop(self, how: int = signal.SIGTERM) -> int | None:
        """Stop the server, gracefully unless told otherwise; return its exit status."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def workers_alive(self) -> list[int]:
        """Return the process ids of the workers that are there now."""
        if self.process is None:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in children.read_text().split()]

    def kill(self) -> None:
        """Kill the first process (SIGKILL); fails unless its workers end with it."""
        workers = self.workers_alive()
        if self.stop(signal.SIGKILL) != -signal.SIGKILL:
            raise AssertionError("the server ended before it was killed")
        deadline = time.monotonic() + STOP_SECONDS
        while any(map(_runs, workers)):
            if time.monotonic() > deadline:
                raise AssertionError("a worker outlives its server")
            time.sleep(0.01)

    @contextmanager
    def opened(self, **settings: Any) -> Iterator[Context]:
        """Open home and database beside the server's processes, as a command does."""
        database = None if self.database_url is None else SecretStr(self.database_url)
        context = open_context(Settings(home=self.home, url=self.url, database_url=database, **settings))
        try:
            yield context
        finally:
            context.close()

    def __enter__(self) -> "LiveServer":
        return self if self.process is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def is_ready(self) -> bool:
        """Return whether the server says that it can do its work."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def post(
    url: str,
    verb: str,
    body: Mapping[str, object],
    *,
    token: str | None = None,
    session: requests.Session | None = None,
) -> requests.Response:
    """Call the activation API of the server at ``url``, over the connections of ``session`` where it is given."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    caller = requests if session is None else session
    return caller.post(f"{url}/v1/licenses/{verb}", json=body, headers=headers, timeout=30)


def body(key: str, domain: str, *, product: str = "jannah", nonce: str = "n") -> dict[str, object]:
    """Return what a site sends to activate its license."""
    return {"license_key": key, "product": product, "domain": domain, "nonce": nonce}


def _runs(process: int) -> bool:
    """Return whether a process is there and more than a name that nobody has asked about yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def free_port() -> int:
    """Return a loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""How does the demo's vendor issue a key and run the license server? With the real commands, in a throw-away home."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

READY_WITHIN_SECONDS = 20
STOPS_WITHIN_SECONDS = 15
_LOOPBACK = "127.0.0.1"


class DemoFailed(Exception):
    """Something that the demo needs did not happen; the text says what and shows what was printed."""


class Vendor:
    """A theme vendor with one product, one plan for one domain, and a license server process of their own."""

    product = "jannah"
    theme_name = "Jannah"

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.url = f"http://{_LOOPBACK}:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | {
            "LICENSE_SERVER_HOME": str(home),
            "LICENSE_SERVER_URL": self.url,
            "LICENSE_SERVER_DATABASE_URL": f"sqlite:///{home / 'demo.sqlite3'}",
        }

    def open_shop(self) -> None:
        """Create the signing key, the database, the product and its plan."""
        self.run("init")
        self.run("product", "create", self.product, "--name", self.theme_name, "--prefix", "JNH")
        self.run("plan", "create", self.product, "single", "--domains", "1", "--term", "1y")

    def issue_key(self) -> str:
        """Return a new license key for one domain."""
        issued = json.loads(self.run("license", "create", f"{self.product}/single", "--json"))
        return str(issued["license_key"])

    def public_keys(self) -> list[str]:
        """Return what a theme pins, in order."""
        return [str(key["public_key"]) for key in json.loads(self.run("signing-key", "list", "--json"))]

    def run(self, *arguments: str) -> str:
        """Run ``license-server`` with ``arguments`` and return what it printed. Raises :class:`DemoFailed`."""
        done = subprocess.run(  # noqa: S603 (the arguments are the demo's own)
            [sys.executable, "-m", "license_server", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DemoFailed(f"license-server {' '.join(arguments)} exited {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    @property
    def is_serving(self) -> bool:
        """Whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and return once it says that it is ready. Raises :class:`DemoFailed`."""
        if self.is_serving:
            return
        log = self.home / "serve.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 (the arguments are the demo's own)
                [sys.executable, "-m", "license_server", "serve", "--host", _LOOPBACK, "--port", str(self.port)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C meant for the demo must not reach it before the demo stops it
            )
        keys = self.public_keys()
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_ready(keys):
            if not self.is_serving or time.monotonic() > deadline:
                self.stop()
                raise DemoFailed(f"the license server did not get ready:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server process, gently first; nothing happens where none runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _is_ready(self, keys: list[str]) -> bool:
        """Return whether a server is ready at our address, and is ours: another may have taken the port before it."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1):  # noqa: S310 (our own URL)
                pass
            with urllib.request.urlopen(f"{self.url}/.well-known/jwks.json", timeout=1) as answer:  # noqa: S310
                return [key["x"] for key in json.load(answer)["keys"]] == keys
        except (OSError, ValueError):
            return False


def free_port(preferred: int) -> int:
    """Return ``preferred`` if nothing listens there on the loopback address, else a port that the system picks."""
    for port in (preferred, 0):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((_LOOPBACK, port))
            except OSError:
                continue
            return int(candidate.getsockname()[1])
    raise DemoFailed("no free port on the loopback address")

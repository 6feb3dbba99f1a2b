"""The vendor at the command line, in this process."""

import contextlib
import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from unittest import mock

from sqlalchemy import Connection

from license_server.cli import run
from license_server.config import load_settings
from license_server.store import Store
from tests.license_server.live import LiveServer


class Vendor(LiveServer):
    """A server whose commands run in this process, which is quicker; the same streams, none of them a terminal."""

    def cli(self, *arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch.object(sys, "stdin", io.StringIO(stdin or "")),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = run(list(arguments))
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def database(self) -> Iterator[Connection]:
        """Give a transaction behind the server's back, for what an intruder would write."""
        with mock.patch.dict(os.environ, self.environment, clear=True):
            store = Store(load_settings().store_url)
        with store.write() as connection:
            yield connection
        store.dispose()


def refused(done: "subprocess.CompletedProcess[str]", status: int) -> str:
    """Return the one line of a refusal, which says what to do next and writes no data."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "; next: " in line
    assert "\x1b" not in line
    return line


def on_terminal(vendor: LiveServer, *arguments: str, width: int = 100) -> str:
    """Return what a command draws on a terminal, without its colours."""
    controller, terminal = pty.openpty()
    environment = {**vendor.environment, "COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-m", "license_server", *arguments],
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.PIPE,
    )
    os.close(terminal)
    text = b""
    while True:
        try:
            part = os.read(controller, 65_536)
        except OSError:  # Linux: the other end is closed
            break
        if not part:
            break
        text += part
    os.close(controller)
    _, told = process.communicate(timeout=30)
    assert process.returncode in (0, 1), told
    return text.decode().replace("\r\n", "\n")

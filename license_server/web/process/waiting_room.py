"""Where a request waits, without a thread, until its body is there: RSGI to the server, WSGI to the application."""

import asyncio
import io
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.types import WSGIApplication

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]  # its way of exporting

BODY_SECONDS = 10.0
"""The longest that a body may take after its headers, which may take as long."""

KEPT_BYTES = 32_768
"""More than any call or page reads: what is longer stays on the wire, and the application refuses it."""


class WaitingRoom:
    """Lets ``application`` answer a request in one of ``threads`` threads as soon as its body is there.

    Who sends slowly holds a connection and at most :data:`KEPT_BYTES`, but no thread. Where a body is not whole after
    ``seconds``, breaks off or is too long, the application is told by an :class:`OSError` when it reads past what came;
    what reads no body is answered all the same. A chunked body that breaks off cannot be told from one that ends.
    """

    def __init__(self, application: WSGIApplication, *, threads: int, seconds: float = BODY_SECONDS) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._seconds = seconds

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        environ = _environ(scope)
        environ["wsgi.input"] = await self._take_in(environ, protocol)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, _answer, self._application, environ, protocol)

    async def _take_in(self, environ: dict[str, Any], protocol: HTTPProtocol) -> io.IOBase:
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        length = int(environ.get("CONTENT_LENGTH", "0"))
        if length > KEPT_BYTES:
            return _Unfinished(b"")
        if not (chunked or length):
            return io.BytesIO()
        try:
            async with asyncio.timeout(self._seconds):
                if not chunked:
                    return io.BytesIO(await protocol())
                body = bytearray()
                async for chunk in protocol:
                    body += chunk
                    if len(body) > KEPT_BYTES:
                        return _Unfinished(body)
                return io.BytesIO(body)
        except (TimeoutError, ProtocolClosed):
            return _Unfinished(b"")


class _Unfinished(io.RawIOBase):
    """A body of which only the beginning is there."""

    def __init__(self, beginning: bytes | bytearray) -> None:
        self._beginning = io.BytesIO(beginning)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._beginning.readinto(buffer)
        if not count:
            raise ConnectionResetError("the body did not arrive whole")
        return count


def _environ(scope: Scope) -> dict[str, Any]:
    """Return the environment of PEP 3333, without the body."""
    server, _, port = scope.server.rpartition(":")
    client, _, _ = scope.client.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # Spelt with an underscore, a header would pass for the one that a proxy sets with a hyphen.
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "CONTENT_TYPE"):
            key = f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def _answer(application: WSGIApplication, environ: dict[str, Any], protocol: HTTPProtocol) -> None:
    """Send the application's answer from the thread that made it: the loop has no part in that."""
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None, /) -> Callable[[bytes], object]:
        started[:] = status, headers
        return _write

    parts = application(environ, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = started
    protocol.response_bytes(int(status[:3]), headers, body)


def _write(_: bytes) -> object:
    raise NotImplementedError("an answer leaves as a whole")

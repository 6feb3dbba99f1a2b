"""A server on loopback that answers every request with given bytes, as slowly and as wrongly as a test asks."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator


class HostileServer:
    """Sends ``chunks`` to whoever connects, ``pause`` seconds between them; keeps the first bytes of each request."""

    def __init__(
        self, chunks: list[bytes], *, pause: float = 0, repeat: int = 1, tls: ssl.SSLContext | None = None
    ) -> None:
        self._chunks = chunks
        self._pause = pause
        self._repeat = repeat
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> "HostileServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError), socket.create_connection(self._socket.getsockname(), timeout=1):
            pass
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            connection, _ = self._socket.accept()
            with connection, contextlib.suppress(OSError):
                if self._closing.is_set():
                    return
                connection.settimeout(5)
                stream = connection if self._tls is None else self._tls.wrap_socket(connection, server_side=True)
                self.requests.append(stream.recv(65_536))
                for chunk in self._paced():
                    stream.sendall(chunk)

    def _paced(self) -> Iterator[bytes]:
        for _ in range(self._repeat):
            for chunk in self._chunks:
                if self._closing.is_set():
                    return
                yield chunk
                time.sleep(self._pause)


def http(status: str, body: bytes, content_type: str = "application/json", *more: str) -> bytes:
    """An HTTP answer that ends with the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
